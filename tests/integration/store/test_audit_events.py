"""The audit record: appended to, chained, and never changed without being seen."""

import threading

import pytest
from psycopg.errors import IntegrityConstraintViolation

from acme_books import MakeOrganisation
from liftlock.books import Books, Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.organisations import Organisation
from liftlock.store import audit_events

SECOND_OF_ACME = "WHERE position = 2 AND organisation_id > 0"


@pytest.fixture
def acme_alone(books: Books, make_organisation: MakeOrganisation) -> Organisation:
    with books.transaction() as tx:
        return make_organisation.organisation(tx, "acme")


def append(tx: Transaction, organisation: Organisation | None, reason: str) -> None:
    owner = organisation.id if organisation else None
    audit_events.append(tx, Tag.ORGANISATION_CHANGED, owner, None, fields={"reason": reason})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET tag = 'move.ended'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
    ],
)
def test_nothing_but_appending_is_let_through(
    books: Books, acme_alone: Organisation, statement: str
) -> None:
    with books.transaction() as tx:
        append(tx, acme_alone, "kept")
    with pytest.raises(IntegrityConstraintViolation, match="appended"), books.transaction() as tx:
        _ = tx.connection.execute(statement.encode())
    with books.transaction() as tx:
        assert audit_events.list_all(tx, acme_alone.id)[0].fields == {"reason": "kept"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_events SET fields = '{}'",
        "UPDATE audit_events SET at = at + interval '1 second'",
        "DELETE FROM audit_events",
        "UPDATE audit_events SET previous = 'x', hash = audit_events_hash(audit_events)",
    ],
)
def test_whoever_goes_round_the_trigger_is_seen(
    books: Books, acme_alone: Organisation, change: str
) -> None:
    with books.transaction() as tx:
        for number in range(3):
            append(tx, acme_alone, str(number))
        assert audit_events.broken(tx) == []
        _ = tx.connection.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
        _ = tx.connection.execute(f"{change} {SECOND_OF_ACME}".encode())
        broken = audit_events.broken(tx)
    assert broken
    assert {chain for chain, _ in broken} == {acme_alone.id}


def test_each_organisation_has_a_chain_of_its_own_and_so_has_the_installation(
    books: Books, acme_alone: Organisation
) -> None:
    with books.transaction() as tx:
        append(tx, None, "installation")
        append(tx, acme_alone, "acme")
        ours = [event.position for event in audit_events.list_all(tx, None)]
        acmes = [event.position for event in audit_events.list_all(tx, acme_alone.id)]
    assert ours == list(range(len(ours), 0, -1))
    assert acmes == list(range(len(acmes), 0, -1))


def test_writers_at_once_leave_one_chain_without_a_gap(
    books: Books, acme_alone: Organisation
) -> None:
    def write() -> None:
        for number in range(10):
            with books.transaction() as tx:
                append(tx, acme_alone, str(number))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with books.transaction() as tx:
        events = audit_events.list_all(tx, acme_alone.id)
        assert audit_events.broken(tx) == []
    assert [event.position for event in events] == list(range(len(events), 0, -1))
    assert len(events) == 41
