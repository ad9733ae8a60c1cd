"""The least that an answer form can be: a bare Flask application with one look-up, one validation, one insert."""

import hashlib
import os
from typing import Any

from flask import Flask, request
from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    bindparam,
    insert,
    select,
)

from survey_app.db import create_database_engine

N_QUESTIONS = 20
MARKS = {str(mark): mark for mark in range(11)}
metadata = MetaData()
token_table = Table(
    "floor_token", metadata, Column("id", Integer, primary_key=True), Column("hash", String(64), unique=True)
)
answer_table = Table(
    "floor_answer",
    metadata,
    Column("token_id", ForeignKey("floor_token.id"), primary_key=True),
    Column("question", String(64), primary_key=True),
    Column("rating", SmallInteger, nullable=False),
)
FIND_TOKEN = select(token_table.c.id).where(token_table.c.hash == bindparam("hash"))
ADD_ANSWERS = insert(answer_table)


def create_floor_tables(engine: Engine) -> None:
    metadata.create_all(engine)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def insert_tokens(engine: Engine, tokens: list[str]) -> None:
    with engine.execution_options(is_writing=True).begin() as connection:
        connection.execute(insert(token_table), [{"hash": hash_token(token)} for token in tokens])


def form_page() -> str:
    """Write a form of twenty questions once: the floor does not draw it again."""
    questions = "".join(
        f"<fieldset><legend>Question {place}</legend>"
        + "".join(f'<label><input type="radio" name="q.{place}" value="{mark}">{mark}</label>' for mark in MARKS)
        + "</fieldset>"
        for place in range(N_QUESTIONS)
    )
    return f"<!doctype html><form method=post>{questions}<button>Send</button></form>"


def create_floor() -> Flask:
    app = Flask("floor")
    engine = create_database_engine(os.environ["SURVEY_DATABASE_URL"])
    writing = engine.execution_options(is_writing=True)
    page = form_page()

    @app.get("/r/<token>")
    def show(token: str) -> Any:
        with engine.connect() as connection:
            found = connection.execute(FIND_TOKEN, {"hash": hash_token(token)}).scalar()
        return page if found else ("", 404)

    @app.post("/r/<token>")
    def take(token: str) -> Any:
        with writing.begin() as connection:
            found = connection.execute(FIND_TOKEN, {"hash": hash_token(token)}).scalar()
            rows = [
                {"token_id": found, "question": name, "rating": MARKS[value]}
                for name, value in request.form.items()
                if name.startswith("q.") and value in MARKS
            ]
            if not found or len(rows) != N_QUESTIONS:
                return "Check your answers", 400
            connection.execute(ADD_ANSWERS, rows)
        return "Thank you"

    return app
