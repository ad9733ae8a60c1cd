"""Mails to send: a row first, a message later."""
