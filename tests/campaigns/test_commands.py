"""`flask waves launch` and `flask waves status`."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from survey_app.campaigns.commands import waves
from survey_app.campaigns.invitations import correct_address
from survey_app.clock import SettableClock
from tests.campaigns.conftest import ACTOR, NOW, TOKEN_KEY, Cast

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, cast: Cast, clock: SettableClock) -> Run:
    clock.set(NOW)

    def invoke(*arguments: str) -> Result:
        cast.session.commit()
        return app.test_cli_runner().invoke(waves, list(arguments))

    return invoke


def test_a_wave_is_launched_once_from_the_command_line(cast: Cast, run: Run) -> None:
    wave_id = str(cast.plan().id)
    for _ in range(2):
        done = run("launch", wave_id)
        assert done.exit_code == 0, done.output
        assert f"Wave {wave_id} is open: 3 people invited." in done.stdout


def test_a_launch_that_is_refused_says_why_and_exits_1(cast: Cast, run: Run) -> None:
    for contact in cast.contacts:
        contact.is_active = False
    done = run("launch", str(cast.plan().id))
    assert done.exit_code == 1
    assert "Error: No contact has a usable address. Add or correct a contact, then launch." in done.stderr


def test_an_unknown_wave_says_where_to_look(run: Run) -> None:
    for command in ("launch", "status"):
        done = run(command, "99")
        assert done.exit_code == 1
        assert "There is no wave 99." in done.stderr


def test_the_status_counts_add_up_to_the_population(cast: Cast, run: Run) -> None:
    wave = cast.launch(cast.plan())
    wave.invitations[0].answered_at = NOW
    wave_id = wave.id
    for arguments in (("status", str(wave_id)), ("status",)):
        done = run(*arguments)
        assert done.exit_code == 0
        assert f"Wave {wave_id}  open  Maison Clair: Baromètre 2026" in done.stdout
        assert "3 invited: queued 2  sent 0  in_doubt 0  bounced 0  opted_out 0  declined 0" in done.stdout
        assert "declined 0  started 0  done 1" in done.stdout


def test_the_outbox_has_one_invitation_for_each_person_and_one_for_each_corrected_address(
    app: Flask, cast: Cast, run: Run
) -> None:
    wave = cast.launch(cast.plan())
    wave_id = str(wave.id)
    run("status", wave_id)
    told = app.test_cli_runner().invoke(args=["outbox", "status"]).stdout
    assert "  invitation: 3 (3 queued)\n" in told
    correct_address(cast.session, wave.invitations[0], "c.dupont@client.test", TOKEN_KEY, ACTOR, NOW)
    assert "3 invited:" in run("status", wave_id).stdout
    told = app.test_cli_runner().invoke(args=["outbox", "status"]).stdout
    assert "  invitation: 4 (3 queued, 1 cancelled)\n" in told


@pytest.mark.parametrize("command", ["launch", "status"])
def test_each_command_has_its_help_with_an_example(run: Run, command: str) -> None:
    assert f"Example: flask --app wsgi waves {command} 3" in run(command, "--help").stdout
