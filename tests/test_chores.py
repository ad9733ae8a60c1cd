"""The worker's chores: each at its time, in a thread of its own, and the one in hand is finished first."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app

from survey_app import worker
from survey_app.settings import Settings
from survey_app.worker import CHORES, Chore, do_all_chores, keeping_time

ROOT = Path(__file__).resolve().parents[1]
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
PATIENCE = 10.0


def always(_now: datetime) -> bool:
    return True


def test_what_people_wait_for_is_done_every_minute_and_the_rest_now_and_then() -> None:
    minutes = [MIDNIGHT + timedelta(minutes=n) for n in range(24 * 60)]
    n_times = {chore.do.__name__: sum(chore.is_time(minute) for minute in minutes) for chore in CHORES}
    assert n_times == {
        "take_back_lost_mails": 1440,
        "keep_the_schedule": 1440,
        "remind_of_evidence": 24,
        "remind_plan_owners": 1440,
        "erase_what_is_past": 1,
        "seal_audit_log": 1440,
    }


def test_a_worker_keeps_the_time_of_its_chores_while_it_sends(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, bool, str]] = []
    is_done = threading.Event()

    def stumble(_app: Flask) -> None:
        raise RuntimeError("the disk is full")

    def note(given: Flask) -> None:
        done.append((given.name, current_app == given, threading.current_thread().name))
        is_done.set()

    monkeypatch.setattr(worker, "CHORES", (Chore(stumble, always), Chore(note, always)))
    with keeping_time(app):
        assert is_done.wait(PATIENCE)
    assert done == [(app.name, True, "Worker-1")]


def test_the_chore_in_hand_is_finished_before_the_worker_leaves(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    has_begun, may_end = threading.Event(), threading.Event()
    finished: list[bool] = []

    def take_long(_app: Flask) -> None:
        has_begun.set()
        finished.append(may_end.wait(PATIENCE))

    monkeypatch.setattr(worker, "CHORES", (Chore(take_long, always),))
    with keeping_time(app):
        assert has_begun.wait(PATIENCE)
        threading.Timer(0.3, may_end.set).start()
    assert finished == [True]
    assert not [thread for thread in threading.enumerate() if thread.name in ("Worker-1", "Scheduler")]


def test_a_chore_that_fails_keeps_no_other_from_its_turn_and_a_stop_keeps_all(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    stop = threading.Event()

    def stumble(_app: Flask) -> None:
        raise RuntimeError("the disk is full")

    def chore(name: str) -> Callable[[Flask], None]:
        return lambda _app: done.append(name)

    monkeypatch.setattr(worker, "CHORES", (Chore(stumble, always), Chore(chore("second"), always)))
    do_all_chores(app, stop)
    stop.set()
    do_all_chores(app, stop)
    assert done == ["second"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_running_worker_stops_when_it_is_asked_to(app: Flask, settings: Settings, number: signal.Signals) -> None:
    environment = {
        **os.environ,
        "SURVEY_ENVIRONMENT": "development",
        "SURVEY_DATABASE_URL": settings.resolved_database_url,
        "SURVEY_DATA_DIR": str(settings.data_dir),
    }
    command = [sys.executable, "-u", "-m", "flask", "--app", "wsgi", "worker"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        watchdog = threading.Timer(30, worker.kill)
        watchdog.start()
        output = []
        assert worker.stdout is not None
        assert worker.stderr is not None
        for line in worker.stderr:
            output.append(line)
            if "worker_started" in line:
                time.sleep(1)
                worker.send_signal(number)
        watchdog.cancel()
    assert worker.returncode == 0, output
    assert any("worker_stopped" in line for line in output), output
