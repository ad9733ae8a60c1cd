"""The service-level agreement between an agency and a client."""
