"""`liftlock move …`: look, validate, change, stop, resolve; `scheduling` books."""

import sys
from typing import Annotated, Literal

from cyclopts import App, Parameter

from liftlock.cli import scheduling, watching
from liftlock.cli.cards import show_move
from liftlock.cli.exits import EXIT
from liftlock.cli.output import AsJson, Limit, api, show
from liftlock.cli.times import At, Fold, Soon, wished
from liftlock.client import moves
from liftlock.client.connection import Document
from liftlock.domain.statuses import status_named
from liftlock.errors import Conflict, Invalid

app = App(name="move", help="Schedule, validate and follow moves.")
for command in (scheduling.offer, scheduling.hold, scheduling.release, scheduling.schedule):
    _ = app.command(command)

Seen = Annotated[
    str,
    Parameter(
        help="The version that you have looked at (`move show`); else whatever it is by now."
    ),
]
COLUMNS = ("id", "title", "status", "scheduled_for", "submitted_by", "accepted_by", "validated_by")


class SeenMissing(Invalid):
    """A validation is of what a person has seen."""

    code = "move.seen_missing"
    sentence = (
        "Nothing was validated. Look at the move with `liftlock move review {move}`, then validate "
        "what you have seen: `liftlock move validate {move} --seen DIGEST`."
    )


@app.command(name="list")
def list_moves(
    *,
    status: tuple[str, ...] = (),
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List moves, latest first.

    Args:
        status: Only moves of this status, such as ProposedMoveToStaging; may be repeated.
        limit: At most so many; 50 when nothing is said.
        as_json: Print JSON.
    """
    named = [status_named(word) for word in status]
    kinds = tuple(str(kind) for kind, _ in named)
    states = tuple(str(state) for _, state in named)
    with api() as connection:
        found = moves.list_moves(connection, kinds=kinds, states=states, at_most=limit)
    wanted = [move for move in found if not status or move["status"] in status]
    show(list(wanted), as_json=as_json, columns=COLUMNS)


@app.command(name="show")
def show_one(move: int, /, *, as_json: AsJson = False) -> None:
    """Show one move: what, when, who, its steps, and why it is not moving."""
    with api() as connection:
        show_move(moves.show(connection, move), as_json=as_json)


@app.command
def review(move: int, /, *, as_json: AsJson = False) -> None:
    """Show one move as a validation would cover it now: Production is read again."""
    with api() as connection:
        show_move(moves.review(connection, move), as_json=as_json)


def _shown_and_confirmed(move: Document) -> str:
    if not sys.stdin.isatty():
        raise SeenMissing(move=str(move["id"]))
    show_move(move, as_json=False)
    if _answer("Validate this? Type yes: ") != "yes":
        raise SeenMissing(move=str(move["id"]))
    return str(move["digest"])


def _answer(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower()


@app.command
def validate(move: int, /, *, seen: str | None = None, as_json: AsJson = False) -> None:
    """Validate a proposal in its target environment.

    Args:
        move: The move's number.
        seen: The digest, or the version, of what you have looked at (`move review`). Without it,
            the move is shown and you are asked.
        as_json: Print JSON.
    """
    with api() as connection:
        digest = seen or _shown_and_confirmed(moves.review(connection, move))
        show_move(moves.validate(connection, move, seen=digest), as_json=as_json)


@app.command
def modify(
    move: int, /, *, at: At = None, soon: Soon = False, fold: Fold = None,
    seen: Seen = moves.WHICHEVER, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Give a proposal another date, as its target; any validation falls."""
    when = wished(at, soon=soon, fold=fold)
    with api() as connection:
        show_move(moves.modify(connection, move, at=when, seen=seen), as_json=as_json)


@app.command
def withdraw(move: int, /, *, seen: Seen = moves.WHICHEVER, as_json: AsJson = False) -> None:
    """Take back a move that was scheduled from your environment."""
    with api() as connection:
        show_move(moves.withdraw(connection, move, seen=seen), as_json=as_json)


Reason = Annotated[str, Parameter(help="Why; the proposer is told.")]


@app.command
def cancel(
    move: int, /, *, reason: Reason, seen: Seen = moves.WHICHEVER, as_json: AsJson = False
) -> None:
    """Refuse a proposal, as its target, with a reason."""
    with api() as connection:
        show_move(moves.cancel(connection, move, reason=reason, seen=seen), as_json=as_json)


@app.command
def stop(move: int, /, *, as_json: AsJson = False) -> None:
    """Stop a running move; its target is put back as it was."""
    with api() as connection:
        show_move(moves.stop(connection, move), as_json=as_json)


@app.command
def resolve(
    move: int, how: Literal["put-back-again", "mark-as-repaired"], /, *, note: str = "",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """End the block of an errored move: put its target back again, or say that it is repaired.

    Args:
        move: The move's number.
        how: Let a worker put it back, or say that you have repaired it.
        note: What was done; needed when it is repaired.
        as_json: Print JSON.
    """
    with api() as connection:
        resolved = moves.resolve(connection, move, how=how.replace("-", "_"), note=note)
    show_move(resolved, as_json=as_json)


@app.command
def watch(move: int, /, *, as_json: AsJson = False) -> int:
    """Follow a move's steps until it is over; end with 0 when it completed, else with 5.

    Ctrl-C ends the watching, not the move. With --json, each change is one line of JSON.
    """
    with api() as connection:
        completed = watching.watch(connection, move, as_json=as_json)
    return 0 if completed else EXIT[Conflict]
