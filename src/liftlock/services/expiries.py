"""Before a booked move expires, whoever could keep it from that is told: once for each slot."""

from dataclasses import replace

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.contents import Baseline
from liftlock.domain.environments import Environment
from liftlock.domain.expiries import is_near, needs_a_look_at_production, will_expire
from liftlock.domain.moves import Move
from liftlock.domain.reasons import Around
from liftlock.errors import LiftlockError
from liftlock.services import contents, freezes, notifications, reasons, undos
from liftlock.store import audit_events, due, expiries, moves, organisations, people
from liftlock.store import environments as environments_kept
from liftlock.telemetry import log


def near(tx: Transaction) -> tuple[Move, ...]:
    """Return the booked moves of all organisations that it is time to look at."""
    return tuple(move for move in expiries.near(tx) if is_near(move, tx.now))


def look_at(tx: Transaction, move: Move) -> bool:
    """Look whether a move will expire, and tell whoever is concerned; say whether anybody was.

    Production is read for it, before the move is locked. Where it cannot be read, and when somebody
    else has the move, it is left for the next time.
    """
    present: Baseline | None = None
    if needs_a_look_at_production(move):
        present = _production(tx, move)
        if present is None:
            return False
    locked = expiries.lock(tx, move)
    if locked is None:
        return False
    expiries.looked(tx, locked)
    return _tell(tx, locked if present is None else _against(tx, locked, present))


def _production(tx: Transaction, move: Move) -> Baseline | None:
    try:
        return contents.present(tx, move)
    except LiftlockError as error:
        log.warning("move.production_unread", move=move.id, code=error.code)
        return None


def _against(tx: Transaction, move: Move, present: Baseline) -> Move:
    """Return a move with what has changed since it was validated; the books know it, too."""
    changed = replace(move, changed=(*move.stale(present), *undos.what_changed(tx, move)))
    if changed != move:
        moves.save(tx, changed, expecting=move.state)
    if changed.changed and not move.changed:
        audit_events.append_of_move(tx, Tag.MOVE_BECAME_STALE, None, changed)
    return changed


def _tell(tx: Transaction, move: Move) -> bool:
    frozen = tuple(freeze.reason for freeze in freezes.over(tx, move))
    target = environments_kept.load(tx, move.organisation, move.target)
    if target is None or not will_expire(move, is_frozen=bool(frozen)):
        return False
    blocking = due.blocking(tx, move.organisation)
    around = Around(
        now=tx.now,
        target=target.kind.title,
        validators=_validators(tx, move, target),
        blocked_by=blocking,
        frozen=frozen,
    )
    audit_events.append_of_move(tx, Tag.MOVE_EXPIRY_NEARED, None, move)
    notifications.tell_all(tx, Tag.MOVE_EXPIRY_NEARED, move, reasons.why(tx, move, around))
    return True


def _validators(tx: Transaction, move: Move, target: Environment) -> tuple[str, ...]:
    """Return who could validate it: not who proposed it or its date, where four-eyes is on."""
    organisation = organisations.load(tx, move.organisation)
    signed = (move.submitted, move.date_modified)
    barred = {signature.by for signature in signed if signature}
    if organisation is not None and not organisation.four_eyes:
        barred.clear()
    return tuple(p.name for p in people.administrators(tx, target.id) if p.id not in barred)
