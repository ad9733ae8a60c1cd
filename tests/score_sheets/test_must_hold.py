"""What must hold of every sheet: the same everywhere, complete whatever the words, and honest at the threshold."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from survey_app.db import Database, create_database_engine, transaction
from survey_app.migrating import metadata
from survey_app.pdf.text import REGULAR, runs_of
from survey_app.score_sheets.checking import recomputed_differences
from survey_app.score_sheets.commands import sheets
from survey_app.score_sheets.files import export_edition
from survey_app.score_sheets.models import Contest, ContestOutcome, Edition, Party
from survey_app.score_sheets.pdf.document import write_pdf
from survey_app.score_sheets.sheet import show_sheet
from survey_app.score_sheets.signing import public_key, sign
from survey_app.score_sheets.snapshot import SealedEdition, canonical_json, digest, seal_edition, snapshot_of
from survey_app.score_sheets.verifying import MAX_BYTES
from survey_app.score_sheets.xlsx.workbook import build_workbook
from survey_app.scores.models import Score
from survey_app.settings import PROJECT_DIR
from tests.documents import NAMES, RIGHT_TO_LEFT_NAMES, assert_it_prints_every_name, on_another_machine, read_pdf
from tests.score_sheets.conftest import KEY, LINES, NOW, SCHEME, Stage, make_stage, marks

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOSTILE = (
    "<b><i></b></i>",
    '<img src="/etc/passwd">',
    '=HYPERLINK("http://evil.test")',
    "+1+1",
    "@SUM(A1)",
    "-2",
    "😀 élan",
    "مرحبا بالعالم",
    "日本",
    "a&b <para>",
    "{{ 7*7 }} %(x)s %s",
)


def played(session: Session) -> Edition:
    stage = make_stage(session)
    stage.issue(stage.close_wave(marks((6, 7, 8, None), (7, 7, 7, None), (8, 8, 9, None))))
    return stage.issue(stage.close_wave(marks((8, 9, 8, None), (7, 7, 7, 7), (6, 6, 7, 9))))


def fingerprints(session: Session, folder: Path) -> str:
    """Return the hash of one fixed story's sheet, and those of its three files."""
    edition = played(session)
    files = export_edition(edition, folder, KEY, "https://x.test")
    return " ".join([edition.sha256, *(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)])


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the hashes of the story, played on a database of its own."""
    folder = tmp_path_factory.mktemp("first")
    engine = create_database_engine(f"sqlite:///{folder}/survey.db")
    metadata.create_all(engine)
    with Session(engine.execution_options(is_writing=True)) as session:
        yield fingerprints(session, folder)
    engine.dispose()


def test_both_engines_make_the_same_sheet_and_files(session: Session, expected: str, tmp_path: Path) -> None:
    assert fingerprints(session, tmp_path) == expected


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_another_process_in_another_zone_makes_the_same_sheet_and_files(
    zone: str, expected: str, tmp_path: Path
) -> None:
    code = (
        "from pathlib import Path\n"
        "from sqlalchemy.orm import Session\n"
        "from survey_app.db import create_database_engine\n"
        "from survey_app.migrating import metadata\n"
        "from tests.score_sheets.test_must_hold import fingerprints\n"
        f"engine = create_database_engine('sqlite:///{tmp_path}/survey.db')\n"
        "metadata.create_all(engine)\n"
        f"print(fingerprints(Session(engine.execution_options(is_writing=True)), Path('{tmp_path}')))\n"
    )
    environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected


@ON_SQLITE
def test_the_files_are_the_same_byte_for_byte_after_a_restart(
    edition: Edition, session: Session, database: Database, tmp_path: Path
) -> None:
    before = [path.read_bytes() for path in export_edition(edition, tmp_path / "a", KEY, "https://x.test")]
    number = edition.id
    session.commit()
    with database.reading() as again:
        stored = again.get_one(Edition, number)
        after = [path.read_bytes() for path in export_edition(stored, tmp_path / "b", KEY, "https://x.test")]
    assert before == after


@ON_SQLITE
def test_a_sheet_follows_from_its_own_marks(edition: Edition) -> None:
    snapshot = snapshot_of(edition)
    assert recomputed_differences(snapshot) == []
    snapshot["lines"][0]["marks"][0] = "3"
    assert recomputed_differences(snapshot) == [f"{LINES[0]}: score"]


@ON_SQLITE
def test_no_figure_of_a_snapshot_is_a_float(edition: Edition) -> None:
    def floats(value: Any) -> Iterator[float]:
        if isinstance(value, float):
            yield value
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from floats(each)

    assert list(floats(json.loads(edition.snapshot))) == []
    with pytest.raises(TypeError):
        canonical_json({"mark": 7.1})


@ON_SQLITE
def test_internal_lines_are_on_no_sheet(session: Session) -> None:
    stage = make_stage(session)
    internal = stage.version.commitments[1]
    internal.is_internal, internal.is_paying = True, False
    wave = stage.close_wave(marks((8, 9, 8, 7), (1, 1, 1, 1), (6, 6, 7, 9)))
    edition = stage.issue(wave)
    assert LINES[1] not in edition.snapshot


def test_a_row_edited_by_hand_is_told(app: Flask, edition: Edition, session: Session, tmp_path: Path) -> None:
    (_, _, path) = export_edition(edition, tmp_path, KEY)
    session.commit()
    assert run(app, "verify", str(path)).exit_code == 0
    assert run(app, "check").exit_code == 0
    with transaction(session):
        session.execute(text("UPDATE score SET exact = '9' WHERE subject_key = :key"), {"key": LINES[0]})
    told = run(app, "verify", str(path))
    assert told.exit_code == 1
    assert LINES[0] in told.output
    assert run(app, "check").exit_code == 1


@ON_SQLITE
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE answer SET rating = 10 WHERE rating = 9",
        "UPDATE edition SET snapshot = replace(snapshot, '7', '8')",
        "UPDATE audit_entry SET details = '{}' WHERE action = 'sheet_issued'",
        "UPDATE bonus SET amount = amount + 1 WHERE amount > 0",
        "UPDATE bonus SET trace = '{}'",
        "DELETE FROM bonus",
        (
            "INSERT INTO approval (edition_id, approved_by, approved_at)"
            " SELECT max(id), 'Somebody <somebody@agence.test>', '2026-07-01 00:00:00' FROM edition"
        ),
    ],
)
def test_the_check_finds_what_was_changed_by_hand(app: Flask, edition: Edition, session: Session, change: str) -> None:
    session.commit()
    with transaction(session):
        session.execute(text(change))
    assert run(app, "check").exit_code == 1


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(sheets, list(arguments))


@ON_SQLITE
def test_verifying_needs_the_public_key_alone(app: Flask, edition: Edition, session: Session, tmp_path: Path) -> None:
    paths = export_edition(edition, tmp_path, KEY)
    session.commit()
    key = run(app, "public-key").output.strip()
    for path in paths:
        assert run(app, "verify", str(path), "--public-key", key).exit_code == 0
    too_large = tmp_path / "large.pdf"
    with too_large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    # What could not be judged has no verdict: a script must not read "altered" or "not ours".
    for unjudged in ([str(paths[0]), "--public-key", "AAAA"], [str(tmp_path / "missing.pdf")], [str(too_large)]):
        assert run(app, "verify", *unjudged).exit_code == 3, unjudged
    stranger = tmp_path / "stranger.pdf"
    stranger.write_bytes(b"hello")
    assert run(app, "verify", str(stranger)).exit_code == 2


@ON_SQLITE
def test_another_machine_without_settings_or_database_verifies_with_the_public_key(
    edition: Edition, tmp_path: Path
) -> None:
    """As README says: nothing of the agency's but the file and the key; the folder stays without a database."""
    *_, path = export_edition(edition, tmp_path, KEY)
    bare = {"PATH": os.environ["PATH"], "SURVEY_ENVIRONMENT": "development", "SURVEY_DATA_DIR": str(tmp_path / "none")}
    key = base64.b64encode(public_key(KEY)).decode()
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "sheets", "verify", str(path), "--public-key", key]
    done = subprocess.run(command, env=bare, cwd=PROJECT_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "recomputed from its own marks: the same to the cent" in done.stdout
    path.write_bytes(path.read_bytes().replace(b'"amount"', b'"amoumt"', 1))
    assert subprocess.run(command, env=bare, cwd=PROJECT_DIR, capture_output=True, check=False).returncode == 1
    assert not list((tmp_path / "none").glob("*.db"))


@ON_SQLITE
def test_a_superseded_sheet_is_authentic_and_says_so(
    app: Flask, stage: Stage, edition: Edition, session: Session, tmp_path: Path
) -> None:
    (path, *_) = export_edition(edition, tmp_path, KEY)
    stage.issue(edition.sheet.wave, reason="A typing mistake in a title.")
    session.commit()
    told = run(app, "verify", str(path))
    assert told.exit_code == 0
    assert "superseded by edition 2: A typing mistake in a title." in told.output


def hostile_sheet(session: Session) -> SealedEdition:
    stage = make_stage(session, client=HOSTILE[0] + HOSTILE[1], agency=HOSTILE[2])
    stage.campaign.title, stage.version.agreement.title = HOSTILE[6], HOSTILE[7]
    for place, line in enumerate(stage.version.commitments):
        line.definition = {"label_fr": HOSTILE[place + 1], "label_en": HOSTILE[place + 7], "theme": "quality"}
    wave = stage.close_wave(marks((8, 9, 8, 7), (5, 6, 7, 6), (6, 6, 7, 9)))
    edition = stage.issue(wave)
    edition.sheet.contests.append(
        Contest(
            indicator_key=LINES[0],
            party=Party.CLIENT,
            author=HOSTILE[8],
            reason="x" * 4000 + " mot" * 1500,
            raised_at=NOW,
            outcome=ContestOutcome.OPEN,
        )
    )
    session.flush()
    return seal_edition(stage.issue(wave, reason=" ".join(HOSTILE)), KEY)


@ON_SQLITE
@pytest.mark.parametrize("language", ["fr", "en"])
def test_hostile_words_are_printed_as_they_are(session: Session, language: str) -> None:
    sealed = hostile_sheet(session)
    printed = read_pdf(write_pdf(sealed, language, KEY, "https://x.test")).replace("\n", "")
    for word in ("<b><i></b></i>", '<img src="/etc/passwd">', "=HYPERLINK", "%(x)s"):
        assert word in printed
    assert printed.count("mot") >= 1500, "not one word of a long reason is lost"
    assert "root:" not in printed
    # The reason of the edition holds every hostile word: each is drawn, whatever its script.
    for word in HOSTILE:
        drawn = "".join(run for _, run in runs_of(word, REGULAR)).replace(" ", "")
        is_turned = any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in drawn)
        # Whoever extracts text may turn right-to-left words back, so these are looked for sign by sign.
        assert set(drawn) <= set(printed) if is_turned else drawn in printed.replace(" ", ""), word
    archive = zipfile.ZipFile(BytesIO(build_workbook(sealed, language)))
    formulas = "".join(archive.read(name).decode() for name in archive.namelist() if "sheet" in name)
    assert "<f>HYPERLINK" not in formulas
    values = str(
        CalamineWorkbook.from_filelike(BytesIO(build_workbook(sealed, language))).get_sheet_by_index(0).to_python()
    )
    for word in HOSTILE:
        assert repr(word)[1:-1] in values, "a workbook holds what was written, letter by letter"
    assert "mot mot" in values


@ON_SQLITE
def test_every_name_is_printed_and_on_every_machine_alike(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage(session, client=NAMES, agency=RIGHT_TO_LEFT_NAMES)
    edition = stage.issue(stage.close_wave(marks((8, 9, 8, 7), (5, 6, 7, 6), (6, 6, 7, 9))))
    sealed = seal_edition(edition, KEY)
    document = write_pdf(sealed, "fr", KEY, "https://x.test")
    assert_it_prints_every_name(document)
    with on_another_machine(monkeypatch):
        assert write_pdf(sealed, "fr", KEY, "https://x.test") == document


@ON_SQLITE
def test_a_long_reason_and_long_names_are_printed_whole(session: Session) -> None:
    stage = make_stage(session, client="Client " * 28 + "end-of-client", agency="Agence " * 27 + "end-of-agency")
    wave = stage.close_wave(marks((8, 9, 8, 7), (5, 6, 7, 6), (6, 6, 7, 9)))
    stage.issue(wave)
    sealed = seal_edition(stage.issue(wave, reason=" ".join(f"raison{place}" for place in range(900))), KEY)
    printed = read_pdf(write_pdf(sealed, "fr", KEY))
    book = CalamineWorkbook.from_filelike(BytesIO(build_workbook(sealed, "fr")))
    values = str(book.get_sheet_by_index(0).to_python())
    for told in (printed, values, " ".join(show_sheet(sealed, "fr").reason.split())):
        assert all(f"raison{place}" in told for place in range(900))
    assert "end-of-client" in printed.replace("\n", "")
    assert "end-of-agency" in printed.replace("\n", "")


@ON_SQLITE
def test_two_hundred_lines_make_a_complete_sheet(edition: Edition) -> None:
    snapshot = snapshot_of(edition)
    first = snapshot["lines"][0]
    snapshot["lines"] = [
        first | {"key": f"line_{place}", "label": {"fr": f"Ligne {place:03d}", "en": f"Line {place:03d}"}}
        for place in range(200)
    ]
    sealed = resealed(snapshot)
    printed = read_pdf(write_pdf(sealed, "en", KEY))
    rows = CalamineWorkbook.from_filelike(BytesIO(build_workbook(sealed, "en"))).get_sheet_by_name("Marks").to_python()
    assert all(f"Line {place:03d}" in printed for place in range(200))
    assert [row[0] for row in rows if str(row[0]).startswith("Line 1")][-1] == "Line 199"


def resealed(snapshot: dict[str, Any]) -> SealedEdition:
    content = canonical_json(snapshot)
    return seal_edition(Edition(snapshot=content, sha256=digest(content), signature=sign(KEY, content.encode())), KEY)


@ON_SQLITE
def test_seven_passes_and_a_hair_under_seven_does_not(session: Session) -> None:
    """The line's mean is 7 exactly, or 1399/200 = 6.995: everywhere the verdict and the print agree."""
    stage = make_stage(session, n_contacts=200, scheme=SCHEME | {"curve": {"shape": "all_or_nothing"}})
    stage.close_wave(marks([7] * 200, [7] * 200, [7] * 200))
    wave = stage.close_wave(marks([7] * 200, [6, *[7] * 199], [6, 8, *[7] * 198]))
    edition = stage.issue(wave)
    exact, under, mixed = snapshot_of(edition)["lines"]
    assert (exact["exact"], under["exact"], mixed["exact"]) == ("7", "1399/200", "7")
    assert [line["is_breach"] for line in (exact, under, mixed)] == [False, True, False]
    assert under["printed"] == "6.995", "rounded to 7.00 it would hide the breach"
    paid = {part["subject_key"]: part["paid"] for part in snapshot_of(edition)["bonus"]["trace"]["parts"]}
    assert paid == {LINES[0]: "4000.00", LINES[1]: "0.00", LINES[2]: "4000.00"}
    sealed = seal_edition(edition, KEY)
    assert "6,995" in read_pdf(write_pdf(sealed, "fr", KEY))
    assert [line.score for line in show_sheet(sealed, "en").lines] == ["7.00", "6.995", "7.00"], "the page, too"
    assert "6.995 is strictly below the threshold of 7" in " ".join(show_sheet(sealed, "en").lines[1].how)
    assert "7.00 is not below the threshold of 7" in " ".join(show_sheet(sealed, "en").lines[0].how)
    rows = CalamineWorkbook.from_filelike(BytesIO(build_workbook(sealed, "en"))).get_sheet_by_name("Marks").to_python()
    assert [row[10] for row in rows[4:7]] == ["no", "yes", "no"]
    assert {one.subject_key for one in session.scalars(select(Score).where(Score.is_breach))} == {LINES[1]}


def test_the_document_says_nothing_of_the_machine(edition: Edition) -> None:
    content = write_pdf(seal_edition(edition, KEY), "fr", KEY)
    assert str(Path.home()).encode() not in content
    described = PdfReader(BytesIO(content)).metadata
    assert described is not None
    assert described.producer in (None, "")
    assert public_key(KEY) not in content
