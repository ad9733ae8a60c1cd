"""The response cockpit: who is missing, and what can be done about it, without any mark."""
