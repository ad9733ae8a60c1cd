"""A believable half-year of one agency, played with real mails, real forms and real closings."""
