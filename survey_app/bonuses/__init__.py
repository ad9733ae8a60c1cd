"""The bonus that the scores drive."""
