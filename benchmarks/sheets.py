"""Measure what a score sheet costs: one PDF against a bare reportlab document, and a thousand sheets in flat memory.

The floor is what anyone would write first: two pages of a reportlab table and one chart, in the product's typeface
and its bold, since a document that prints every name embeds what draws it. The product's sheet
has 20 lines, its charts, the annex, the attached figures and the seal. Printed: the CPU time of both in interleaved
rounds and their ratio; then, with --export, the time and the peak memory of `flask sheets export --all`, for a tenth
of the sheets and for all.

    python benchmarks/sheets.py
    python benchmarks/sheets.py --export 1000
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import click
from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.platypus import SimpleDocTemplate, Table, TableStyle
from sqlalchemy import text
from sqlalchemy.orm import Session

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from survey_app.db import create_database_engine  # noqa: E402 - found beside this file
from survey_app.migrating import metadata  # noqa: E402
from survey_app.pdf.text import BOLD, REGULAR  # noqa: E402
from survey_app.questionnaires import load_library  # noqa: E402
from survey_app.score_sheets.models import Edition  # noqa: E402
from survey_app.score_sheets.pdf.document import write_pdf  # noqa: E402
from survey_app.score_sheets.signing import sign  # noqa: E402
from survey_app.score_sheets.snapshot import (  # noqa: E402
    SealedEdition,
    canonical_json,
    digest,
    seal_edition,
    snapshot_of,
)
from tests.score_sheets.conftest import KEY, make_stage  # noqa: E402

N_LINES, N_CONTACTS, N_ROUNDS = 20, 12, 41
SIGNING_KEY = "dGVzdC1zaWduaW5nLWtleS1vZi0zMi1ieXRlcy0hISE="


def one_edition(session: Session) -> Edition:
    """Play two waves of a real agreement and return the second one's sheet."""
    questionnaire = load_library(ROOT / "questionnaires").get("annual_review")
    lines = tuple(questionnaire.questions_by_indicator())
    stage = make_stage(session, n_contacts=N_CONTACTS, lines=lines, questionnaire="annual_review")
    stage.issue(stage.close_wave(marks_from(6, lines)))
    return stage.issue(stage.close_wave(marks_from(7, lines)))


def marks_from(base: int, lines: tuple[str, ...]) -> dict[str, list[int]]:
    return {key: [5 + (base + place + column) % 6 for column in range(N_CONTACTS)] for place, key in enumerate(lines)}


def with_twenty_lines(edition: Edition) -> SealedEdition:
    """Repeat the sheet's lines until there are twenty, in the scores and in the money."""
    snapshot = snapshot_of(edition)
    lines, parts = snapshot["lines"], snapshot["bonus"]["trace"]["parts"]
    keys = [f"line_{place}" for place in range(N_LINES)]
    snapshot["lines"] = [lines[place % len(lines)] | {"key": key} for place, key in enumerate(keys)]
    snapshot["bonus"]["trace"]["parts"] = [
        parts[place % len(parts)] | {"subject_key": key} for place, key in enumerate(keys)
    ]
    content = canonical_json(snapshot)
    return seal_edition(Edition(snapshot=content, sha256=digest(content), signature=sign(KEY, content.encode())), KEY)


def bare_document() -> bytes:
    """Write two pages of a table and one chart, as plainly as reportlab allows."""
    target = BytesIO()
    rows = [["Line", "Score", "Threshold", "Low", "High", "State", "Amount"]] + [
        [f"Commitment number {place}", "7.50", "7.00", "6.80", "8.10", "met", "1,000.00"] for place in range(60)
    ]
    table = Table(rows)
    faces: list[Any] = [("FONTNAME", (0, 0), (-1, 0), BOLD), ("FONTNAME", (0, 1), (-1, -1), REGULAR)]
    grid: list[Any] = [("GRID", (0, 0), (-1, -1), 0.5, colors.grey), ("FONTSIZE", (0, 0), (-1, -1), 8)]
    table.setStyle(TableStyle([*grid, *faces]))
    drawing, chart = Drawing(400, 200), VerticalBarChart()
    chart.width, chart.height = 350, 150
    chart.data = [[7.5, 8.1, 6.9, 7.2, 8.8, 7.7]]
    chart.categoryAxis.categoryNames = ["a", "b", "c", "d", "e", "f"]
    drawing.add(chart)
    SimpleDocTemplate(target, pagesize=A4).build([table, drawing])
    return target.getvalue()


def compare(sealed: SealedEdition) -> None:
    write_pdf(sealed, "fr", KEY, "https://survey.example.com")
    bare_document()
    ours, floor = [], []
    for _ in range(N_ROUNDS):
        floor.append(cpu_of(bare_document))
        ours.append(cpu_of(lambda: write_pdf(sealed, "fr", KEY, "https://survey.example.com")))
    mine, bare = statistics.median(ours) * 1000, statistics.median(floor) * 1000
    click.echo(f"sheet of {N_LINES} lines: {mine:.1f} ms CPU   bare reportlab, two pages: {bare:.1f} ms CPU")
    click.echo(f"ratio {mine / bare:.2f} (budget 1.5)")


def cpu_of(work: object) -> float:
    start = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - start


def export_many(n_sheets: int) -> None:
    """Export a tenth of the sheets, then all of them, each in a process of its own."""
    for n in (n_sheets // 10, n_sheets):
        with tempfile.TemporaryDirectory() as folder:
            fill(Path(folder), n)
            environment = {
                **os.environ,
                "SURVEY_ENVIRONMENT": "development",
                "SURVEY_DATA_DIR": folder,
                "SURVEY_SIGNING_KEY": SIGNING_KEY,
                "PYTHONPATH": str(ROOT),
            }
            command = [sys.executable, "-m", "flask", "--app", "wsgi", "sheets", "export", "--all"]
            start = time.perf_counter()
            subprocess.run(command, env=environment, cwd=ROOT, check=True)  # noqa: S603 - our own command
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            n_files = len(list((Path(folder) / "sheets").iterdir()))
            click.echo(
                f"{n} sheets, {n_files} files: {seconds:.0f} s, {1000 * seconds / n:.0f} ms each, peak {peak:.0f} MB"
            )


def fill(folder: Path, n_sheets: int) -> None:
    """Repeat one real sheet in the database: only its wave, its reference and its snapshot's reference differ."""
    engine = create_database_engine(f"sqlite:///{folder}/survey.db")
    metadata.create_all(engine)
    with Session(engine.execution_options(is_writing=True)) as session:
        edition = one_edition(session)
        snapshot, sheet = snapshot_of(edition), edition.sheet
        columns = ", ".join(
            column.name for column in metadata.tables["wave"].columns if column.name not in ("id", "number")
        )
        for place in range(n_sheets - 2):
            session.execute(
                # The columns' names come from the model itself.
                text(f"INSERT INTO wave (number, {columns}) SELECT :number, {columns} FROM wave WHERE id = :id"),
                {"number": place + 100, "id": sheet.wave_id},
            )
            wave_id = session.scalar(text("SELECT max(id) FROM wave"))
            reference = f"{sheet.reference}-{place}"
            session.execute(
                text("INSERT INTO score_sheet (wave_id, reference) VALUES (:wave, :reference)"),
                {"wave": wave_id, "reference": reference},
            )
            content = canonical_json(snapshot | {"reference": reference})
            session.add(
                Edition(
                    sheet_id=session.scalar(text("SELECT max(id) FROM score_sheet")),
                    number=1,
                    snapshot=content,
                    sha256=digest(content),
                    signature=sign(KEY, content.encode()),
                    issued_by="benchmark",
                    issued_at=edition.issued_at,
                )
            )
            session.flush()
        session.commit()
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--export", type=int, metavar="N", help="also export N sheets by the command line")
    arguments = parser.parse_args()
    engine = create_database_engine("sqlite://")
    metadata.create_all(engine)
    with Session(engine) as session:
        compare(with_twenty_lines(one_edition(session)))
    if arguments.export:
        export_many(arguments.export)


if __name__ == "__main__":
    main()
