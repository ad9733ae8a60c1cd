"""Write the files of an edition: PDF, XLSX and JSON, rendered from the frozen snapshot and nothing else."""

from pathlib import Path

from survey_app.score_sheets.json_file import write_json
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.pdf.certifying import Certify
from survey_app.score_sheets.pdf.document import write_pdf
from survey_app.score_sheets.sealed import seal_edition
from survey_app.score_sheets.signing import Keys
from survey_app.score_sheets.xlsx.workbook import write_xlsx


def export_edition(
    edition: Edition,
    folder: Path,
    signing_key: bytes,
    public_base_url: str = "",
    retired: Keys = (),
    certify: Certify | None = None,
) -> list[Path]:
    """Write the three files of an edition in the client's language and return their paths."""
    sealed = seal_edition(edition, signing_key, retired)
    language = str(sealed.snapshot["client"]["language"])
    files = {
        "pdf": write_pdf(sealed, language, signing_key, public_base_url, certify),
        "xlsx": write_xlsx(sealed, language, signing_key),
        "json": write_json(sealed),
    }
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / f"{sealed.file_name}.{ending}", content) for ending, content in files.items()]


def _write(path: Path, content: bytes) -> Path:
    """Write beside and rename, so that nobody ever reads half a file."""
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(content)
    return beside.replace(path)
