"""Every template is shown by a view, and every view's template exists."""

import ast
from fnmatch import fnmatchcase
from pathlib import Path

from tests.architecture.source import PACKAGE, TEMPLATES, parse, python_files

MAIL_PARTS = {"subject.txt", "body.txt", "body.html"}


def named_pages(tree: ast.Module) -> set[str]:
    """Return the pages that the code names; a part that is filled in at run time becomes a star."""
    parts_of_patterns = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    names = {pattern_of(node) for node in ast.walk(tree) if id(node) not in parts_of_patterns}
    return {name for name in names if name.endswith(".html")}


def pattern_of(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern_of(part) or "*" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def pages() -> set[str]:
    """Return the templates that need a view: neither a partial nor an e-mail."""
    names = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    return {name for name in names if not name.startswith("emails/") and not is_partial(name)}


def is_partial(name: str) -> bool:
    return Path(name).name.startswith("_")


def unshown(existing: set[str], named: set[str]) -> set[str]:
    # A pattern that does not even name the room would let every page pass.
    telling = [pattern for pattern in named if not pattern.startswith("*")]
    return {page for page in existing if not any(fnmatchcase(page, pattern) for pattern in telling)}


def all_named() -> set[str]:
    return {name for path in python_files() for name in named_pages(parse(path))}


def test_every_template_is_shown_by_a_view() -> None:
    assert not unshown(pages(), all_named())


def test_every_template_that_is_named_exists() -> None:
    existing = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    missing = [name for name in all_named() if not any(fnmatchcase(page, name) for page in existing)]
    assert not missing


def test_every_page_stands_in_the_folder_of_its_room() -> None:
    strangers = [page for page in pages() if not (PACKAGE / Path(page).parts[0]).is_dir()]
    assert not strangers, f"templates/<room>/<view>.html is shown by survey_app/<room>: {strangers}"


def incomplete_mails(folder: Path) -> dict[str, set[str]]:
    kinds = [path for path in folder.glob("*") if path.is_dir() and not is_partial(path.name)]
    parts = {kind.name: {path.name for path in kind.iterdir()} for kind in kinds}
    return {kind: MAIL_PARTS - names for kind, names in parts.items() if MAIL_PARTS - names}


def test_every_mail_has_its_three_parts() -> None:
    assert not incomplete_mails(TEMPLATES / "emails")


def test_it_sees_a_mail_that_lacks_a_part(tmp_path: Path) -> None:
    (tmp_path / "reminder").mkdir()
    (tmp_path / "reminder" / "body.txt").touch()
    assert incomplete_mails(tmp_path) == {"reminder": {"subject.txt", "body.html"}}


def test_it_sees_a_template_without_a_view() -> None:
    named = named_pages(ast.parse("render_template('scores/show.html')\nrender_template(f'sheets/{kind}.html')"))
    assert unshown({"scores/show.html", "sheets/short.html"}, named) == set()
    assert unshown({"scores/forgotten.html"}, named) == {"scores/forgotten.html"}
    assert unshown({"scores/show.html"}, named_pages(ast.parse("render_template(f'{page}.html')")))
