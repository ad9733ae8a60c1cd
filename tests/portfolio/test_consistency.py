"""Whether the questions of a line measure one thing: over several clients, over enough people, and never otherwise."""

import random
import re
from collections.abc import Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from survey_app.accounts.models import ClientAccess
from survey_app.clients.models import Agency
from survey_app.db import Database, transaction
from survey_app.portfolio.consistency import LEAST_PEOPLE, Part, QuestionSet, Sums, judge_sets
from survey_app.statistics import cronbach_alpha
from tests.cast import Cast, browser_of
from tests.scores.cast import Survey

CREATIVE = "quality_creative"
ASKED = QuestionSet(CREATIVE, ("creative_ideas", "creative_distinction"))
Marks = Sequence[tuple[int | None, int | None]]


def sums(marks: list[tuple[int, int]]) -> Sums:
    return Sums(
        len(marks),
        sum(one**2 + two**2 for one, two in marks),
        sum((one + two) ** 2 for one, two in marks),
        (sum(one for one, _ in marks), sum(two for _, two in marks)),
    )


def people(n: int, noise: int, seed: int = 3) -> list[tuple[int, int]]:
    """Return people whose second mark follows the first, but for some noise."""
    generator = random.Random(seed)
    found = []
    for _ in range(n):
        mark = generator.randint(2, 8)
        found.append((mark, mark + generator.randint(-noise, noise)))
    return found


def parts(*marks: list[tuple[int, int]]) -> list[Part]:
    return [Part(number, ASKED, "Bilan", sums(own)) for number, own in enumerate(marks)]


def test_the_sums_of_two_clients_give_the_alpha_of_all_their_people() -> None:
    one, two = people(20, 2), people(25, 2, seed=4)
    [found] = judge_sets(parts(one, two))
    expected = cronbach_alpha(one + two)
    assert found.interval is not None
    assert found.interval.estimate == pytest.approx(expected.estimate, abs=1e-12)
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert (found.n, found.n_clients) == (45, 2)


def test_questions_that_move_together_measure_one_thing_and_others_several() -> None:
    generator = random.Random(5)
    apart = [(generator.randint(0, 10), generator.randint(0, 10)) for _ in range(60)]
    assert [each.verdict for each in judge_sets(parts(people(40, 1), people(40, 1, seed=4)))] == ["one_thing"]
    assert [each.verdict for each in judge_sets(parts(apart[:30], apart[30:]))] == ["several_things"]


def test_a_line_that_chance_leaves_open_is_not_judged() -> None:
    [found] = judge_sets(parts(people(18, 3), people(18, 3, seed=4)))
    assert found.interval is not None
    assert found.interval.low < 0.7 <= found.interval.high
    assert found.verdict == "not_sure"


def test_one_person_short_nothing_is_told_but_the_number() -> None:
    n = LEAST_PEOPLE // 2
    [found] = judge_sets(parts(people(n, 1), people(n - 1, 1, seed=4)))
    assert (found.interval, found.verdict, found.n) == (None, "too_few", LEAST_PEOPLE - 1)


def test_one_client_alone_is_never_judged_however_many_its_people() -> None:
    [found] = judge_sets(parts(people(200, 1)))
    assert (found.interval, found.verdict) == (None, "too_few")


def test_marks_that_are_all_alike_tell_nothing() -> None:
    [found] = judge_sets(parts([(8, 8)] * 20, [(8, 8)] * 20))
    assert (found.interval, found.verdict) == (None, "all_alike")


def play(
    session: Session,
    key: str,
    marks: Marks,
    mode: str = "named",
    *,
    reader: int | None = None,
    is_internal: bool = False,
) -> None:
    with transaction(session):
        survey = Survey.set_up(session, key, "annual_review", agency=session.get_one(Agency, 1))
        if reader is not None:
            session.add(ClientAccess(user_id=reader, client_id=survey.client.id))
        survey.promise(CREATIVE, is_internal=is_internal)
        wave = survey.open_wave(len(marks), mode)
        for place, (one, two) in enumerate(marks):
            survey.answer(wave, place, {"creative_ideas": one, "creative_distinction": two})
        survey.close(wave)


def page(browser: FlaskClient, url: str = "/portfolio/consistency") -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return re.sub(r"[ \n]+", " ", answer.text)


def test_the_page_says_it_in_words_with_the_table_and_its_files(
    management: FlaskClient, session: Session, cast: Cast
) -> None:
    lumen, atlas = people(20, 1), people(16, 1)
    play(session, "lumen", [*lumen, (3, None), (None, 4)])
    play(session, "atlas", atlas)
    expected = cronbach_alpha(lumen + atlas)
    text = page(management)
    assert "Yes, for sure, on 1 of 1 lines with several questions." in text
    file = management.get("/portfolio/charts/consistency.csv").text
    row = file.splitlines()[1].split(",")
    assert row[1] == "one thing"
    assert row[2:5] == [f"{value:.2f}" for value in (expected.estimate, expected.low, expected.high)]
    assert row[5:8] == ["2", "36", "2"], "two questions, the people who answered both, two clients"
    assert management.get("/portfolio/charts/consistency.svg").mimetype == "image/svg+xml"


def test_too_few_people_are_told_with_their_number_and_no_figure(
    management: FlaskClient, session: Session, cast: Cast
) -> None:
    play(session, "lumen", people(12, 1))
    play(session, "atlas", people(17, 1))
    text = page(management)
    assert "It takes 30 people, of 2 clients at least" in text
    assert '<td class="number">29</td><td class="number">2</td>' in text
    assert management.get("/portfolio/charts/consistency.csv").status_code == 404


def test_a_handful_that_was_promised_silence_is_left_out(app: Flask, session: Session, cast: Cast) -> None:
    finance = cast.users["finance"]
    play(session, "lumen", people(40, 1), reader=finance)
    play(session, "atlas", people(4, 1), "confidential", reader=finance)
    assert '<td class="number">40</td><td class="number">1</td>' in page(browser_of(app, finance))


def test_a_handful_that_answered_under_its_name_is_counted(
    management: FlaskClient, session: Session, cast: Cast
) -> None:
    play(session, "lumen", people(40, 1))
    play(session, "atlas", people(4, 1))
    row = management.get("/portfolio/charts/consistency.csv").text.splitlines()[1].split(",")
    assert row[5:8] == ["2", "44", "2"]


def test_a_person_is_told_of_their_own_clients_alone(app: Flask, session: Session, cast: Cast) -> None:
    finance = cast.users["finance"]
    play(session, "lumen", people(20, 1), reader=finance)
    play(session, "atlas", people(20, 1))
    assert '<td class="number">20</td><td class="number">1</td>' in page(browser_of(app, finance))


def test_lines_of_the_agency_alone_stay_out_as_on_the_other_pages(
    management: FlaskClient, session: Session, cast: Cast
) -> None:
    play(session, "lumen", people(20, 1), is_internal=True)
    play(session, "atlas", people(20, 1), is_internal=True)
    assert "No closed wave asked several questions on one line." in page(management)


def test_account_managers_have_no_such_page(app: Flask, cast: Cast) -> None:
    for url in ("/portfolio/consistency", "/portfolio/charts/consistency.csv"):
        assert browser_of(app, cast.users["account_manager"]).get(url).status_code == 403


def test_the_method_page_explains_it(management: FlaskClient) -> None:
    text = page(management, "/method?lang=en")
    assert "Cronbach’s alpha" in text
    assert "never over one client’s few" in text
    assert "alpha de Cronbach" in page(management, "/method?lang=fr")


def test_the_number_of_queries_does_not_grow_with_the_clients(
    management: FlaskClient, session: Session, cast: Cast, database: Database
) -> None:
    counts = []
    for key in ("lumen", "atlas", "omega"):
        play(session, key, people(16, 1))
        seen: list[str] = []

        def count(*arguments: object, seen: list[str] = seen) -> None:
            seen.append(str(arguments[2]))

        event.listen(database.engine, "before_cursor_execute", count)
        page(management)
        event.remove(database.engine, "before_cursor_execute", count)
        counts.append(len(seen))
    assert counts[0] == counts[1] == counts[2]
