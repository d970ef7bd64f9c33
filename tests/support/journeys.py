"""What tests do again and again with Acme's moves: schedule, validate, begin, end."""

from acme_books import Acme
from liftlock.domain.modules import ModuleCode
from liftlock.domain.moves import Move
from liftlock.domain.people import Person
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.services import moves, proposals, runs
from liftlock.services.proposals import DownAlignWish, MoveToProductionWish, MoveToStagingWish
from liftlock.services.slots import Soon, When

STEP_NAMES = dict.fromkeys(MoveKind, ("drain", "install", "resume"))


def to_staging(acme: Acme, when: When | None = None, *cleared: str) -> Move:
    """Propose a Move to Staging, by Ana."""
    wish = MoveToStagingWish(
        organisation=acme.organisation.id,
        when=when or Soon(),
        cleared=frozenset(map(ModuleCode, cleared)),
    )
    with acme.books.transaction() as tx:
        return proposals.schedule_move_to_staging(tx, acme.ana, wish)


def to_production(acme: Acme, when: When | None = None) -> Move:
    """Propose a Move to Production, by Ben."""
    wish = MoveToProductionWish(
        organisation=acme.organisation.id, when=when or Soon(), tested_note="all pages"
    )
    with acme.books.transaction() as tx:
        return proposals.schedule_move_to_production(tx, acme.ben, wish)


def down_align(
    acme: Acme,
    when: When | None = None,
    *,
    systemdb_and_files: bool = True,
    data: bool = True,
    newer_understood: bool = False,
) -> Move:
    """Book a Down Align, by Ana."""
    wish = DownAlignWish(
        organisation=acme.organisation.id,
        when=when or Soon(),
        systemdb_and_files=systemdb_and_files,
        data=data,
        newer_understood=newer_understood,
    )
    with acme.books.transaction() as tx:
        return proposals.schedule_down_align(tx, acme.ana, wish)


def validate(acme: Acme, move: Move, who: Person | None = None) -> Move:
    """Validate what was seen, by the target's administrator."""
    target = {MoveKind.MOVE_TO_STAGING: acme.ben, MoveKind.MOVE_TO_PRODUCTION: acme.cem}
    with acme.books.transaction() as tx:
        return moves.validate(tx, who or target[move.kind], move.id, move.digest)


def begin(acme: Acme) -> list[Move]:
    """Begin what is due now."""
    with acme.books.transaction() as tx:
        return runs.begin_due(tx, STEP_NAMES)


def end(acme: Acme, move: Move, state: State = State.COMPLETED) -> Move:
    """End a running move."""
    cause = None if state is State.COMPLETED else Cause.BROKE
    with acme.books.transaction() as tx:
        return runs.end(tx, move.id, state, cause=cause, said="" if cause is None else "It broke.")


def now(acme: Acme, move: Move) -> Move:
    """Return the move as the books have it."""
    with acme.books.transaction() as tx:
        return runs.load(tx, move.id)


def moved_to_staging(acme: Acme) -> Move:
    """Carry a Move to Staging through, and install its modules as its step would."""
    move = to_staging(acme)
    _ = validate(acme, move)
    assert begin(acme)
    acme.install(acme.staging.kind, acme.crm)
    return end(acme, move)
