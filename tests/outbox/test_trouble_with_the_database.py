"""What becomes of mails when the database hangs up or stays busy while they are carried."""


import pytest
from sqlalchemy import text

from survey_app.outbox.states import MailState
from tests.outbox.post import Post
from tests.outbox.relay import Fault, Relay

ANNE, BRUNO, CLAIRE = "anne@client.test", "bruno@client.test", "claire@client.test"
HANG_UP = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_refused", [False, True])
def test_a_database_that_hangs_up_while_the_relay_reads_doubles_no_mail(
    post: Post, relay: Relay, is_refused: bool
) -> None:
    relay.faults = {CLAIRE: Fault("rcpt", "550 5.1.1 no such user")} if is_refused else {}
    post.write(ANNE, BRUNO, CLAIRE)

    def hang_up(step: str, recipient: str) -> None:
        if (step, recipient) in {("taken", ANNE), ("rcpt", CLAIRE)}:
            with post.database.reading() as session:
                session.execute(HANG_UP)

    relay.on_step = hang_up
    post.send()
    assert relay.recipients() == dict.fromkeys([ANNE, BRUNO, *([] if is_refused else [CLAIRE])], 1)
    assert [mail.state for mail in post.mails()] == [
        MailState.SENT, MailState.SENT, MailState.FAILED if is_refused else MailState.SENT,
    ]
