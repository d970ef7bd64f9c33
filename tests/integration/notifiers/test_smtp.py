"""Mail is handed to a real SMTP server; how each failure is told apart, and nothing is let out."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from liftlock.notifiers.notifier import (
    Message,
    MessagePutOff,
    MessageRefused,
    Notifier,
    NotifierUnavailable,
)
from liftlock.notifiers.smtp import MailUrlUnfit, Security, SmtpNotifier, mail_server
from mail_server import FROM, NAME, PASSWORD, MailServerOfTest

WHO = f"{quote(NAME)}:{quote(PASSWORD, safe='')}@"
BEN = "ben@acme.example"


def a_message(to: str = BEN, text: str = "Grüße 🚀\n\nhttps://x/moves/7\n") -> Message:
    return Message(
        to=to,
        subject="[Acme ✓] Move to Staging 7 is canceled",
        text=text,
        at=datetime(2026, 5, 29, 12, tzinfo=UTC),
        token="notification-41.l1abcd",  # noqa: S106  no password
    )


def notifier(url: str) -> SmtpNotifier:
    return SmtpNotifier(mail_server(SecretStr(url)), within_s=5)


WAYS = {
    "plain": ("off", "smtp", "", "&tls=off"),
    "starttls": ("starttls", "smtp", WHO, "&ca={ca}"),
    "smtps": ("smtps", "smtps", WHO, "&ca={ca}"),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, mail_server: MailServerOfTest) -> Notifier:
    """A notifier of each kind, whose server is up."""
    tls, scheme, who, query = WAYS[str(request.param)]
    mail_server.up(tls=tls)
    return notifier(mail_server.url(scheme, who=who, query=query.format(ca=mail_server.ca_file)))


def test_a_message_arrives_as_it_was_written(way: Notifier, mail_server: MailServerOfTest) -> None:
    way.send(a_message())
    (arrived,) = mail_server.box.arrived
    assert mail_server.box.recipients == [BEN]
    assert mail_server.box.subjects() == ["[Acme ✓] Move to Staging 7 is canceled"]
    assert mail_server.box.texts() == ["Grüße 🚀\n\nhttps://x/moves/7\n"]
    assert str(arrived["From"]) == f"Liftlock <{FROM}>"
    assert str(arrived["Message-ID"]) == "<notification-41.l1abcd@acme.example>"
    assert str(arrived["Date"]) == "Fri, 29 May 2026 12:00:00 +0000"
    assert str(arrived["Auto-Submitted"]) == "auto-generated"


def test_a_server_that_is_down_is_unavailable_and_takes_mail_when_it_is_up_again(
    mail_server: MailServerOfTest,
) -> None:
    sends = notifier(mail_server.url())
    with pytest.raises(NotifierUnavailable, match="ConnectionRefusedError"):
        sends.send(a_message())
    mail_server.up()
    sends.send(a_message())
    assert mail_server.box.recipients == [BEN]


@pytest.mark.parametrize(
    ("reply", "refusal"),
    [("550 no such user", MessageRefused), ("451 greylisted", MessagePutOff)],
)
def test_what_a_recipients_server_says_tells_whether_it_is_tried_again(
    mail_server: MailServerOfTest, reply: str, refusal: type[Exception]
) -> None:
    mail_server.box.replies[BEN] = reply
    mail_server.up()
    with pytest.raises(refusal, match=f"reply {reply[:3]}") as told:
        notifier(mail_server.url()).send(a_message())
    assert BEN not in str(told.value)
    assert reply[4:] not in str(told.value)


@pytest.mark.parametrize(
    ("reply", "refusal"),
    [("554 looks like spam", MessageRefused), ("452 disk full", MessagePutOff)],
)
def test_a_message_that_is_not_taken_is_not_lost_unseen(
    mail_server: MailServerOfTest, reply: str, refusal: type[Exception]
) -> None:
    mail_server.box.data_reply = reply
    mail_server.up()
    with pytest.raises(refusal, match=f"reply {reply[:3]}"):
        notifier(mail_server.url()).send(a_message())


def test_a_lost_answer_is_an_error_though_the_mail_may_have_arrived(
    mail_server: MailServerOfTest,
) -> None:
    mail_server.box.hang_up = True
    mail_server.up()
    with pytest.raises(NotifierUnavailable):
        notifier(mail_server.url()).send(a_message())
    assert len(mail_server.box.arrived) == 1


def test_a_wrong_password_is_told_without_it(mail_server: MailServerOfTest) -> None:
    mail_server.up(tls="starttls")
    url = mail_server.url(who=f"{NAME}:hunter2@", query=f"&ca={mail_server.ca_file}")
    with pytest.raises(NotifierUnavailable, match="does not accept the login") as told:
        notifier(url).check()
    assert "hunter2" not in str(told.value)


def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(
    mail_server: MailServerOfTest,
) -> None:
    for tls, scheme in (("starttls", "smtp"), ("smtps", "smtps")):
        mail_server.up(tls=tls)
        with pytest.raises(NotifierUnavailable, match="certificate is not trusted"):
            notifier(mail_server.url(scheme, query="")).send(a_message())
    assert not mail_server.box.arrived


def test_a_connection_is_never_made_plain_because_the_server_would_have_it_so(
    mail_server: MailServerOfTest,
) -> None:
    mail_server.up()
    with pytest.raises(NotifierUnavailable, match="offers no encryption"):
        notifier(mail_server.url(query="")).send(a_message())
    assert not mail_server.box.arrived


@pytest.mark.parametrize(
    "address",
    ["", "ben", "@acme.example", "ben@", "a@b@c", "ben@x\r\nBcc: eve@x", "ben@x, eve@x", "<ben@x>"],
)
def test_what_is_no_address_is_refused_before_anything_is_sent(
    mail_server: MailServerOfTest, address: str
) -> None:
    mail_server.up()
    with pytest.raises(MessageRefused, match="no mail address"):
        notifier(mail_server.url()).send(a_message(to=address))
    assert not mail_server.box.arrived


def test_an_address_in_other_letters_is_refused_only_where_the_server_does_not_take_them(
    mail_server: MailServerOfTest,
) -> None:
    message = a_message(to="jürgen@acme.example")
    mail_server.up(utf8=False)
    with pytest.raises(MessageRefused):
        notifier(mail_server.url()).send(message)
    mail_server.up()
    notifier(mail_server.url()).send(message)
    assert mail_server.box.recipients == ["jürgen@acme.example"]


def test_a_server_that_wants_a_login_gets_it(mail_server: MailServerOfTest) -> None:
    for tls, scheme in (("starttls", "smtp"), ("smtps", "smtps")):
        mail_server.up(tls=tls)
        notifier(mail_server.url(scheme, who=WHO, query=f"&ca={mail_server.ca_file}")).check()
    assert mail_server.logins == 2
    mail_server.up(tls="starttls")
    with pytest.raises(NotifierUnavailable, match="refuses the sender"):
        notifier(mail_server.url(query=f"&ca={mail_server.ca_file}")).send(a_message())


def test_a_check_sends_nothing(mail_server: MailServerOfTest) -> None:
    with pytest.raises(NotifierUnavailable):
        notifier(mail_server.url()).check()
    mail_server.up()
    notifier(mail_server.url()).check()
    assert not mail_server.box.arrived


def test_a_url_says_everything() -> None:
    read = mail_server(SecretStr("smtp://ana%40x:p%2Fw@mail.example?from=l@x.example"))
    assert (read.host, read.port, read.security) == ("mail.example", 587, Security.STARTTLS)
    assert (read.user, read.password.get_secret_value()) == ("ana@x", "p/w")
    secure = mail_server(SecretStr("smtps://mail.example?from=l@x.example&ca=/etc/ca.pem"))
    assert (secure.port, secure.security, secure.ca_file) == (465, Security.TLS, "/etc/ca.pem")
    assert "p/w" not in repr(read)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mail.example", "begin with smtp://"),
        ("http://mail.example?from=l@x", "begin with smtp://"),
        ("smtp://?from=l@x", "begin with smtp://"),
        ("smtp://mail.example:port?from=l@x", "no URL"),
        ("smtp://mail.example", "lacks from="),
        ("smtp://mail.example?from=nobody", "lacks from="),
        ("smtp://mail.example?from=l@x&form=l@x", "only from, ca and tls=off"),
        ("smtp://mail.example?from=l@x&tls=on", "only from, ca and tls=off"),
        ("smtp://ana:s3cret@mail.example?from=l@x&tls=off", "in plain"),
        ("smtp://ana:s3cr%C3%AAt@mail.example?from=l@x", "ASCII"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_repeating_it(url: str, problem: str) -> None:
    with pytest.raises(MailUrlUnfit, match=problem) as told:
        _ = mail_server(SecretStr(url))
    assert "s3cret" not in str(told.value)
    assert "ana" not in str(told.value)
