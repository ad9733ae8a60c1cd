"""Workers that are killed, asked to stop, or many: nothing is lost, and hardly anything comes twice."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from survey_app.outbox.rules import MailState
from tests.outbox.post import Post, people
from tests.outbox.relay import Relay

SCRIPT = Path(__file__).with_name("one_worker.py")
# A worker commits to claim, then twice for each mail: to begin it, and to record what became of it.
COMMITS = [("before", "1"), ("after", "1"), ("before", "2"), ("after", "2"), ("before", "28"), ("after", "29")]
STEPS = ["rcpt", "data", "taken", "after"]


def start_worker(
    post: Post, relay: Relay, database_url: str, *death: str, connections: int = 2
) -> subprocess.Popen[bytes]:
    now = post.clock.now().isoformat()
    arguments = [database_url, str(relay.port), now, str(connections), *death]
    return subprocess.Popen([sys.executable, str(SCRIPT), *arguments], stdout=subprocess.DEVNULL)


def kill_at(relay: Relay, step: str, nth: int, worker: "list[subprocess.Popen[bytes]]") -> None:
    """Kill the worker when the relay comes to this step for the nth time."""
    left = iter(range(nth - 1))

    def watch(now_at: str, _recipient: str) -> None:
        if now_at == step and next(left, None) is None:
            worker[0].send_signal(signal.SIGKILL)
            worker[0].wait()

    relay.on_step = watch


def test_a_killed_worker_loses_nothing_and_doubles_at_most_one(post: Post, relay: Relay, database_url: str) -> None:
    names = people(200)
    post.write(*names)
    deaths: list[tuple[str, ...]] = [*COMMITS, *((step,) for step in STEPS)]
    for n_killed, death in enumerate(deaths, 1):
        worker: list[subprocess.Popen[bytes]] = []
        if len(death) == 1:
            kill_at(relay, death[0], 6, worker)
        worker.append(start_worker(post, relay, database_url, *death[:2] if len(death) == 2 else ()))
        assert worker[0].wait(timeout=60) == -signal.SIGKILL, death
        relay.on_step = lambda step, recipient: None
        n_doubled = sum(relay.recipients().values()) - len(relay.recipients())
        assert n_doubled <= n_killed, death
        post.clock.advance(timedelta(hours=1))
    post.send_until_settled()
    assert set(relay.recipients()) == set(names)
    assert max(relay.recipients().values()) <= 2
    assert len(relay.deliveries) - len(names) <= len(deaths)
    assert len({each.message_id for each in relay.deliveries}) == len(names), "a double bears the same Message-ID"
    assert sum(post.states().values()) == len(names)
    assert set(post.states()) <= {MailState.SENT, MailState.IN_DOUBT}


def test_eight_workers_send_five_thousand_mails_once_each(post: Post, relay: Relay, database_url: str) -> None:
    names = people(5000)
    post.write(*names)
    workers = [start_worker(post, relay, database_url) for _ in range(8)]
    assert [worker.wait(timeout=240) for worker in workers] == [0] * 8
    assert relay.recipients() == dict.fromkeys(names, 1)
    assert post.states() == {MailState.SENT: 5000}
    assert len({each.message_id for each in relay.deliveries}) == 5000


def test_a_worker_that_is_asked_to_stop_finishes_the_message_in_hand(
    post: Post, relay: Relay, database_url: str
) -> None:
    names = people(60)
    post.write(*names)
    relay.pause = 0.005
    worker: list[subprocess.Popen[bytes]] = []

    def ask(step: str, _recipient: str) -> None:
        if step == "data" and len(relay.deliveries) >= 10:
            os.kill(worker[0].pid, signal.SIGTERM)

    relay.on_step = ask
    worker.append(start_worker(post, relay, database_url))
    assert worker[0].wait(timeout=60) == 0
    n_sent = len(relay.deliveries)
    assert 10 < n_sent < 60
    assert post.states() == {MailState.SENT: n_sent, MailState.QUEUED: 60 - n_sent}
    assert all(mail.lease_id is None for mail in post.mails())
