"""The doors of a table, as a person goes through them: look at it, then take what the page shows."""

import io
import re

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from tests.cast import post


def look_at(browser: FlaskClient, url: str, content: bytes, name: str = "table.csv") -> TestResponse:
    """Choose a file and look at its preview."""
    file = FileStorage(io.BytesIO(content), filename=name)
    return post(browser, url, {"file": file}, content_type="multipart/form-data")


def confirm_table(browser: FlaskClient, url: str, preview: TestResponse) -> TestResponse:
    """Press the button that takes the rows, with the columns as the page proposes them."""
    content = re.search(r'name="content" value="([^"]*)"', preview.text)
    fields = {"content": content[1] if content else "", "column": columns_of(preview.text), "step": "import"}
    return post(browser, url, fields)


def columns_of(page: str) -> list[str]:
    """Return what the page says of each column, in its order."""
    fields = re.findall(
        r'<input type="hidden" name="column" value="">|<select name="column".*?</select>', page, re.DOTALL
    )
    chosen = (re.search(r'<option value="([^"]*)" selected', field) for field in fields)
    return [found[1] if found else "" for found in chosen]
