"""What tests read of an agreement: its versions, its mails, its link, and an answer to it."""

import re

from flask import Flask
from sqlalchemy import select

from survey_app.agreements.mails import agreement_composers
from survey_app.agreements.models import AgreementVersion, Commitment, ProposalRound
from survey_app.clock import SettableClock
from survey_app.db import Database
from survey_app.mails import ComposedEmail
from survey_app.outbox.delivery import compose_mail
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings


def versions(database: Database) -> list[AgreementVersion]:
    with database.reading() as session:
        return list(session.scalars(select(AgreementVersion).order_by(AgreementVersion.number)))


def compose(app: Flask, settings: Settings, clock: SettableClock, kind: str) -> list[ComposedEmail]:
    """Write the queued mails of a kind as the worker would."""
    database: Database = app.extensions["survey_database"]
    with app.app_context(), database.reading() as session:
        mails = session.scalars(
            select(OutgoingEmail).where(OutgoingEmail.kind == kind).order_by(OutgoingEmail.id)
        ).all()
        written = [compose_mail(agreement_composers(settings), session, mail, clock.now()) for mail in mails]
    assert all(isinstance(each, ComposedEmail) for each in written)
    return [each for each in written if isinstance(each, ComposedEmail)]


def link_in(mail: ComposedEmail) -> str:
    found = re.search(r"http://localhost(/a/\S+)", mail.text)
    assert found
    return found[1]


def answer(line_ids: list[int], **changed: str) -> dict[str, object]:
    accepted = {f"decision-{line_id}": "accept" for line_id in line_ids}
    return {**accepted, "signed_name": "Hélène Dupont", **changed}


def ids_of(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(Commitment.id).order_by(Commitment.position)))


def compose_open(app: Flask, settings: Settings, clock: SettableClock, database: Database) -> ComposedEmail:
    with app.app_context(), database.reading() as session:
        newest = session.scalars(select(ProposalRound).order_by(ProposalRound.id.desc())).first()
        assert newest is not None
        mail = session.scalars(
            select(OutgoingEmail).where(
                OutgoingEmail.kind == "agreement_proposal", OutgoingEmail.subject_id == newest.id
            )
        ).one()
        written = compose_mail(agreement_composers(settings), session, mail, clock.now())
        assert isinstance(written, ComposedEmail)
        return written
