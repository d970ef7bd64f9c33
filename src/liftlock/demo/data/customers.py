"""Rows of the customers repository: customers, their logins, their consents."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from liftlock.demo.data.draws import Draw
from liftlock.demo.data.people import COMPANIES, Person, person
from liftlock.demo.data.tables import Cells, Table

_FIRST_DAY = datetime(2017, 3, 6, 8, tzinfo=UTC)
_MINUTES = 4_500_000
_CONSENTS = ("newsletter", "phone", "profiling", "third parties")
_SOURCES = ("web", "paper", "telephone", "fair")
_LOGINS_IN_TEN = 8
_ONE_IN_TWICE = 40
_LONG_PARTS = 60


def number_of(customer: int) -> str:
    """Return a customer's number, as all repositories write it."""
    return f"C-{customer:06}"


def person_of(world: str, customer: int) -> Person:
    """Return who a customer is; one in forty is a person who was entered before."""
    twice = customer > _ONE_IN_TWICE and customer % _ONE_IN_TWICE == 0
    return person(world, customer - 7 if twice else customer)


def tables(world: str, customers: int) -> tuple[Table, ...]:
    """Return the tables for so many customers, in the order of their references."""
    return (
        Table(name="customers", columns=_CUSTOMER, rows=_customers(world, customers)),
        Table(name="logins", columns=_LOGIN, rows=_logins(world, customers)),
        Table(name="consents", columns=_CONSENT, rows=_consents(world, customers)),
    )


_CUSTOMER = (
    "id", "number", "first_name", "last_name", "company", "email", "phone", "street", "city",
    "postcode", "country", "iban", "birth_date", "notes", "created_at",
)  # fmt: skip
_LOGIN = ("user_name", "customer_id", "password_hash", "last_seen_at")
_CONSENT = ("customer_id", "kind", "given_at", "source")


def _customers(world: str, customers: int) -> Iterator[Cells]:
    for number in range(1, customers + 1):
        who = person_of(world, number)
        draw = Draw(f"{world} customer", number)
        yield (
            number, number_of(number), who.first_name, who.last_name,
            f"{draw.of(COMPANIES)} {draw.below(900)}" if draw.percent(22) else None,
            who.email, who.phone, who.street, who.city, who.postcode, who.country, who.iban,
            who.birth_date, _notes(draw, who), _moment(draw),
        )  # fmt: skip


def _logins(world: str, customers: int) -> Iterator[Cells]:
    for number in range(1, customers + 1):
        if number % 10 < _LOGINS_IN_TEN:
            draw = Draw(f"{world} login", number)
            secret = sha256(f"{world} password {number}".encode()).hexdigest()
            user = f"{draw.of(('kunde', 'client', 'klient'))}{number}@login.{world}.test"
            yield user, number, secret, _moment(draw) if draw.percent(83) else None


def _consents(world: str, customers: int) -> Iterator[Cells]:
    for number in range(1, customers + 1):
        draw = Draw(f"{world} consent", number)
        for kind in _CONSENTS[: 1 + number % 2]:
            yield number, kind, _moment(draw), draw.of(_SOURCES)


def _notes(draw: Draw, who: Person) -> str | None:
    if draw.percent(58):
        return None
    short = f"{who.full_name} asked to be called at {who.phone or 'no number'}, after 17:00."
    if not draw.percent(2):
        return short
    told = f"{short} Writes from {who.email or 'nowhere'}; lives at {who.street}, {who.city}.\n"
    return told * (1 + draw.below(_LONG_PARTS))


def _moment(draw: Draw) -> datetime:
    return _FIRST_DAY + timedelta(minutes=draw.below(_MINUTES))
