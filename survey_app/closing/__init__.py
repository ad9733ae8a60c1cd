"""Closing a wave: everything that follows from it, in one transaction."""
