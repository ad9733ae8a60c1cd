"""A snapshot as people read it: the page and the PDF say the same words because both come from here."""
