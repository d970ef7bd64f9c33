"""`liftlock freeze …`: times at which nothing moves."""

from typing import Literal

from cyclopts import App

from liftlock.cli.output import AsJson, api, say, show
from liftlock.cli.times import wall
from liftlock.client import freezes
from liftlock.client.connection import Document, Json

app = App(name="freeze", help="Enter times at which nothing moves, end them, override one.")

COLUMNS = ("id", "environment", "begins", "ends", "weekly", "reason", "over")


@app.command
def enter(
    *,
    begin: str,
    end: str,
    reason: str,
    environment: Literal["development", "staging", "production"] | None = None,
    weekly: bool = False,
    as_json: AsJson = False,
) -> None:
    """Enter a freeze; the booked moves that it stops are named.

    Args:
        begin: From when on, such as "2026-12-18 00:00".
        end: Until when.
        reason: Why; it is shown to whoever is stopped.
        environment: Which environment's moves; all when nothing is said, which only operators do.
        weekly: Whether it comes again each week at the same times.
    """
    times = [str(wall(each)["wall"]) for each in (begin, end)]
    with api() as connection:
        entered = freezes.enter(
            connection,
            begin=times[0],
            end=times[1],
            reason=reason,
            environment=environment,
            weekly=weekly,
        )
    show(entered if as_json else _row(entered), as_json=as_json, columns=() if as_json else COLUMNS)
    if entered["over"]:
        say("Each of these moves expires, unless: liftlock freeze override MOVE --reason …")


@app.command(name="list")
def list_freezes(*, as_json: AsJson = False) -> None:
    """List the freezes that are not over, and the booked moves that they stop."""
    with api() as connection:
        found = freezes.list_freezes(connection)
    rows: list[Json] = [each if as_json else _row(each) for each in found]
    show(rows, as_json=as_json, columns=COLUMNS)


@app.command
def end(freeze: int, /, *, as_json: AsJson = False) -> None:
    """End a freeze, under way or to come.

    Args:
        freeze: Its number, as `freeze list` shows it.
    """
    with api() as connection:
        ended = freezes.end(connection, freeze)
    show(ended if as_json else None, as_json=as_json)
    say(f"Freeze {freeze} is ended; its time is free.")


@app.command
def override(move: int, /, *, reason: str, as_json: AsJson = False) -> None:
    """Let a booked move run in the freezes that lie over its time.

    Args:
        move: The move's number.
        reason: Why; it is kept, and everybody concerned is told.
    """
    with api() as connection:
        given = freezes.override(connection, move, reason=reason)
    show(list(given) if as_json else None, as_json=as_json)
    count = len(given)
    say(f"Move {move} may run in {'a freeze' if count == 1 else f'{count} freezes'}.")


def _row(freeze: Document) -> Document:
    """Return a freeze as a table shows it: the moves by their names."""
    over = freeze["over"]
    moves = [each for each in over if isinstance(each, dict)] if isinstance(over, list) else []
    named: Json = [
        f"{each['kind']} {each['move']}{' (overridden)' if each['override'] else ''}"
        for each in moves
    ]
    shown: Document = {"environment": freeze["environment"] or "all", "over": named}
    return freeze | shown
