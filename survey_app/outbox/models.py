"""The table of mails to send."""
