"""The pages that look over several rooms at once."""
