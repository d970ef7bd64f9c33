"""`liftlock move …`: schedule, look, validate, change, stop, resolve."""

import sys
from typing import Annotated, Literal

from cyclopts import App, Parameter

from liftlock.cli import watching
from liftlock.cli.output import AsJson, api, show
from liftlock.cli.times import At, Fold, Soon, wished
from liftlock.client import moves, slots
from liftlock.client.connection import Document
from liftlock.domain.statuses import MoveKind
from liftlock.errors import Invalid

app = App(name="move", help="Schedule, validate and follow moves.")

Which = Literal["move-to-staging", "move-to-production", "down-align"]
COLUMNS = ("id", "kind", "status", "scheduled_for", "submitted_by", "accepted_by", "validated_by")


class SeenMissing(Invalid):
    """A validation is of what a person has seen."""

    code = "move.seen_missing"
    sentence = (
        "Nothing was validated. Look at the move with `liftlock move show {move}`, then validate "
        "what you have seen: `liftlock move validate {move} --seen {digest}`."
    )


def _kind(which: Which) -> MoveKind:
    return MoveKind(which.replace("-", "_"))


@app.command
def hold(
    which: Which,
    /,
    *,
    at: At = None,
    soon: Soon = False,
    fold: Fold = None,
    as_json: AsJson = False,
) -> None:
    """Hold a slot for 30 minutes, while you choose modules or scope."""
    with api() as connection:
        held = slots.hold(connection, _kind(which), at=wished(at, soon=soon, fold=fold))
    show(held, as_json=as_json)


@app.command
def schedule(
    which: Which,
    /,
    *,
    at: At = None,
    soon: Soon = False,
    fold: Fold = None,
    clear: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    scope: Annotated[
        tuple[Literal["systemdb-and-files", "data"], ...], Parameter(negative="")
    ] = (),
    tested: str = "",
    newer_understood: Annotated[bool, Parameter(negative="")] = False,
    as_json: AsJson = False,
) -> None:
    """Schedule a move: at a time, as soon as possible, or in the slot that you hold.

    Args:
        which: Which move.
        at: The time, such as "2026-05-29 22:00".
        soon: As soon as possible.
        fold: 0 or 1, for a time that exists twice.
        clear: The code of a module to leave out of a Move to Staging; may be repeated.
        scope: What a Down Align replaces; may be repeated.
        tested: How Staging was tested, for a Move to Production.
        newer_understood: That repositories stay newer than the modules that come is understood.
        as_json: Print JSON.
    """
    time = wished(at, soon=soon, fold=fold) if at is not None or soon else None
    wishes: dict[str, dict[str, object]] = {
        "move-to-staging": {"cleared": list(clear)},
        "move-to-production": {"tested_note": tested},
        "down-align": {
            "systemdb_and_files": "systemdb-and-files" in scope,
            "data": "data" in scope,
            "newer_understood": newer_understood,
        },
    }
    with api() as connection:
        move = moves.schedule(connection, _kind(which), at=time, **wishes[which])
    show(move, as_json=as_json)


@app.command(name="show")
def show_move(move: int, /, *, as_json: AsJson = False) -> None:
    """Show one move: what, when, who, its steps, and why it is not moving."""
    with api() as connection:
        show(moves.show(connection, move), as_json=as_json)


@app.command(name="list")
def list_moves(*, before: int | None = None, limit: int = 50, as_json: AsJson = False) -> None:
    """List moves, newest first.

    Args:
        before: Only moves older than this one.
        limit: At most so many.
        as_json: Print JSON.
    """
    with api() as connection:
        found = moves.list_moves(connection, before=before, limit=limit)
    show(list(found), as_json=as_json, columns=COLUMNS)


def _shown_and_confirmed(move: Document) -> str:
    digest = str(move["digest"])
    if not sys.stdin.isatty():
        raise SeenMissing(move=str(move["id"]), digest=digest)
    show(move, as_json=False)
    if input("Validate this? Type yes: ").strip() != "yes":
        raise SeenMissing(move=str(move["id"]), digest=digest)
    return digest


@app.command
def validate(move: int, /, *, seen: str | None = None, as_json: AsJson = False) -> None:
    """Validate a proposal in its target environment.

    Args:
        move: The move's number.
        seen: The digest of what you have looked at (`move show`). Without it, the move is shown and
            you are asked.
        as_json: Print JSON.
    """
    with api() as connection:
        digest = seen or _shown_and_confirmed(moves.show(connection, move, fresh=True))
        show(moves.validate(connection, move, seen=digest), as_json=as_json)


@app.command
def modify(
    move: int, /, *, at: At = None, soon: Soon = False, fold: Fold = None, as_json: AsJson = False
) -> None:
    """Give a proposal another date, as its target; any validation falls."""
    with api() as connection:
        changed = moves.modify(connection, move, at=wished(at, soon=soon, fold=fold))
    show(changed, as_json=as_json)


@app.command
def withdraw(move: int, /, *, as_json: AsJson = False) -> None:
    """Take back a move that was scheduled from your environment."""
    with api() as connection:
        show(moves.withdraw(connection, move), as_json=as_json)


@app.command
def cancel(move: int, /, *, reason: str, as_json: AsJson = False) -> None:
    """Refuse a proposal, as its target, with a reason."""
    with api() as connection:
        show(moves.cancel(connection, move, reason=reason), as_json=as_json)


@app.command
def stop(move: int, /, *, as_json: AsJson = False) -> None:
    """Stop a running move; its target is put back as it was."""
    with api() as connection:
        show(moves.stop(connection, move), as_json=as_json)


@app.command
def resolve(
    move: int, how: Literal["put-back-again", "mark-as-repaired"], /, *, note: str = "",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """End the block of an errored move: put its target back again, or say that it is repaired."""
    with api() as connection:
        resolved = moves.resolve(connection, move, how=how.replace("-", "_"), note=note)
    show(resolved, as_json=as_json)


@app.command
def watch(move: int, /, *, as_json: AsJson = False) -> None:
    """Follow a move's steps until it is over. Ctrl-C ends the watching, not the move."""
    with api() as connection:
        watching.watch(connection, move, as_json=as_json)
