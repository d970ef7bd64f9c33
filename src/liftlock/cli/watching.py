"""Live steps of a move: drawn on a terminal, one line a change elsewhere."""

import json
import sys

from rich.console import Group
from rich.live import Live
from rich.text import Text

from liftlock.cli import cards
from liftlock.cli.output import paper, say
from liftlock.client import moves
from liftlock.client.connection import Connection, Document
from liftlock.domain.statuses import State


def watch(api: Connection, move: int, *, as_json: bool) -> bool:
    """Follow a move until it is over; say whether it completed.

    With `as_json` each change is one line of JSON on standard output.
    """
    last: Document = {}
    try:
        if as_json or not sys.stdout.isatty():
            for last in moves.watch(api, move):
                print(json.dumps(last, ensure_ascii=False) if as_json else _line(last), flush=True)
        else:
            last = _draw(api, move)
    except KeyboardInterrupt:
        say(f"Move {move} goes on. Look again with: liftlock move watch {move}")
        raise
    if not as_json:
        cards.show_move(last, as_json=False)
    return last.get("state") == State.COMPLETED


def _draw(api: Connection, move: int) -> Document:
    last: Document = {}
    with Live(console=paper(), refresh_per_second=4, transient=True) as live:
        for last in moves.watch(api, move):
            waits = Text(str(last.get("why") or ""), style="dim")
            live.update(Group(cards.heading(last), cards.steps(last), waits))
    return last


def _line(move: Document) -> str:
    steps = move.get("steps")
    newest = steps[-1] if isinstance(steps, list) and steps else None
    step = f"{newest['name']} {newest['state']}" if isinstance(newest, dict) else move.get("why")
    return f"{move['status']}: {step}" if step else str(move["status"])
