"""The answers behind a wave's scores, as far as one reader may see them."""

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.questionnaires import Questionnaire
from survey_app.scores.breakdown import (
    Outlook,
    Satisfied,
    SurveySum,
    Term,
    blend_of,
    count_satisfied,
    look_out,
    sum_up,
)
from survey_app.scores.comments import Comment, comments_by_indicator
from survey_app.scores.disclosure import Reader
from survey_app.scores.models import Score
from survey_app.scores.queries import count_answered, respondent_marks
from survey_app.scores.respondents import Respondent, marks_by_answer, respondents
from survey_app.scores.rules import SurveyScore, survey_score
from survey_app.scores.service import asked_people

# Where more people answered, a list of names explains nothing any more: alike marks are counted instead.
MOST_NAMES = 40


@dataclass(frozen=True)
class Evidence:
    """Read once for the whole page."""

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
            bool(wave.agreement_version and wave.agreement_version.role_shares),
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
