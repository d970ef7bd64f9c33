"""What people read of one move: the details card, its steps, and why it is not moving."""

from collections.abc import Iterator

from rich.console import Group
from rich.table import Table
from rich.text import Text

from liftlock.cli.output import paper, said, show
from liftlock.client.connection import Document, Json
from liftlock.domain.statuses import MoveKind
from liftlock.domain.steps import StepState

MARKS = {"done": "✓", "running": "…", "broken": "✗"}


def show_move(move: Document, *, as_json: bool) -> None:
    """Print a move: as JSON, or as its card."""
    if as_json:
        show(move, as_json=True)
    else:
        paper().print(card(move))


def card(move: Document) -> Group:
    """Return what a move looks like."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for label, value in _details(move):
        table.add_row(label, Text(value))
    return Group(heading(move), table, *([steps(move)] if move.get("steps") else []))


def heading(move: Document) -> Text:
    """Return a move's name, number and status."""
    return Text(f"{move['title']} {move['id']} · {move['status']}", style="bold")


def steps(move: Document) -> Table:
    """Return a move's steps as far as they have come."""
    table = Table(box=None, show_header=False, pad_edge=False)
    found = move.get("steps")
    for step in found if isinstance(found, list) else []:
        if isinstance(step, dict):
            mark = MARKS.get(str(step["state"]), " ")
            table.add_row(mark, str(step["name"]), Text(_how_far(step), overflow="fold"))
    return table


def _details(move: Document) -> Iterator[tuple[str, str]]:
    is_align = move["kind"] == MoveKind.DOWN_ALIGN
    is_undo = move["kind"] == MoveKind.UNDO
    yield "Scheduled for", f"{move['scheduled_for']} ({_zone(move)})"
    yield "Submitted by", said(move["submitted_by"])
    if is_undo:
        yield "Undoes", f"move {move['undoes']}"
        yield "Falls with it", said(move["falls"])
        yield "Validated by", said(move["validated_by"])
    elif not is_align:
        yield "Accepted by", said(move["accepted_by"])
        yield "Validated by", said(move["validated_by"])
        yield "Modules", _modules(move["modules"])
    if move["kind"] in {MoveKind.MOVE_TO_STAGING, MoveKind.DOWN_ALIGN}:
        yield "Synchronises", _scope(move["scope"])
    optional = {
        "Tested": move.get("tested_note"),
        "Not moving": move.get("why"),
        "Changed since": move.get("changed"),
        "Ends about": move.get("predicted_end"),
        "Stop asked by": move.get("stop_asked_by"),
        "Undone by": move.get("undone_by"),
        "Cause": move.get("cause"),
        "Said": move.get("cause_said"),
        "Resolved by": move.get("resolved_by"),
        "Resolved how": move.get("resolved_note"),
        "Digest": move.get("digest") if move["state"] in {"proposed", "validated"} else None,
        "Version": move.get("etag") if move["state"] in {"proposed", "validated"} else None,
    }
    for label, value in optional.items():
        if value:
            yield label, said(value)


def _zone(move: Document) -> str:
    slot = move["slot"]
    return str(slot["zone"]) if isinstance(slot, dict) else ""


def _modules(modules: Json) -> str:
    named = modules if isinstance(modules, list) else []
    return "\n".join(f"{m['code']} {m['version']}" for m in named if isinstance(m, dict)) or "-"


def _scope(scope: Json) -> str:
    chosen = scope if isinstance(scope, dict) else {}
    parts = {
        "systemdb_and_files": "SystemDB repository and files configuration",
        "data": "Data repositories",
    }
    return "\n".join(label for name, label in parts.items() if chosen.get(name)) or "-"


def _how_far(step: Document) -> str:
    words, done, of = str(step.get("said") or ""), step.get("done"), step.get("of")
    counts = bool(of) and step["state"] == StepState.RUNNING
    return f"{words} {done}/{of} {step.get('unit') or ''}".rstrip() if counts else words
