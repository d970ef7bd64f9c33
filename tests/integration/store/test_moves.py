"""Moves in the books: written only where they still are what they were, with their bookings."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product

import pytest

from acme_books import MakeOrganisation, administrator
from blind import register_blindly
from builders import a_baseline, a_slot, installed
from liftlock.books import Books, Transaction
from liftlock.domain.contents import Content, ContentDigest, Scope
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.move_refusals import AnotherIsRunning, MoveHasChanged
from liftlock.domain.moves import SCHEDULED_FROM, TARGET, Move
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Person, Signature
from liftlock.domain.proposals import propose
from liftlock.domain.slots import Purpose, Slot
from liftlock.domain.statuses import MoveKind, State
from liftlock.store import moves, slots
from liftlock.store.constraints import RuleBroken

KINDS = (MoveKind.MOVE_TO_STAGING, MoveKind.MOVE_TO_PRODUCTION, MoveKind.DOWN_ALIGN)
LIVE = "SELECT live FROM slots JOIN moves ON moves.slot_id = slots.id WHERE moves.id = %s"
CONTENT = Content(
    packages=(installed("crm"), installed("base")),
    scope=Scope(systemdb_and_files=True, data=True),
    baseline=a_baseline(installed("base"), systemdb="sha256:1", customers="sha256:2"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    tx: Transaction
    organisation: Organisation
    environments: dict[Kind, Environment]
    ana: Person

    def add(self, kind: MoveKind, slot: Slot | None = None, target: Kind | None = None) -> Move:
        """Write a new move of this kind."""
        source = self.environments[SCHEDULED_FROM[kind]]
        if kind is MoveKind.DOWN_ALIGN:
            source = self.environments[Kind.PRODUCTION]
        to = self.environments[target or TARGET[kind]]
        booked = slot or a_slot(self.tx.now.replace(minute=0, second=0, microsecond=0))
        id_ = slots.add(
            self.tx,
            self.organisation.id,
            booked,
            purpose=Purpose.MOVE,
            by=self.ana.id,
            environment=to.id,
        )
        move = propose(
            id=moves.next_id(self.tx),
            organisation=self.organisation.id,
            kind=kind,
            source=source.id,
            target=to.id,
            slot=booked,
            content=CONTENT,
            submitted=Signature(by=self.ana.id, at=self.tx.now),
            tested_note="tried all pages",
        )
        moves.add(self.tx, move, id_, source, to)
        return move

    def load(self, move: Move) -> Move | None:
        return moves.load(self.tx, self.organisation.id, move.id)

    def live(self, move: Move) -> bool:
        rows: list[tuple[bool]] = self.tx.connection.execute(LIVE, (move.id,)).fetchall()
        return rows[0][0]

    def signature(self) -> Signature:
        return Signature(by=self.ana.id, at=self.tx.now)


@pytest.fixture
def house(books: Books, make_organisation: MakeOrganisation) -> Generator[House]:
    with books.transaction() as tx:
        organisation = make_organisation.organisation(tx, "acme")
        environments = {kind: register_blindly(tx, organisation, kind) for kind in Kind}
        ids = [environment.id for environment in environments.values()]
        ana = make_organisation.person(tx, organisation, "Ana", *administrator(*ids))
        yield House(tx=tx, organisation=organisation, environments=environments, ana=ana)


@pytest.mark.parametrize("kind", KINDS)
def test_a_move_comes_back_as_it_was_written(house: House, kind: MoveKind) -> None:
    move = house.add(kind)
    assert house.load(move) == move


def test_everything_that_can_be_saved_comes_back(house: House) -> None:
    move = house.add(MoveKind.MOVE_TO_STAGING)
    changed = replace(
        move,
        state=State.VALIDATED,
        accepted=house.signature(),
        validated=house.signature(),
        validated_content=ContentDigest("sha256:" + "0" * 64),
        date_modified=house.signature(),
        changed=("module crm is new in Production",),
        way_free_at=house.tx.now,
        stop_asked=house.signature(),
        attempt=3,
        cause_said="why",
        content=replace(CONTENT, packages=()),
    )
    moves.save(house.tx, changed, expecting=State.PROPOSED)
    assert house.load(move) == changed


def test_a_move_that_is_in_another_state_by_now_is_not_written(house: House) -> None:
    move = house.add(MoveKind.MOVE_TO_STAGING)
    canceled = move.cancel(reason="no", at=house.tx.now)
    moves.save(house.tx, canceled, expecting=State.PROPOSED)
    with pytest.raises(MoveHasChanged, match="StagingCanceled"):
        moves.save(house.tx, move.withdraw(at=house.tx.now), expecting=State.PROPOSED)
    assert house.load(move) == canceled


def test_a_booking_counts_exactly_while_its_move_waits_or_runs(house: House) -> None:
    for kind, state in product(KINDS, State):
        with house.tx.connection.transaction(force_rollback=True):
            move = house.add(kind)
            over = state not in {State.PROPOSED, State.VALIDATED, State.RUNNING}
            later = replace(
                move,
                state=state,
                validated=house.signature(),
                begun_at=house.tx.now,
                steps=("drain",),
                ended_at=house.tx.now if over else None,
                undone_by=move.id if state is State.UNDONE else None,
            )
            moves.save(house.tx, later, expecting=move.state)
            assert house.live(move) == later.holds_slot == (not over), (kind, state)


def test_two_moves_of_an_organisation_never_run_at_once(house: House) -> None:
    first = house.add(MoveKind.DOWN_ALIGN)
    second = house.add(MoveKind.DOWN_ALIGN, a_slot(first.slot.interval.end, timedelta(hours=1)))
    moves.save(house.tx, first.begin(at=house.tx.now, steps=("drain",)), expecting=State.VALIDATED)
    with pytest.raises(AnotherIsRunning):
        moves.save(
            house.tx, second.begin(at=house.tx.now, steps=("drain",)), expecting=State.VALIDATED
        )


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (MoveKind.DOWN_ALIGN, Kind.PRODUCTION),
        (MoveKind.DOWN_ALIGN, Kind.STAGING),
        (MoveKind.MOVE_TO_STAGING, Kind.PRODUCTION),
        (MoveKind.MOVE_TO_PRODUCTION, Kind.STAGING),
    ],
)
def test_the_database_lets_each_kind_go_its_own_way_only(
    house: House, kind: MoveKind, target: Kind
) -> None:
    with pytest.raises(RuleBroken, match="moves_go_their_way"):
        _ = house.add(kind, target=target)


def test_a_running_move_has_its_steps_and_an_ended_one_its_end(house: House) -> None:
    move = house.add(MoveKind.DOWN_ALIGN)
    with pytest.raises(RuleBroken, match="moves_run_with_steps"):
        moves.save(house.tx, move.begin(at=house.tx.now, steps=()), expecting=State.VALIDATED)
