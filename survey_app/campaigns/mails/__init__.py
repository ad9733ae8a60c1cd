"""The mails of a wave: their wording, their privacy notice and their composition."""
