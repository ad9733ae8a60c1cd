"""The way out: inert to look at, one click to take, impossible to guess."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey_app.clients.mails import read_unsubscribe_id, seal_unsubscribe_id
from survey_app.clients.models import AddressState, Agency, Client, Contact
from survey_app.db import transaction
from survey_app.outbox.models import OutgoingEmail
from tests.outbox.post import Post

KEY = b"test-token-key-of-more-than-32-characters"
ANNE = "anne@client.test"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def anne(session: Session, post: Post) -> Contact:
    now = post.clock.now()
    agency = Agency(key="agence", name="Agence", created_at=now)
    client = Client(id=1, agency=agency, key="client", name="Client", created_at=now)
    contact = Contact(client=client, name="Anne", email=ANNE, created_at=now)
    with transaction(session):
        session.add(contact)
    post.write(ANNE, "Bruno@client.test")
    return contact


def link(post: Post) -> str:
    return f"/u/{seal_unsubscribe_id(KEY, post.mail(ANNE))}"


def test_looking_at_the_page_changes_nothing(
    browserless: FlaskClient, post: Post, anne: Contact, session: Session
) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        assert browserless.open(link(post), method=method).status_code == 200
    session.expire_all()
    assert anne.opted_out_at is None
    assert "Ne plus recevoir ces courriels" in browserless.get(link(post)).text


def test_one_click_of_the_mail_program_opts_out(
    browserless: FlaskClient, post: Post, anne: Contact, session: Session
) -> None:
    # As RFC 8058 sends it: no cookie, no token, no origin, or that of a webmail.
    for headers in ({}, {"Origin": "https://webmail.test", "Sec-Fetch-Site": "cross-site"}):
        answer = browserless.post(link(post), data=ONE_CLICK, headers=headers)
        assert answer.status_code == 200, "a redirect would not be followed"
        assert "Vous ne recevrez plus ces courriels" in answer.text
    session.expire_all()
    assert anne.opted_out_at == post.clock.now()
    assert anne.address_state is AddressState.OK
    assert post.mail(ANNE).opted_out_at == post.clock.now()


def test_a_stranger_cannot_opt_out_another(
    browserless: FlaskClient, post: Post, anne: Contact, session: Session
) -> None:
    good = link(post)
    last = "A" if good[5] != "A" else "B"
    for forged in ("/u/1", "/u/%00", good[:-2], good[:-1] + "=", good[:5] + last + good[6:], "/u/" + "A" * 32):
        assert browserless.get(forged).status_code == 404, forged
        assert browserless.post(forged, data=ONE_CLICK).status_code == 404, forged
    session.expire_all()
    assert anne.opted_out_at is None


def test_the_id_is_sealed_for_this_mail_and_purpose_alone() -> None:
    mails = [OutgoingEmail(id=2**40 + n, deduplication_key=f"letter:{n}") for n in range(100)]
    sealed = [seal_unsubscribe_id(KEY, mail) for mail in mails]
    assert len(set(sealed)) == 100
    assert [read_unsubscribe_id(each) for each in sealed] == [mail.id for mail in mails]
    assert seal_unsubscribe_id(b"another key", mails[0]) != sealed[0]
    assert mails[0].bounce_tag(KEY) not in sealed[0].lower()


def test_after_a_restore_a_link_of_a_mail_that_was_lost_speaks_for_nobody_else(
    browserless: FlaskClient, post: Post, anne: Contact, session: Session
) -> None:
    lost = OutgoingEmail(id=post.mail(ANNE).id, deduplication_key="letter:lost@client.test")
    path = f"/u/{seal_unsubscribe_id(KEY, lost)}"
    assert browserless.get(path).status_code == 404
    assert browserless.post(path, data=ONE_CLICK).status_code == 404
    session.expire_all()
    assert anne.opted_out_at is None


def test_the_page_follows_the_language_of_the_mail(browserless: FlaskClient, post: Post, anne: Contact) -> None:
    page = browserless.get(link(post), headers={"Accept-Language": "en"})
    assert '<html lang="fr">' in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
