"""What a browser would send of a page's main form: the fields that the page renders, no other."""

from html.parser import HTMLParser


class FormFields(HTMLParser):
    """Collect the fields of the form that reports its own errors, with the values that it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._is_inside, self._name = False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self._is_inside = "novalidate" in given
        elif self._is_inside and tag in {"select", "textarea"}:
            self._name = given["name"]
            self.values[self._name] = []
        elif self._is_inside and tag == "option" and ("selected" in given or not self.values[self._name]):
            self.values[self._name] = [given["value"]]
        elif self._is_inside and tag == "input":
            self._take_input(given)

    def _take_input(self, given: dict[str, str]) -> None:
        if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
            self.values.setdefault(given["name"], []).append(given.get("value", "on"))

    def handle_data(self, data: str) -> None:
        if self._name and self.lasttag == "textarea":
            self.values[self._name] = [data.strip()]

    def handle_endtag(self, tag: str) -> None:
        if tag in {"select", "textarea"}:
            self._name = ""
        self._is_inside = self._is_inside and tag != "form"


def fields_of(page: str) -> dict[str, object]:
    reader = FormFields()
    reader.feed(page)
    return {name: values or [""] for name, values in reader.values.items()}
