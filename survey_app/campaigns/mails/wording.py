"""The words of a wave's mails: an agency's own or the product's, as for every mail."""

from survey_app.clients.mails import wording_for as wording_for
