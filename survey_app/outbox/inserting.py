"""Insert rows and leave those that are there already, on either engine."""

from typing import Any

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey_app.db import Base


def insert_ignoring(session: Session, table: type[Base], rows: list[dict[str, Any]], unique_columns: list[str]) -> None:
    """Insert the rows whose unique columns are new; two who insert the same row at once both succeed."""
    is_postgres = session.get_bind().dialect.name == "postgresql"
    statement: Insert = (
        postgresql.insert(table).on_conflict_do_nothing(index_elements=unique_columns)
        if is_postgres
        else sqlite.insert(table).on_conflict_do_nothing(index_elements=unique_columns)
    )
    session.connection().execute(statement, rows)
