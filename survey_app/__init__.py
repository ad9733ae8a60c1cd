"""Client satisfaction under a service-level agreement: from the survey to the signed score sheet."""

from importlib import import_module
from typing import Any

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """Resolve `create_app` on demand, so that the pure rooms import without Flask or SQLAlchemy."""
    if name == "create_app":
        return import_module("survey_app.application").create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
