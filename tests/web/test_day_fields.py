"""Every date field of every form takes days of our times, and says what to do about any other."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, DateTimeField, Form
from wtforms.fields.core import UnboundField

import survey_app
from survey_app.forms import DayField
from survey_app.i18n import current_language, init_i18n


def _date_fields() -> dict[str, UnboundField[Any]]:
    """Return the date fields of every form of the product, by form and name."""
    for module in pkgutil.walk_packages(survey_app.__path__, "survey_app."):
        if module.name.endswith("forms"):
            importlib.import_module(module.name)
    forms, found = [FlaskForm], {}
    while forms:
        form = forms.pop()
        forms += form.__subclasses__()
        for name in dir(form):
            field = getattr(form, name)
            if isinstance(field, UnboundField) and issubclass(field.field_class, DateField | DateTimeField):
                found[f"{form.__name__}.{name}"] = field
    return found


FIELDS = _date_fields()


def test_there_are_date_fields_to_look_at() -> None:
    assert {"WaveForm.ends_on", "ActionForm.due_on", "DocumentForm.expires_on"} <= FIELDS.keys()


@pytest.fixture
def field_of() -> Any:
    app = Flask(__name__)
    init_i18n().init_app(app, locale_selector=current_language)

    def build(name: str, typed: str) -> Any:
        form = type("OneField", (Form,), {"day": FIELDS[name]})(MultiDict({"day": typed}))
        form.validate()
        return form.day

    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield build


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_day_out_of_our_times_is_refused_and_shown_again(field_of: Any, name: str) -> None:
    assert FIELDS[name].field_class is DayField
    for typed in ("9999-12-31", "2100-01-01", "1989-12-31", "0001-01-01"):
        field = field_of(name, typed)
        assert field.errors == ["Choose a day from 1 January 1990 to 31 December 2099."]
        assert field.data is None
        assert f'value="{typed}"' in field()
    for typed in ("2026-02-30", "31/12/2026", "soon"):
        assert field_of(name, typed).errors[0] == "This is not a date. Write it like 2026-06-30."
    for typed in ("1990-01-01", "2026-03-02", "2099-12-31"):
        field = field_of(name, typed)
        assert not field.errors
        assert field.data.isoformat() == typed
