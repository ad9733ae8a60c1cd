"""The words of the mails: the product's own, until an agency writes others."""
