"""Questionnaires: YAML definitions read into frozen values, all mistakes at once, each with its place."""

from survey_app.questionnaires.definition import CommentPrompt, LocalText, Question, Questionnaire, Scale, Section
from survey_app.questionnaires.errors import DefinitionError, DefinitionErrors
from survey_app.questionnaires.library import Library, UnknownQuestionnaireError, check, load_library, publish
from survey_app.questionnaires.rules import mail_question, marks_asking_comment, rating_out_of_ten
from survey_app.questionnaires.source import write_schema

__all__ = [
    "CommentPrompt",
    "DefinitionError",
    "DefinitionErrors",
    "Library",
    "LocalText",
    "Question",
    "Questionnaire",
    "Scale",
    "Section",
    "UnknownQuestionnaireError",
    "check",
    "load_library",
    "mail_question",
    "marks_asking_comment",
    "publish",
    "rating_out_of_ten",
    "write_schema",
]
