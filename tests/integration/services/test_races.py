"""Two processes that book one slot at once: one wins each time, the other is told who has it."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from acme_books import MakeOrganisation, administrator
from blind import register_blindly
from liftlock import clock
from liftlock.books import Books, Transaction
from liftlock.domain.environments import Kind
from liftlock.domain.people import PersonId
from liftlock.domain.slots import Interval, Purpose, Slot, SlotTaken
from liftlock.domain.statuses import MoveKind
from liftlock.services import slots
from liftlock.services.slots import At
from liftlock.store import environments as environments_kept
from liftlock.store import people as people_kept
from liftlock.store import slots as slots_kept
from racing import ROUNDS, Racer, race


def _when(round_: int) -> At:
    day = clock.now().date() + timedelta(days=2 + round_ % 300)
    return At(day=day, hour=9, minute=0)


def hold(books: Books, who: int, round_: int) -> str:
    """Hold the round's slot, as a person does."""
    try:
        with books.transaction() as tx:
            person = people_kept.load(tx, PersonId(who))
            assert person is not None
            assert person.organisation is not None
            _ = slots.hold(tx, person, person.organisation, MoveKind.DOWN_ALIGN, _when(round_))
    except SlotTaken as taken:
        return str(taken.fields["by"])
    return "won"


def insert(books: Books, who: int, round_: int) -> str:
    """Book the round's slot past every check above the database.

    Two such inserts may wait for each other: the database then ends one, which tries again.
    """
    try:
        books.retrying(partial(_insert, who=who, when=_when(round_)))
    except SlotTaken as taken:
        return str(taken.fields["by"])
    return "won"


def _insert(tx: Transaction, who: int, when: At) -> None:
    person = people_kept.load(tx, PersonId(who))
    assert person is not None
    assert person.organisation is not None
    target = environments_kept.of_kind(tx, person.organisation, Kind.STAGING)
    assert target is not None
    begin = tx.now.replace(hour=9, minute=0, second=0, microsecond=0)
    begin += when.day - date.today()  # noqa: DTZ011  only to have another day each round
    slot = Slot(
        interval=Interval(begin=begin, end=begin + timedelta(hours=2)),
        zone="UTC",
        wall=begin.replace(tzinfo=None),
    )
    _ = slots_kept.add(
        tx,
        person.organisation,
        slot,
        purpose=Purpose.MAINTENANCE,
        by=person.id,
        environment=target.id,
        said="a race",
    )


def two_people(books: Books, make: MakeOrganisation) -> tuple[PersonId, PersonId]:
    with books.transaction() as tx:
        organisation = make.organisation(tx, "acme")
        ids = [register_blindly(tx, organisation, kind).id for kind in Kind]
        return (
            make.person(tx, organisation, "Ana", *administrator(*ids)).id,
            make.person(tx, organisation, "Ben", *administrator(*ids)).id,
        )


def test_two_processes_that_hold_one_slot_leave_one_hold(
    books: Books, books_url: SecretStr, master_key_path: Path, make_organisation: MakeOrganisation
) -> None:
    ana, ben = two_people(books, make_organisation)
    url = books_url.get_secret_value()
    racers = [Racer(url=url, master_key=master_key_path, who=who, act=hold) for who in (ana, ben)]
    answers = race(racers)
    assert len(answers) == ROUNDS
    for round_ in answers:
        assert round_.count("won") == 1
        assert {"being booked by Ana", "being booked by Ben"} & set(round_)


def test_the_database_refuses_it_whatever_the_code_does(
    books: Books, books_url: SecretStr, master_key_path: Path, make_organisation: MakeOrganisation
) -> None:
    ana, ben = two_people(books, make_organisation)
    url = books_url.get_secret_value()
    racers = [Racer(url=url, master_key=master_key_path, who=who, act=insert) for who in (ana, ben)]
    answers = race(racers)
    for round_ in answers:
        assert round_.count("won") == 1
        assert {said for said in round_ if "maintenance (a race), booked by" in said}
