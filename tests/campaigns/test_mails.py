"""The invitation and the reminder, as they are written when they leave."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from markupsafe import escape
from sqlalchemy import select

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.agreements.models import Commitment
from survey_app.campaigns.invitations import derive_token
from survey_app.campaigns.mails import wave_composers
from survey_app.campaigns.models import Disclosure, PrivacyMode, WaveState
from survey_app.campaigns.service import restore_wording, save_wording
from survey_app.campaigns.wording import promise
from survey_app.clients.mails import default_wording, read_unsubscribe_id, seal_unsubscribe_id, surname
from survey_app.clients.models import AddressState
from survey_app.clients.rules import PLACEHOLDERS_OF, Wording, fill, unknown_placeholders
from survey_app.errors import Invalid
from survey_app.mails import ComposedEmail, Withheld, WithheldReason
from survey_app.outbox.delivery import compose_mail
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.service import enqueue
from survey_app.settings import Settings
from tests.campaigns.conftest import ACTOR, NOW, TOKEN_KEY, Cast, SignIn


class Post:
    """Compose the mails of a launched wave as the worker does."""

    def __init__(self, app: Flask, settings: Settings, cast: Cast) -> None:
        self.app, self.settings, self.cast = app, settings, cast

    def write(self, recipient: str, now: datetime = NOW) -> ComposedEmail | Withheld:
        mail = self.cast.session.scalars(select(OutgoingEmail).filter_by(recipient=recipient)).one()
        with self.app.app_context():
            return compose_mail(wave_composers(self.settings), self.cast.session, mail, now)

    def read(self, recipient: str = "claire@client.test") -> ComposedEmail:
        written = self.write(recipient)
        assert isinstance(written, ComposedEmail)
        return written


@pytest.fixture
def post(app: Flask, settings: Settings, cast: Cast) -> Post:
    return Post(app, settings, cast)


def plain(text: str) -> str:
    return re.sub(r"[\u00a0\u202f\s]+", " ", text)


def test_it_greets_by_name_in_the_person_s_language(cast: Cast, post: Post) -> None:
    cast.launch(cast.plan())
    assert post.read("claire@client.test").text.startswith("Bonjour Madame Dupont,\n")
    assert post.read("marc@client.test").text.startswith("Bonjour Monsieur Petit,\n")
    assert post.read("sam@client.test").text.startswith("Dear Sam Jones,\n")


def test_the_subject_names_the_agency_and_the_deadline(cast: Cast, post: Post) -> None:
    cast.launch(cast.plan())
    assert post.read("claire@client.test").subject == "Votre avis sur Agence Verte, d’ici au vendredi 20 mars 2026"
    assert post.read("sam@client.test").subject == "How is Agence Verte doing? Your opinion by Friday 20 March 2026"


def test_the_link_is_derived_when_the_mail_leaves(cast: Cast, post: Post) -> None:
    wave = cast.launch(cast.plan())
    link = f"http://localhost/r/{derive_token(TOKEN_KEY, wave.invitations[0].id, 1)}"
    mail = post.read()
    assert f"\n{link}\n" in mail.text
    assert f'href="{link}"' in mail.html
    opaque_id = mail.unsubscribe_url.rsplit("/", 1)[-1]
    queued = cast.session.get_one(OutgoingEmail, read_unsubscribe_id(opaque_id))
    assert seal_unsubscribe_id(TOKEN_KEY, queued) == opaque_id
    assert mail.unsubscribe_url in mail.text
    assert (mail.sender_name, mail.reply_to) == ("Agence Verte", "dpo@agence.test")


def test_eleven_buttons_pre_fill_the_first_mark_and_submit_nothing(cast: Cast, post: Post) -> None:
    wave = cast.launch(cast.plan())
    link = f"http://localhost/r/{derive_token(TOKEN_KEY, wave.invitations[0].id, 1)}"
    mail = post.read()
    question = cast.questionnaire.questions[0].key
    links = re.findall(r'href="([^"]+)\?question=(\w+)&amp;score=(\d+)"', mail.html)
    assert links == [(link, question, str(mark)) for mark in range(11)]
    assert "<form" not in mail.html
    assert cast.questionnaire.questions[0].text.fr in mail.html


def test_nothing_in_the_mail_is_fetched_from_anywhere(cast: Cast, post: Post) -> None:
    cast.launch(cast.plan())
    assert not re.search(r"<img|<script|<link|url\(|@import|<iframe", post.read().html)


def test_the_first_mail_says_source_purpose_readers_duration_and_objection(cast: Cast, post: Post) -> None:
    cast.launch(cast.plan())
    for text in (plain(post.read().text), plain(post.read().html)):
        assert "Votre adresse vient de la liste des interlocuteurs chez Maison Clair" in text
        assert "mesurent si Agence Verte tient ses engagements" in text
        assert "rémunération" not in text
        assert "Chez Agence Verte, l’équipe lit vos réponses avec votre nom" in text
        assert "36 mois après l’enquête" in text
        assert "Vous pouvez vous opposer à tout moment" in text
        assert "dpo@agence.test" in text


@pytest.mark.parametrize("cause", ["scheme", "paying line"])
def test_it_says_that_answers_count_in_variable_pay(cast: Cast, post: Post, cause: str) -> None:
    if cause == "scheme":
        cast.version.bonus_scheme = {"kind": "linear"}
    else:
        cast.session.scalars(select(Commitment)).first().is_paying = True  # type: ignore[union-attr]
    cast.launch(cast.plan())
    assert "part variable de la rémunération de l’agence" in post.read().text


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (PrivacyMode.CONFIDENTIAL, "seul le responsable qualité voit qui a répondu quoi"),
        (PrivacyMode.ANONYMOUS, "vos réponses sont anonymes : plus rien ne les relie à vous"),
    ],
)
def test_it_says_who_reads(cast: Cast, post: Post, mode: PrivacyMode, words: str) -> None:
    cast.campaign.mode = mode
    cast.launch(cast.plan())
    text = plain(post.read().text)
    assert words in text
    assert "avec votre nom" not in text


@pytest.mark.parametrize(
    ("mode", "disclosure", "words"),
    [
        (
            PrivacyMode.NAMED,
            Disclosure.OVERALL,
            "Maison Clair receives the overall results alone, never a single mark.",
        ),
        (
            PrivacyMode.NAMED,
            Disclosure.MARKS,
            "Maison Clair receives the overall results and each mark, without names.",
        ),
        (
            PrivacyMode.CONFIDENTIAL,
            Disclosure.MARKS,
            "Maison Clair receives the overall results and, from 10 answers on, each mark, without names.",
        ),
        (
            PrivacyMode.ANONYMOUS,
            Disclosure.OVERALL,
            "Maison Clair receives the overall results alone, never a single mark.",
        ),
    ],
)
def test_mail_form_and_notice_promise_the_same_readers_in_the_same_words(
    cast: Cast, post: Post, browserless: FlaskClient, mode: PrivacyMode, disclosure: Disclosure, words: str
) -> None:
    cast.campaign.mode, cast.campaign.disclosure = mode, disclosure
    wave = cast.launch(cast.plan())
    who, what = promise(mode, disclosure, "Agence Verte", "Maison Clair", lambda text, **values: text % values)
    assert what == words
    mail = post.read("sam@client.test")
    invited = next(one for one in wave.invitations if one.email == "sam@client.test")
    url = f"/r/{derive_token(TOKEN_KEY, invited.id, 1)}"
    cast.session.commit()
    for text in (mail.text, mail.html, browserless.get(url).text, browserless.get(f"{url}/notice").text):
        assert who in plain(text)
        assert what in plain(text)


def withheld(post: Post, now: datetime = NOW) -> WithheldReason | None:
    written = post.write("claire@client.test", now)
    return written.reason if isinstance(written, Withheld) else None


def test_what_changed_since_it_was_queued_stops_it(cast: Cast, post: Post) -> None:
    wave = cast.launch(cast.plan())
    invitation, contact = wave.invitations[0], cast.contacts[0]
    assert withheld(post) is None
    for thing, changes, reason in (
        (invitation, {"answered_at": NOW}, WithheldReason.ANSWERED),
        (invitation, {"refused_at": NOW, "refusal_reason": "objects"}, WithheldReason.OPTED_OUT),
        (invitation, {"revoked_at": NOW}, WithheldReason.CANCELLED),
        (invitation, {"email": ""}, WithheldReason.ERASED),
        (contact, {"opted_out_at": NOW}, WithheldReason.OPTED_OUT),
        (contact, {"address_state": AddressState.DEAD}, WithheldReason.DEAD_ADDRESS),
        (wave, {"state": WaveState.CANCELLED, "cancelled_at": NOW}, WithheldReason.CANCELLED),
    ):
        with cast.session.begin_nested() as change:
            for name, value in changes.items():
                setattr(thing, name, value)
            cast.session.flush()
            assert withheld(post) is reason, changes
            change.rollback()
        assert withheld(post) is None
    assert withheld(post, wave.ends_at - timedelta(seconds=1)) is None
    assert withheld(post, wave.ends_at) is WithheldReason.LATE


def test_each_person_gets_a_letter_of_their_own(cast: Cast, post: Post) -> None:
    """What a wave says to everybody is read once; names and links are each person's own."""
    cast.contacts[1].civility = cast.contacts[0].civility
    cast.contacts[1].name = "Zoé <b>L'Été & Fils</b> {deadline}"
    save_wording(cast.session, cast.agency, "invitation", "fr", "Pour {name}", "Un mot à {name}.", ACTOR, NOW)
    cast.launch(cast.plan())
    composers = wave_composers(post.settings)
    mails = cast.session.scalars(select(OutgoingEmail).filter_by(language="fr").order_by(OutgoingEmail.id)).all()
    with post.app.app_context():
        claire, zoe = [compose_mail(composers, cast.session, mail, NOW) for mail in mails[:2]]
    assert isinstance(claire, ComposedEmail)
    assert isinstance(zoe, ComposedEmail)
    if claire.recipient_name.startswith("Zoé"):
        claire, zoe = zoe, claire
    assert (claire.subject, zoe.subject) == ("Pour Claire Dupont", "Pour Zoé <b>L'Été & Fils</b> {deadline}")
    assert "Un mot à Zoé <b>L'Été & Fils</b> {deadline}." in zoe.text
    assert "Un mot à Zoé &lt;b&gt;L&#39;Été &amp; Fils&lt;/b&gt; {deadline}." in zoe.html
    links = [set(re.findall(r"http://localhost/[ru]/[\w=-]+", mail.html)) for mail in (claire, zoe)]
    assert [len(each) for each in links] == [2, 2]
    assert not links[0] & links[1]
    assert zoe.text.replace(zoe.recipient_name, "").count("Claire") == 0


def test_an_agency_speaks_in_its_own_words(cast: Cast, post: Post) -> None:
    save_wording(
        cast.session,
        cast.agency,
        "invitation",
        "fr",
        "{agency} vous écoute, {name}",
        "Un.\n\nDeux <b> avant le {deadline}.",
        ACTOR,
        NOW,
    )
    cast.launch(cast.plan())
    mail = post.read()
    assert mail.subject == "Agence Verte vous écoute, Claire Dupont"
    assert "Deux <b> avant le vendredi 20 mars 2026." in mail.text
    assert '<p style="margin:0 0 16px">Deux &lt;b&gt; avant le vendredi 20 mars 2026.</p>' in mail.html
    assert post.read("sam@client.test").subject.startswith("How is Agence Verte doing?")
    restore_wording(cast.session, cast.agency, "invitation", "fr", ACTOR, NOW)
    assert post.read().subject.startswith("Votre avis sur")


def test_the_digest_speaks_in_the_agency_s_own_words(app: Flask, settings: Settings, cast: Cast) -> None:
    cast.launch(cast.plan())
    lead = User(
        email="lea@agence.test",
        name="Léa Bernard",
        password="-",
        role=Role.QUALITY_LEAD,
        sees_all_clients=True,
        created_at=NOW,
    )
    cast.session.add(lead)
    cast.session.flush()
    enqueue(
        cast.session,
        kind="digest",
        recipient=lead.email,
        language="fr",
        deduplication_key="digest",
        subject_id=lead.id,
        now=NOW,
    )
    mail = cast.session.scalars(select(OutgoingEmail).filter_by(kind="digest")).one()
    composers = wave_composers(settings)
    with app.app_context():
        ours = compose_mail(composers, cast.session, mail, NOW)
        save_wording(
            cast.session, cast.agency, "digest", "fr", "{agency} : {open} et {waiting}", "Bravo <b> {name}", ACTOR, NOW
        )
        own = compose_mail(composers, cast.session, mail, NOW)
    assert isinstance(ours, ComposedEmail)
    assert isinstance(own, ComposedEmail)
    assert plain(ours.subject) == "Où en sont les réponses ? Vagues ouvertes : 1, en préparation : 0"
    assert "Les notes restent masquées" in ours.text
    assert own.subject == "Agence Verte : 1 et 0"
    assert "Bravo <b> Léa Bernard" in own.text
    assert "Bravo &lt;b&gt; Léa Bernard" in own.html
    assert "Les notes restent masquées" not in own.text


@pytest.mark.parametrize("kind", PLACEHOLDERS_OF)
def test_every_mail_can_be_worded_with_its_own_placeholders_in_both_languages(
    app: Flask, cast: Cast, sign_in: SignIn, kind: str
) -> None:
    staff = sign_in()
    for language in ("fr", "en"):
        with app.app_context(), force_locale(language):
            words = default_wording(kind)
        assert words.unknown_placeholders(kind) == []
        page = staff.get(f"/mail-wordings/{kind}/{language}")
        assert escape(words.subject) in page
        every = " ".join(f"{{{name}}}" for name in PLACEHOLDERS_OF[kind])
        assert "The wording is saved" in staff.post(f"/mail-wordings/{kind}/{language}", subject=every, message=every)
        foreign = "{line}" if kind != "plan_proposal" else "{deadline}"
        refused = staff.post(f"/mail-wordings/{kind}/{language}", status=400, subject=foreign, message="x")
        assert "does not exist" in refused


@pytest.mark.parametrize("text", ["{agence}", "{agency.key}", "{0}", "{}", "{agency", "agency}", "{{agency}}"])
def test_an_unknown_placeholder_is_refused_while_editing(cast: Cast, text: str) -> None:
    with pytest.raises(Invalid, match="does not exist") as refused:
        save_wording(cast.session, cast.agency, "invitation", "fr", "Sujet", text, ACTOR, NOW)
    assert refused.value.field == "message"


def test_a_value_with_braces_is_not_filled_in_again() -> None:
    assert fill("{client} {name}", {"client": "{name}", "name": "Claire"}) == "{name} Claire"


def test_a_subject_stays_on_one_line() -> None:
    filled = Wording("{name}", "x").filled({"name": "Claire\r\nBcc: all@client.test"})
    assert filled.subject == "Claire Bcc: all@client.test"


def test_known_placeholders_are_known() -> None:
    assert unknown_placeholders("{agency} {client} {campaign} {wave} {deadline} {name}") == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Claire Dupont", "Dupont"),
        ("Claire de La Tour", "de La Tour"),
        ("DUPONT Claire", "DUPONT"),
        ("Jean-Pierre LE GOFF", "LE GOFF"),
        ("Dupont", "Dupont"),
        ("CLAIRE DUPONT", "DUPONT"),
    ],
)
def test_the_family_name_is_found(name: str, expected: str) -> None:
    assert surname(name) == expected
