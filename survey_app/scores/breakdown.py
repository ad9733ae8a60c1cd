"""How a score was computed, line by line, and what the silent could still change, as far as one reader may see it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.questionnaires import Questionnaire
from survey_app.scores.disclosure import Reader
from survey_app.scores.models import Score
from survey_app.scores.queries import (
    Comment,
    Respondent,
    comments_by_indicator,
    count_answered,
    marks_by_answer,
    respondent_marks,
    respondents,
    weighs_roles,
)
from survey_app.scores.rules import LEVEL, RoleMarks, SurveyScore, role_bounds, six_decimals, survey_score
from survey_app.scores.service import asked_people
from survey_app.statistics import break_even, finite_proportion_interval, usual_mean_interval, worst_case_bounds

# Where more people answered, a list of names explains nothing any more: alike marks are counted instead.
MOST_NAMES = 40


@dataclass(frozen=True)
class Term:
    """One term of a sum: so many people with this mark; name and answers where the mode lets this reader know them."""

    mark: Fraction
    n_people: int = 1
    name: str = ""
    answers: tuple[Fraction, ...] = ()

    @property
    def total(self) -> Fraction:
        return self.mark * self.n_people


@dataclass(frozen=True)
class RoleTerm:
    """One role of a score weighed by roles; without a mean where nobody answered, or where it stays hidden."""

    role: str
    share: Fraction
    n: int
    population: int
    mean: Fraction | None

    @property
    def part(self) -> Fraction | None:
        return None if self.mean is None else self.share * self.mean


@dataclass(frozen=True)
class SurveySum:
    """The sum behind a survey mean; without terms where single marks stay hidden."""

    n: int
    population: int
    total: Fraction
    mean: Fraction
    terms: tuple[Term, ...]
    roles: tuple[RoleTerm, ...] = ()

    @property
    def n_missing(self) -> int:
        return self.population - self.n

    @property
    def shows_answers(self) -> bool:
        """Tell whether somebody's mark is a mean of several answers that may be shown."""
        return any(len(term.answers) > 1 for term in self.terms)

    @property
    def answered_share(self) -> Fraction:
        """Return the part of the score that some role stands for."""
        return sum((role.share for role in self.roles if role.n), Fraction(0))


@dataclass(frozen=True)
class Blend:
    """How the survey's mean becomes the score of its line: its share of a mixed line, and what the facts add."""

    share: Fraction = Fraction(1)
    added: Fraction = Fraction(0)

    def of(self, mean: float | Fraction) -> Decimal:
        """Return the score that this mean of the survey makes, a float read as the decimal it prints."""
        return six_decimals(self.share * Fraction(str(mean)) + self.added)

    def needed(self, score: Fraction) -> Fraction:
        """Return the mean of the survey that makes this score."""
        return (score - self.added) / self.share


@dataclass(frozen=True)
class Outlook:
    """What those who said nothing could still change, and the usual formula beside the interval."""

    worst_low: Decimal
    worst_high: Decimal
    break_even: Decimal | None
    usual_low: Decimal | None
    usual_high: Decimal | None
    standard_error: Decimal | None

    @property
    def verdict(self) -> str:
        """Tell in one word what the missing would need: a mark, nothing any more, the impossible, or no one figure."""
        if self.break_even is None:
            return "none"
        if self.break_even > 10:
            return "out_of_reach"
        return "safe" if self.break_even <= 0 else "needs"


@dataclass(frozen=True)
class Satisfied:
    """How many of those who answered gave the threshold at least, and which share of everybody concerned would."""

    n_people: int
    n: int
    population: int
    low: Fraction
    high: Fraction

    @property
    def share(self) -> Fraction:
        return Fraction(self.n_people, self.n)


def count_satisfied(survey: SurveyScore, threshold: Decimal) -> Satisfied:
    """Count the people who gave the threshold at least; the interval is exact for the people asked."""
    n, n_people = len(survey.scores), sum(score >= Fraction(threshold) for score in survey.scores)
    found = finite_proportion_interval(n_people, n, survey.population, LEVEL)
    return Satisfied(n_people, n, survey.population, Fraction(found.low), Fraction(found.high))


def blend_of(score: Score) -> Blend | None:
    """Return how a recorded line was made of its survey; None where its facts are missing."""
    if score.survey_share is None:
        return Blend()
    if score.fact_mark is None:
        return None
    share = Fraction(score.survey_share)
    return Blend(share, (1 - share) * score.fact_mark)


def sum_up(
    survey: SurveyScore, named: Sequence[Term], *, shows_marks: bool, shown_roles: Collection[str] = ()
) -> SurveySum:
    """Return the sum of the respondents' scores, alike marks together unless names stand beside them."""
    total, n = sum(survey.scores, Fraction(0)), len(survey.scores)
    counted = tuple(Term(mark, n_people) for mark, n_people in sorted(Counter(survey.scores).items(), reverse=True))
    return SurveySum(
        n=n,
        population=survey.population,
        total=total,
        mean=total / n if survey.exact is None else survey.exact,
        terms=(tuple(named) or counted) if shows_marks else (),
        roles=tuple(_role_term(role, shown_roles) for role in survey.roles),
    )


def _role_term(role: RoleMarks, shown: Collection[str]) -> RoleTerm:
    is_shown = bool(role.scores) and role.role in shown
    return RoleTerm(role.role, role.share, len(role.scores), role.population, role.mean if is_shown else None)


def look_out(survey: SurveyScore, threshold: Decimal, blend: Blend, *, shows_marks: bool) -> Outlook:
    """Return the worst case, the break-even and the usual interval, in points of the line's own score.

    The usual formula tells the spread of the marks, and a few whole marks follow from their sum and their spread: it
    stays hidden where they do. Over roles of fixed shares no one mean of the missing decides, and it does not apply.
    """
    if survey.roles:
        low, high = role_bounds(survey.roles)
        return Outlook(blend.of(low), blend.of(high), None, None, None, None)
    scores, population = survey.scores, survey.population
    bounds = worst_case_bounds(scores, population)
    needed = break_even(scores, population, blend.needed(Fraction(threshold)))
    usual = usual_mean_interval(scores, population, LEVEL) if shows_marks and len(scores) > 1 else None
    return Outlook(
        worst_low=blend.of(bounds.low),
        worst_high=blend.of(bounds.high),
        break_even=None if needed is None else six_decimals(Fraction(str(needed))),
        usual_low=blend.of(usual.low) if usual else None,
        usual_high=blend.of(usual.high) if usual else None,
        standard_error=Blend(blend.share).of(usual.se) if usual and usual.se is not None else None,
    )


@dataclass(frozen=True)
class Evidence:
    """The answers behind a wave's scores, read once for the whole page."""

    reader: Reader
    is_over_roles: bool
    surveys: dict[str, SurveyScore]
    people: dict[str, list[Respondent]]
    answers: dict[tuple[str, int], tuple[Fraction, ...]]
    comments: dict[str, list[Comment]]

    @classmethod
    def read(cls, session: Session, wave: Wave, reader: Reader) -> "Evidence":
        people: dict[str, list[Respondent]] = {}
        answers: dict[tuple[str, int], tuple[Fraction, ...]] = {}
        if reader.reads_each_answer and count_answered(session, wave) <= MOST_NAMES:
            answers = marks_by_answer(session, wave)
            for one in respondents(session, wave):
                people.setdefault(one.indicator_key, []).append(one)
        return cls(
            reader,
            weighs_roles(wave),
            _surveys(session, wave),
            people,
            answers,
            comments_by_indicator(session, wave, reader),
        )

    def survey_of(self, score: Score) -> SurveyScore | None:
        """Return what made a score, where this reader may see it.

        Answers past their retention are erased; the score they made stays without them.
        """
        survey, n = self.surveys.get(score.subject_key), score.n_respondents
        if survey is None or not n or not self.reader.may_see_score(n) or len(survey.scores) != n:
            return None
        return survey

    def sum_of(self, score: Score) -> SurveySum | None:
        survey = self.survey_of(score)
        if survey is None:
            return None
        return sum_up(
            survey,
            self._named_terms(score),
            shows_marks=self.shows_marks(score),
            shown_roles=self.reader.shown_parts(sizes(survey)),
        )

    def shows_marks(self, score: Score) -> bool:
        """Tell whether each mark may be drawn; with a score over roles their sum tells the means, as its bounds do."""
        return self.reader.may_see_marks(score.n_respondents) and self.shows_bounds(score)

    def shows_bounds(self, score: Score) -> bool:
        """Tell whether the interval may be shown; over roles that can no longer be counted it may not."""
        if not self.is_over_roles or score.survey_mark is None:
            return True
        survey = self.survey_of(score)
        return self.reader.reads_each_answer or (survey is not None and self.reader.may_see_bounds_over(sizes(survey)))

    def outlook_of(self, score: Score) -> Outlook | None:
        survey, blend = self.survey_of(score), blend_of(score)
        threshold = score.threshold if score.exact is not None and self.shows_bounds(score) else None
        if survey is None or blend is None or threshold is None:
            return None
        return look_out(survey, threshold, blend, shows_marks=self.shows_marks(score))

    def satisfied_of(self, score: Score) -> Satisfied | None:
        """Count the satisfied where each mark may be seen: their number tells on which side the marks lie."""
        survey = self.survey_of(score)
        if survey is None or score.threshold is None or not self.shows_marks(score):
            return None
        return count_satisfied(survey, score.threshold)

    def _named_terms(self, score: Score) -> list[Term]:
        known = [one for one in self.people.get(score.subject_key, []) if one.name]
        if len(known) != score.n_respondents or len(known) > MOST_NAMES:
            return []
        return [
            Term(one.score, 1, one.name, self.answers.get((one.indicator_key, one.response_id), ()))
            for one in sorted(known, key=lambda one: (-one.score, one.name))
        ]


def sizes(survey: SurveyScore) -> dict[str, int]:
    """Return how many people of each role stand behind a score."""
    return {role.role: len(role.scores) for role in survey.roles}


def _surveys(session: Session, wave: Wave) -> dict[str, SurveyScore]:
    if wave.agreement_version is None:
        return {}
    questionnaire = Questionnaire.from_canonical(wave.definition or {})
    asked = asked_people(session, wave, wave.agreement_version)
    marks = respondent_marks(session, wave, questionnaire, by_role=bool(asked.role_shares))
    questions = questionnaire.questions_by_indicator()
    return {key: survey_score(found, len(questions[key]), asked) for key, found in marks.items()}
