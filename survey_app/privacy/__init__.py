"""What is kept of people, and for how long: what was promised is done by itself."""
