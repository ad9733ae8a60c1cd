"""The agency, its clients and their contacts."""
