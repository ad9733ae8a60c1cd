"""Campaigns, their waves, and the personal invitations."""
