"""Contacts from a spreadsheet: read, understood, checked, and taken all or not at all."""
