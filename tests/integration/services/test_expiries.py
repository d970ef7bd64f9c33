"""What would expire soon is told once for each slot, to those who could keep it from that."""

from dataclasses import replace
from datetime import timedelta

from acme_books import Acme, registration
from freezing import freeze, in_days
from journeys import down_align, now, to_staging, validate
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import Kind
from liftlock.domain.moves import Move
from liftlock.domain.notifications import Notification
from liftlock.domain.people import Person
from liftlock.environments.servers import as_application
from liftlock.services import environments, expiries, freezes, moves, notifications
from liftlock.workflows import expiring
from network import Network
from own_books import books_at

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def look(acme: Acme, move: Move, before: timedelta = HOUR) -> int:
    """Look ahead at a time before a move's slot begins; return of how many people were told."""
    with books_at(acme.url, acme.key, move.slot.interval.begin - before) as books:
        return expiring.look(books)


def warned(acme: Acme, who: Person) -> list[Notification]:
    with acme.books.transaction() as tx:
        every = notifications.list_all(tx, who)
    return [told for told in every if told.tag is Tag.MOVE_EXPIRY_NEARED]


def test_an_hour_before_it_expires_those_who_could_validate_are_told_once(acme: Acme) -> None:
    move = to_staging(acme, in_days(acme, 2))
    assert look(acme, move, HOUR + MINUTE) == 0
    assert look(acme, move) == 1
    assert look(acme, move, HOUR / 2) == 0
    for who in (acme.ana, acme.ben, acme.dora):
        (told,) = warned(acme, who)
        assert told.title == f"Move to Staging {move.id} is about to expire"
        assert "waits for a validation in Staging by Ben or Dora" in told.said
        assert told.move == move.id
    assert warned(acme, acme.cem) == []


def test_with_another_date_it_is_told_again(acme: Acme) -> None:
    move = to_staging(acme, in_days(acme, 2))
    assert look(acme, move) == 1
    with acme.books.transaction() as tx:
        moved = moves.modify_date(tx, acme.ben, move.id, in_days(acme, 3))
    assert look(acme, moved) == 1
    assert len(warned(acme, acme.ana)) == 2


def test_nothing_is_told_of_what_lacks_nothing(acme: Acme) -> None:
    move = validate(acme, to_staging(acme, in_days(acme, 2)))
    other = down_align(acme, in_days(acme, 2, 14))
    assert look(acme, move) == 0
    assert look(acme, other) == 0


def test_a_validation_that_became_stale_unseen_is_told_before_its_slot_begins(
    own_acme: Acme,
) -> None:
    acme = own_acme
    move = validate(acme, to_staging(acme, in_days(acme, 2)))
    with as_application(acme.parts[Kind.PRODUCTION].systemdb) as connection:
        _ = connection.execute("CREATE TABLE base.later (id bigint)")
    assert look(acme, move) == 1
    (told,) = warned(acme, acme.ben)
    assert "the schema of database systemdb in Production has changed. It waits for" in told.said
    assert now(acme, move).changed
    with acme.books.transaction() as tx:
        seen = moves.review(tx, acme.ben, move.id).seen
        assert not moves.validate(tx, acme.ben, move.id, seen).changed


def test_a_frozen_one_is_told_though_it_is_validated(acme: Acme) -> None:
    move = down_align(acme, in_days(acme, 4))
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 5))
    assert look(acme, move) == 1
    (told,) = warned(acme, acme.ana)
    assert "A freeze lies over its time (year end)" in told.said


def test_with_an_override_nothing_is_told(acme: Acme) -> None:
    move = down_align(acme, in_days(acme, 4))
    _ = freeze(acme, in_days(acme, 3), in_days(acme, 5))
    with acme.books.transaction() as tx:
        _ = freezes.override(tx, acme.ana, move.id, "urgent")
    assert look(acme, move) == 0


def test_two_workers_that_look_at_once_tell_once(acme: Acme) -> None:
    move = to_staging(acme, in_days(acme, 2))
    instant = move.slot.interval.begin - HOUR / 2
    with books_at(acme.url, acme.key, instant) as books, books.transaction() as tx:
        assert expiries.near(tx) == (move,)
        assert expiries.look_at(tx, move)
        assert look(acme, move, HOUR / 2) == 0
    assert look(acme, move, HOUR / 2) == 0
    assert len(warned(acme, acme.ben)) == 1


def test_while_production_cannot_be_read_it_is_left_for_the_next_time(
    own_acme: Acme, network: Network
) -> None:
    acme = own_acme
    given = registration(acme.parts[Kind.PRODUCTION])
    through = tuple(network.through(database) for database in given.databases)
    with acme.books.transaction() as tx:
        _ = environments.change(
            tx, acme.operator, acme.production.id, replace(given, databases=through)
        )
    move = validate(acme, to_staging(acme, in_days(acme, 2)))
    network.down()
    assert look(acme, move) == 0
    network.up()
    with as_application(acme.parts[Kind.PRODUCTION].systemdb) as connection:
        _ = connection.execute("CREATE TABLE base.later (id bigint)")
    assert look(acme, move) == 1
