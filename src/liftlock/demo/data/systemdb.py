"""Rows of the SystemDB: settings, what is local to an environment, users, queued mail."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from liftlock.demo.data.people import person, plain
from liftlock.demo.data.tables import Cells, Table

_FIRST_DAY = datetime(2026, 5, 4, 7, tzinfo=UTC)
_STAFF = 60
_LOCAL_ACCOUNTS = 4
_MAILS = 400
_SETTINGS = (
    ("mail", "on"),
    ("payments", "live"),
    ("company.title", "Acme Zubehör GmbH"),
    ("orders.page_size", "50"),
)


def tables(world: str, kind: str) -> tuple[Table, ...]:
    """Return the tables of one environment's SystemDB; accounts of its own below Production."""
    local = 0 if kind == "production" else _LOCAL_ACCOUNTS
    return (
        Table(name="settings", columns=("key", "value"), rows=iter(_SETTINGS)),
        Table(name="local_settings", columns=("key", "value"), rows=_local_settings(kind)),
        Table(name="users", columns=_USER, rows=_users(world, kind, local)),
        Table(name="mail_queue", columns=_MAIL, rows=_mails(world)),
    )


_USER = ("login", "name", "password_hash", "role", "local")
_MAIL = ("id", "recipient", "subject", "body", "queued_at")


def _local_settings(kind: str) -> Iterator[Cells]:
    yield "base_url", f"https://{kind}.acme.test"
    yield "licence", sha256(f"licence of {kind}".encode()).hexdigest()


def _users(world: str, kind: str, local: int) -> Iterator[Cells]:
    for number in range(1, _STAFF + 1):
        who = person(f"{world}-staff", number)
        login = f"{plain(who.first_name)}.{plain(who.last_name)}{number}@staff.{world}.test"
        role = "clerk" if number % 9 else "administrator"
        yield login, who.full_name, _hash(world, number), role, False
    for number in range(1, local + 1):
        login, name = f"{kind}{number}@local.test", f"{kind} account {number}"
        yield login, name, _hash(kind, number), "tester", True


def _mails(world: str) -> Iterator[Cells]:
    for number in range(1, _MAILS + 1):
        who = person(world, number)
        to = who.email or f"post{number}@nowhere.{world}.test"
        body = f"Dear {who.full_name}, your order has left our house for {who.street}."
        yield number, to, "On its way", body, _FIRST_DAY + timedelta(minutes=number)


def _hash(world: str, number: int) -> str:
    return sha256(f"{world} staff {number}".encode()).hexdigest()
