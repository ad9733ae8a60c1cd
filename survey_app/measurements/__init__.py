"""Facts counted over a period, and contract evidence."""
