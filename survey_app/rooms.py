"""The rooms that answer requests, in one list."""

from flask import Blueprint

from survey_app.responses.rights import blueprint as responses

BLUEPRINTS: tuple[Blueprint, ...] = (responses,)

# Where a personal link or a document is the authority and no cookie exists, so that a CSRF token
# would only make a slow answer fail; these rooms check where a POST comes from instead.
PUBLIC_BLUEPRINTS: tuple[Blueprint, ...] = (responses,)
