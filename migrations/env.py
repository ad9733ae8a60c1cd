"""Run migrations over the connection that the application opens."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from survey_app.db import ExactFraction, ScaledDecimal, UtcDateTime
from survey_app.migrating import metadata

# A migration must run for ever, whatever becomes of the application's own types: it names plain ones.
PLAIN_TYPES = {
    UtcDateTime: "sa.DateTime(timezone=True)",
    ScaledDecimal: "sa.BigInteger()",
    ExactFraction: "sa.String(length={length})",
}


def render_plain_type(kind: str, value: Any, _context: AutogenContext) -> str | Literal[False]:
    if kind != "type" or type(value) not in PLAIN_TYPES:
        return False
    return PLAIN_TYPES[type(value)].format(length=getattr(value.impl, "length", None))


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_plain_type,
        compare_type=True,
        transaction_per_migration=False,
        on_version_apply=context.config.attributes.get("on_version_apply"),
    )
    with context.begin_transaction():
        context.run_migrations()


run()
