"""Live steps of a move on a terminal: the same that the page shows."""

import json

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from liftlock.cli.output import say, show
from liftlock.client import moves
from liftlock.client.connection import Connection, Document

MARKS = {"done": "✓", "running": "…", "broken": "✗"}


def watch(api: Connection, move: int, *, as_json: bool) -> None:
    """Draw a move's steps as they go; with `as_json`, print each change as one line of JSON."""
    try:
        if as_json:
            for now in moves.watch(api, move):
                print(json.dumps(now, ensure_ascii=False), flush=True)
            return
        _draw(api, move)
    except KeyboardInterrupt:
        say(f"Move {move} goes on. Look again with: liftlock move watch {move}")


def _draw(api: Connection, move: int) -> None:
    last: Document = {}
    with Live(console=Console(), refresh_per_second=4) as live:
        for now in moves.watch(api, move):
            live.update(picture(now))
            last = now
    if last.get("cause"):
        show({"cause": last["cause"], "said": last.get("cause_said")}, as_json=False)


def picture(move: Document) -> Group:
    """Return what a move's steps look like now."""
    title = Text(f"{move['title']} {move['id']} · {move['status']}", style="bold")
    table = Table(box=None, show_header=False, pad_edge=False)
    steps = move.get("steps")
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict):
            table.add_row(MARKS.get(str(step["state"]), " "), str(step["name"]), _how_far(step))
    return Group(title, table, Text(str(move.get("why") or ""), style="dim"))


def _how_far(step: Document) -> str:
    said, done, of = str(step.get("said") or ""), step.get("done"), step.get("of")
    return f"{said} {done}/{of} {step.get('unit') or ''}" if of else said
