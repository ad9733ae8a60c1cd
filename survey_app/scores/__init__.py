"""Scores out of ten, exact, with their interval and state."""
