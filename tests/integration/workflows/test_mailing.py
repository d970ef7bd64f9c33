"""The outbox: what is told is mailed at least once, whatever dies or is down meanwhile."""

import multiprocessing
import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from eventually import eventually
from liftlock import bootstrap
from liftlock.books import Books
from liftlock.notifiers.notifier import Message
from liftlock.services import notifications
from liftlock.settings import Settings
from liftlock.workflows import engine, mailing
from liftlock.workflows.mailing import Mail
from outbox import CONSOLE, Outbox, deliver_and_die

MINUTE = timedelta(minutes=1)
SENT = ("sent", 1, "")


def test_whoever_has_an_address_gets_mail_with_a_link_to_the_page(outbox: Outbox) -> None:
    outbox.server.up()
    outbox.tell("Ana submitted version 3.")
    assert outbox.deliver() == 2
    assert sorted(outbox.server.box.recipients) == ["ben@acme.example", "dora@acme.example"]
    subject = "[Acme] Masking policy customers waits for an approval"
    assert outbox.server.box.subjects() == [subject] * 2
    for text in outbox.server.box.texts():
        assert "Ana submitted version 3." in text
        assert f"\n{CONSOLE}/policies/customers\n" in text
    with outbox.books.transaction() as tx:
        for who in (outbox.ben, outbox.dora, outbox.carl):
            assert [n.said for n in notifications.list_all(tx, who)] == ["Ana submitted version 3."]
    assert outbox.deliver() == 0
    assert outbox.rows() == [SENT, SENT]


class Interrupted(Exception):
    """Something goes wrong later in the transaction."""


def interrupted(outbox: Outbox) -> None:
    with outbox.books.transaction() as tx:
        outbox.tell_in(tx, "one")
        raise Interrupted


def test_of_what_was_rolled_back_nobody_hears(outbox: Outbox) -> None:
    outbox.server.up()
    with pytest.raises(Interrupted):
        interrupted(outbox)
    assert outbox.deliver() == 0
    with outbox.books.transaction() as tx:
        assert notifications.list_all(tx, outbox.ben) == ()


def test_a_server_that_is_down_gets_it_when_it_is_up_again(outbox: Outbox) -> None:
    outbox.tell("one", outbox.ben)
    outbox.tell("two", outbox.dora)
    assert outbox.deliver() == 0
    assert outbox.rows() == [("waiting", 1, "notifier.unavailable"), ("waiting", 0, "")]
    assert outbox.deliver_later(MINUTE) == 0
    outbox.server.up()
    assert outbox.deliver_later(30 * MINUTE) == 2
    assert sorted(outbox.server.box.recipients) == ["ben@acme.example", "dora@acme.example"]
    assert {state for state, _, _ in outbox.rows()} == {"sent"}


def test_a_try_in_vain_is_not_repeated_at_once(outbox: Outbox) -> None:
    outbox.tell("one", outbox.ben)
    assert outbox.deliver() == 0
    outbox.server.up()
    assert outbox.deliver() == 0
    assert outbox.deliver_later(MINUTE) == 1


def test_two_workers_send_each_mail_once(outbox: Outbox) -> None:
    outbox.server.up()
    for number in range(15):
        outbox.tell(f"number {number}")
    others = [Books(outbox.url, outbox.key, pool_size=1) for _ in range(3)]
    counts: list[int] = []

    def work(books: Books) -> None:
        counts.append(mailing.deliver(books, outbox.mail))

    workers = [threading.Thread(target=work, args=(books,)) for books in others]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for books in others:
        books.close()
    assert sum(counts) == 30
    assert len(counts) == 3
    ids = Counter(str(each["Message-ID"]) for each in outbox.server.box.arrived)
    assert len(ids) == 30
    assert set(ids.values()) == {1}


def test_a_worker_does_not_wait_for_a_mail_that_another_is_sending(outbox: Outbox) -> None:
    outbox.server.up()
    outbox.tell("one")
    counts: list[int] = []

    class Slow(Nowhere):
        def send(self, message: Message) -> None:
            if not counts:
                counts.append(outbox.deliver())
            outbox.mail.notifier.send(message)

    assert mailing.deliver(outbox.books, Mail(notifier=Slow(), console=CONSOLE)) == 1
    assert counts == [1]
    assert sorted(outbox.server.box.recipients) == ["ben@acme.example", "dora@acme.example"]


def test_a_worker_killed_between_sending_and_writing_it_down_leaves_it_to_be_sent_again(
    outbox: Outbox,
) -> None:
    outbox.server.up()
    outbox.tell("one", outbox.ben)
    given = (outbox.url.get_secret_value(), outbox.key_path, outbox.server.url())
    process = multiprocessing.get_context("spawn").Process(target=deliver_and_die, args=given)
    process.start()
    process.join(60)
    assert process.exitcode == -9
    assert len(outbox.server.box.arrived) == 1
    assert eventually(outbox.deliver) == 1
    first, second = outbox.server.box.arrived
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert outbox.rows() == [SENT]


def test_one_that_is_refused_for_good_is_given_up_and_the_others_go_out(outbox: Outbox) -> None:
    outbox.server.box.replies["ben@acme.example"] = "550 no such user"
    outbox.server.up()
    outbox.tell("one")
    assert outbox.deliver() == 2
    assert outbox.server.box.recipients == ["dora@acme.example"]
    assert sorted(outbox.rows()) == [("given_up", 1, "notifier.message_refused"), SENT]


def test_one_that_is_put_off_does_not_keep_the_others(outbox: Outbox) -> None:
    outbox.server.box.replies["ben@acme.example"] = "451 greylisted"
    outbox.server.up()
    outbox.tell("one")
    assert outbox.deliver() == 2
    assert outbox.server.box.recipients == ["dora@acme.example"]
    outbox.server.box.replies.clear()
    assert outbox.deliver_later(MINUTE) == 1
    assert outbox.server.box.recipients == ["dora@acme.example", "ben@acme.example"]


class Nowhere:
    """What notifiers of these tests have in common."""

    def check(self) -> None:
        """Nothing is to be checked."""


class BreaksOnce(Nowhere):
    """A notifier with a bug that the first message meets."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def send(self, message: Message) -> None:
        self.seen.append(message.to)
        if len(self.seen) == 1:
            raise KeyError(message.to)


def test_a_bug_that_one_mail_meets_stops_no_other(outbox: Outbox) -> None:
    outbox.tell("one")
    breaks = BreaksOnce()
    assert mailing.deliver(outbox.books, Mail(notifier=breaks, console=CONSOLE)) == 2
    assert len(breaks.seen) == 2
    assert sorted(outbox.rows()) == [SENT, ("waiting", 1, "bug")]


def test_what_is_three_days_old_is_not_mailed_any_more(outbox: Outbox) -> None:
    outbox.server.up()
    outbox.tell("one", outbox.ben)
    assert outbox.deliver_later(timedelta(days=3)) == 0
    assert outbox.rows() == [("given_up", 1, "mailing.too_old")]
    assert not outbox.server.box.arrived


def test_whoever_has_no_address_any_more_gets_no_mail(outbox: Outbox) -> None:
    outbox.server.up()
    outbox.tell("one", outbox.ben)
    with outbox.books.transaction() as tx:
        _ = tx.connection.execute("UPDATE people SET email = ''")
    assert outbox.deliver() == 0
    assert outbox.rows() == [("given_up", 1, "mailing.no_address")]


def test_whoever_has_lost_every_role_is_told_nothing_any_more(outbox: Outbox) -> None:
    with outbox.books.transaction() as tx:
        given = (outbox.ben.id,)
        _ = tx.connection.execute("DELETE FROM grants WHERE person_id = %s", given)
    outbox.tell("one", outbox.ben)
    with outbox.books.transaction() as tx:
        assert notifications.list_all(tx, outbox.ben) == ()
    assert outbox.rows() == []


def test_reading_does_not_wait_for_a_mail_that_is_being_sent(outbox: Outbox) -> None:
    outbox.tell("one", outbox.ben)
    reads: list[int] = []

    class Reads(Nowhere):
        def send(self, message: Message) -> None:
            del message
            with outbox.books.transaction() as tx:
                (told,) = notifications.list_all(tx, outbox.ben)
                reads.append(notifications.read_all(tx, outbox.ben, told.id))

    assert mailing.deliver(outbox.books, Mail(notifier=Reads(), console=CONSOLE)) == 1
    assert reads == [1]


def test_a_worker_sends_what_its_settings_say(outbox: Outbox, tmp_path: Path) -> None:
    engine.migrate(outbox.url)
    outbox.server.up()
    outbox.tell("one", outbox.ben)
    settings = {
        "LIFTLOCK_HOME": str(tmp_path),
        "LIFTLOCK_DATABASE_URL": outbox.url.get_secret_value(),
        "LIFTLOCK_MASTER_KEY_FILE": str(outbox.key_path),
        "LIFTLOCK_MAIL_URL": outbox.server.url(),
        "LIFTLOCK_MAIL_S": "0.1",
        "LIFTLOCK_PUBLIC_URL": CONSOLE,
    }
    worker = subprocess.Popen(
        [sys.executable, "-m", "liftlock", "work"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **settings},
    )
    try:
        eventually(lambda: outbox.server.box.arrived, 60)
    finally:
        worker.terminate()
        assert worker.wait(30) == 0
    assert f"{CONSOLE}/policies/customers" in outbox.server.box.texts()[0]
    assert outbox.rows() == [SENT]


def test_the_doctor_says_why_no_mail_could_be_sent(outbox: Outbox, tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path,
        database_url=outbox.url,
        master_key_file=outbox.key_path,
        mail_url=SecretStr(outbox.server.url()),
    )
    with outbox.books.transaction() as tx:
        _ = tx.connection.execute("DELETE FROM grants WHERE environment_id IS NOT NULL")
        _ = tx.connection.execute("DELETE FROM environment_databases")
        _ = tx.connection.execute("DELETE FROM environments")
    (found,) = bootstrap.doctor(settings)
    assert found.where == "mail"
    assert "ConnectionRefusedError" in found.said
    outbox.server.up()
    assert bootstrap.doctor(settings) == ()
    assert not outbox.server.box.arrived


def test_a_worker_with_a_mail_server_that_cannot_be_does_not_begin(tmp_path: Path) -> None:
    settings = {
        "LIFTLOCK_HOME": str(tmp_path),
        "LIFTLOCK_DATABASE_URL": SecretStr("dbname=none").get_secret_value(),
        "LIFTLOCK_MAIL_URL": "mail.example",
    }
    worker = subprocess.run(
        [sys.executable, "-m", "liftlock", "work"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert worker.returncode == 2
    assert "LIFTLOCK_MAIL_URL cannot be used" in worker.stderr
