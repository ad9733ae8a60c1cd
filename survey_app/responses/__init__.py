"""The public form and the answers."""
