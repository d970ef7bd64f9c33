"""Booking a move: what it can carry, a time held, the move itself. A part of `liftlock move`."""

from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from liftlock.cli.cards import show_move
from liftlock.cli.output import AsJson, api, say, show
from liftlock.cli.times import At, Fold, Soon, wished
from liftlock.client import moves, slots
from liftlock.client.connection import Connection, Json
from liftlock.domain.statuses import MoveKind
from liftlock.errors import Invalid

Which: TypeAlias = Annotated[
    Literal["move-to-staging", "move-to-production", "down-align"], Parameter(help="Which move.")
]
Held: TypeAlias = Annotated[
    Literal["move-to-staging", "move-to-production", "down-align", "undo"],
    Parameter(help="Which move."),
]
UndoneIn: TypeAlias = Annotated[
    Literal["development", "staging", "production"] | None,
    Parameter(help="Of an Undo: the environment whose move it takes back."),
]
Clear: TypeAlias = Annotated[
    tuple[str, ...],
    Parameter(help="The code of a module to leave out of a Move to Staging; may be repeated."),
]
Scope: TypeAlias = Annotated[
    tuple[Literal["systemdb-and-files", "data"], ...],
    Parameter(help="What a Down Align replaces; may be repeated."),
]
_ONLY_FOR = {
    "--clear": "move-to-staging",
    "--scope": "down-align",
    "--newer-understood": "down-align",
    "--tested": "move-to-production",
}


class OptionUnfit(Invalid):
    """An option that says nothing about this move."""

    code = "option.unfit"
    sentence = "{option} is for a {kind} alone. Leave it out."


def offer(*, clear: Clear = (), as_json: AsJson = False) -> None:
    """Show what a Move to Staging can carry now, what stays, and what Staging will lose."""
    with api() as connection:
        offered = moves.offer(connection, cleared=clear)
    if as_json:
        show(offered, as_json=True)
        return
    say("Modules of Development that differ from Production:")
    show(offered["candidates"], as_json=False, columns=("code", "version", "title", "digest"))
    for name, words in (("stays", "Stays in Production"), ("staging_loses", "Staging will lose")):
        if offered[name]:
            say(f"{words}: {_named(offered[name])}.")


def hold(
    which: Held,
    /,
    *,
    at: At = None,
    soon: Soon = False,
    fold: Fold = None,
    undone_in: UndoneIn = None,
    as_json: AsJson = False,
) -> None:
    """Hold a slot for 30 minutes, while you choose modules or scope, or read what an Undo loses."""
    when = wished(at, soon=soon, fold=fold)
    with api() as connection:
        held = slots.hold(connection, _kind(which), at=when, undone_in=undone_in)
    show(held, as_json=as_json, columns=() if as_json else ("scheduled_for", "until"))


def release(*, as_json: AsJson = False) -> None:
    """Let go of the slot that you hold."""
    with api() as connection:
        slots.release(connection)
    show({"released": True} if as_json else None, as_json=as_json)
    say("You hold no slot any more.")


def schedule(
    which: Which,
    /,
    *,
    at: At = None,
    soon: Soon = False,
    fold: Fold = None,
    clear: Clear = (),
    scope: Scope = (),
    tested: Annotated[str, Parameter(help="How Staging was tested.")] = "",
    newer_understood: bool = False,
    as_json: AsJson = False,
) -> None:
    """Schedule a move: at a time, as soon as possible, or (neither said) in the slot you hold.

    Args:
        newer_understood: Repositories stay newer than the modules that come, and this is meant.
    """
    _require_fit(
        which, {"--clear": clear, "--scope": scope, "--tested": tested,
                "--newer-understood": newer_understood},
    )  # fmt: skip
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
        if which == "move-to-staging":
            _say_what_staging_loses(connection, clear)
        move = moves.schedule(connection, _kind(which), at=time, **wishes[which])
    show_move(move, as_json=as_json)


def _require_fit(which: str, given: dict[str, object]) -> None:
    for option, value in given.items():
        if value and _ONLY_FOR[option] != which:
            kind = MoveKind(_ONLY_FOR[option].replace("-", "_"))
            raise OptionUnfit(option=option, kind=kind.title)


def _say_what_staging_loses(connection: Connection, clear: tuple[str, ...]) -> None:
    loses = moves.offer(connection, cleared=clear)["staging_loses"]
    if loses:
        say(f"Staging will lose {_named(loses)}.")


def _named(modules: Json) -> str:
    found = modules if isinstance(modules, list) else []
    return ", ".join(f"{m['code']} {m['version']}" for m in found if isinstance(m, dict))


def _kind(which: str) -> MoveKind:
    return MoveKind(which.replace("-", "_"))
