"""The worker at a shell: one round, with its progress, and what it came to."""

import threading
from functools import partial

import pytest
from flask import Flask

from survey_app import worker
from survey_app.bounces.service import tell
from survey_app.outbox.delivery import Round, drain
from tests.outbox.post import KIND, Post, people
from tests.outbox.relay import Fault, Relay


def test_one_round_shows_its_progress_and_says_what_became_of_the_mails(
    app: Flask, post: Post, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = people(12)
    relay.faults = {names[0]: Fault("rcpt", "550 5.1.1 no")}
    monkeypatch.setattr(worker, "composers", lambda _settings: {KIND: post.compose})
    monkeypatch.setattr(worker, "CHORES", ())
    post.write(*names)
    result = app.test_cli_runner().invoke(args=["worker", "--once"])
    assert result.exit_code == 0, result.output
    assert "Mails: 11 accepted, 1 refused." in result.stdout
    assert "Sending" in result.stderr
    assert len(relay.deliveries) == 11
    assert "Mails: nothing was due." in app.test_cli_runner().invoke(args=["worker", "--once"]).stdout


def test_the_progress_ends_where_the_mails_do(app: Flask, post: Post) -> None:
    shared = Round(app, {KIND: post.compose}, partial(tell, post.rooms), threading.Event())
    post.write(*people(5))
    with worker.show_progress(shared):
        drain(shared)
    assert sum(shared.fates.values()) == 5
    assert not [each for each in threading.enumerate() if each.name == "progress"]
