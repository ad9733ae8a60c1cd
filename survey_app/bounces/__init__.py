"""Mails that came back: delivery reports are read, proved to be about a mail of ours, and told to the rooms."""
