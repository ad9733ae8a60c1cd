"""The database: engine, declarative base, and the one place where what is written is committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Index,
    Integer,
    MetaData,
    String,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BigId = BigInteger().with_variant(Integer(), "sqlite")


# A portfolio reads thousands of scores and thresholds, most of them alike: each is read once, and none can be changed.
@lru_cache(maxsize=4096)
def _read_scaled(value: int, places: int) -> Decimal:
    return Decimal(value).scaleb(-places)


@lru_cache(maxsize=4096)
def _read_fraction(text: str) -> Fraction:
    # Written by process_bind_param: read three times quicker than any text that may be a fraction.
    numerator, _, denominator = text.partition("/")
    return Fraction(int(numerator), int(denominator or 1))


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite would hand it back naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ScaledDecimal(TypeDecorator[Decimal]):
    """An exact decimal kept as a whole number of its last place, since SQLite knows no decimals."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.places} decimals")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else _read_scaled(value, self.places)


class ExactFraction(TypeDecorator[Fraction]):
    """An exact fraction written as numerator/denominator: a score is compared before it is rounded."""

    impl = String(200)
    cache_ok = True

    def process_bind_param(self, value: Fraction | int | None, dialect: Dialect) -> str | None:
        return None if value is None else str(Fraction(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Fraction | None:
        return None if value is None else _read_fraction(value)


def enum_type(kind: type[StrEnum], name: str) -> Enum:
    """Store an enum by its value with a CHECK that repeats the list on both engines."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def unique_where(name: str, *columns: str, condition: str) -> Index:
    """Make columns unique among the rows for which a condition holds."""
    where = text(condition)
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime(), Fraction: ExactFraction()}


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling is switched off: BEGIN is ours, see _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "trusted_schema=OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another writer came between,
    # whatever the busy timeout: writers announce themselves from the start.
    options = connection.get_execution_options()
    level = "NORMAL" if options.get("flushes_later") else "FULL"
    if connection.info.get("synchronous", "FULL") != level:
        connection.exec_driver_sql(f"PRAGMA synchronous={level}")
        connection.info["synchronous"] = level
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("is_writing") else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("flushes_later"):
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")


def create_database_engine(url: str) -> Engine:
    """Open the engine of either database with the pragmas and time-outs that the rules ask for."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True, pool_size=5, max_overflow=10)
        event.listen(engine, "begin", _begin_postgresql)
        return engine
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class Database:
    """One engine and its two ways in: reading sessions, and sessions that mean to write."""

    def __init__(self, url: str) -> None:
        self.engine = create_database_engine(url)
        self._reading = sessionmaker(self.engine)
        self._writing_engine = self.engine.execution_options(is_writing=True)
        self._writing = sessionmaker(self._writing_engine)

    def reading(self) -> Session:
        return self._reading()

    def writing(self) -> Session:
        return self._writing()

    def connect(self) -> Connection:
        """Open a bare connection, where a session's bookkeeping for each transaction would be half of the work.

        Its option flushes_later makes a commit that all see at once and that outlives this process, but does not
        wait for the disk: a power cut, or a crash of PostgreSQL, may undo it, until anyone's next commit that waits.
        """
        return self.engine.connect()


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Commit all of the block or none of it: nothing else does, but a migration."""
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
