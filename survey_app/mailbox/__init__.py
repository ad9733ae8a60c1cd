"""The captured mails of a try-out, readable in the browser; registered in development alone."""
