"""Who did what and when, in a chain that shows any later change."""
