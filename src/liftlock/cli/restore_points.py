"""`liftlock restore-point …`: what was kept of targets, and going back to it."""

import sys
from typing import Annotated

from cyclopts import App, Parameter

from liftlock.cli.cards import show_move
from liftlock.cli.output import AsJson, api, say, show
from liftlock.cli.times import At, Fold, Soon, wished
from liftlock.client import restore_points, undos
from liftlock.client.connection import Document, Json
from liftlock.errors import Invalid

app = App(name="restore-point", help="Look at what was kept of targets; go back to it.")


class YesMissing(Invalid):
    """What would go was shown, and nobody said yes."""

    code = "undo.yes_missing"
    sentence = (
        "Nothing was scheduled. Read what would go; when you mean it, say "
        "`liftlock restore-point undo {move} --yes`, with --at or --soon as before."
    )


@app.command(name="list")
def list_restore_points(*, as_json: AsJson = False) -> None:
    """List the restore points that exist, by environment, latest first."""
    with api() as connection:
        found = restore_points.list_restore_points(connection)
    columns = ("move", "before", "environment", "taken_at", "kept_until", "bytes", "undoable")
    show(list(found), as_json=as_json, columns=columns)


@app.command
def undo(
    move: int,
    /,
    *,
    at: At = None,
    soon: Soon = False,
    fold: Fold = None,
    yes: Annotated[bool, Parameter(negative=())] = False,
    as_json: AsJson = False,
) -> None:
    """Undo a completed move: at a time, as soon as possible, or (neither said) in your held slot.

    First it shows what would go. Its target becomes what it was before the move; what is there now
    becomes a restore point itself.

    Args:
        move: The number of the move to undo, as `restore-point list` shows it.
        yes: You have read what would go, and mean it; without it you are asked.
    """
    time = wished(at, soon=soon, fold=fold) if at is not None or soon else None
    with api() as connection:
        lost = undos.preview(connection, move)
        _say_what_goes(lost)
        if not yes and not _means_it(move):
            raise YesMissing(move=str(move))
        booked = undos.schedule(connection, move, at=time, falls=_numbers(lost["falls"]))
    show_move(booked, as_json=as_json)


def _means_it(move: int) -> bool:
    if not sys.stdin.isatty():
        return False
    print(f"Undo move {move}? Type yes: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() == "yes"


def _say_what_goes(lost: Document) -> None:
    """Print to standard error what would go, thing by thing."""
    say(f"Undoing move {lost['move']} would take away:")
    for line in (*_moves_said(lost), *_modules_said(lost), *_rows_said(lost), *_files_said(lost)):
        say(f"  {line}")
    say("What is there now becomes a restore point itself, so that this can be undone, too.")


def _moves_said(lost: Document) -> list[str]:
    fallen = [f"{m['title']} {m['id']}" for m in _documents(lost["falls"])]
    return [f"what came after it: {', '.join(fallen)} (undone, too)"] if fallen else []


def _modules_said(lost: Document) -> list[str]:
    goes = [
        f"{m['code']} {m['version']}" + (f" (becomes {m['becomes']})" if m["becomes"] else "")
        for m in _documents(lost["modules"])
    ]
    returns = [f"{m['code']} {m['version']}" for m in _documents(lost["returns"])]
    newer = lost["newer"] if isinstance(lost["newer"], list) else []
    kept = ", ".join(map(str, newer))
    said = [f"modules: {', '.join(goes)}"] if goes else ["no module"]
    said += [f"(modules that come back: {', '.join(returns)})"] if returns else []
    return [*said, f"({kept} stay as newer modules made them)"] if kept else said


def _rows_said(lost: Document) -> list[str]:
    least = "at least " if lost["written_at_least"] else ""
    rows = [
        f"{least}{w['writes']} writes of rows in {w['repository']}: {w['table']}"
        for w in _documents(lost["written"])
    ]
    unknown = lost["written_unknown"] if isinstance(lost["written_unknown"], list) else []
    said = rows or (["no row written since, as the server counts"] if not unknown else [])
    return [*said, *(f"what was written in {label}, which nobody counted" for label in unknown)]


def _files_said(lost: Document) -> list[str]:
    total = lost["files_total"]
    return [f"{total} files as they are now"] if total else ["no file"]


def _documents(given: Json) -> list[Document]:
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def _numbers(given: Json) -> tuple[int, ...]:
    return tuple(int(str(each["id"])) for each in _documents(given))
