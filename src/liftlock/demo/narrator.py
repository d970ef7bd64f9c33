"""What a person sees while the demo plays: acts, steps as they go, the table of proof."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status
from rich.table import Table

from liftlock import clock
from liftlock.client.connection import Document
from liftlock.demo.proof import Proof
from liftlock.demo.sign_ins import SignIn

_BY_HAND = (
    "Development, Self-service, Move to Staging: schedule one as soon as possible",
    "Staging, Self-service, Move to Production: validate it, follow it, test Staging",
    "there, too: Validate & Schedule Move to Production; Production's administrator validates it",
    "Development, Self-service, Down Alignment: bring Production's state down, anonymized",
)


class Narrator:
    """Writes live steps: on standard error where standard output is for one JSON document."""

    def __init__(self, *, on_standard_error: bool) -> None:
        self._console = Console(stderr=on_standard_error, highlight=False)

    def act(self, title: str) -> None:
        """Begin a part of the story."""
        self._console.print(f"\n[bold]{title}[/bold]")

    def say(self, words: str) -> None:
        """Say one thing."""
        self._console.print(f"  {words}", soft_wrap=True)

    def quote(self, words: str) -> None:
        """Repeat another program's words as they are."""
        self._console.print(words, soft_wrap=True, markup=False)

    @contextmanager
    def doing(self, words: str) -> Generator[list[str]]:
        """Show that something goes on; afterwards, how long it took and what was appended."""
        began = clock.monotonic_s()
        found: list[str] = []
        with self._spinner(words):
            yield found
        took = f"{clock.monotonic_s() - began:.1f} s"
        self.say(f"[green]✓[/green] {words} [dim]{', '.join([*found, took])}[/dim]")

    @contextmanager
    def watching(self) -> Generator["Watch"]:
        """Show a move's steps while it runs."""
        with self._spinner("waiting for the worker") as status:
            yield Watch(self, status)

    def proof(self, found: Proof) -> None:
        """Print the table of proof."""
        table = Table("What", "Read from the environments", title="Proof", title_justify="left")
        table.add_row("Modules in the three places, by digest", _said(found.modules_equal))
        table.add_row("Staging's rows, Production's", _said(not found.other_rows, found.other_rows))
        counts = _said(not found.other_counts, found.other_counts)
        table.add_row("Development's row counts, Production's", counts)
        table.add_row("Real values in Development", str(found.masking_survivors))
        for kind, ms in found.downtime_ms.items():
            table.add_row(f"A client of {kind.title} was turned away", f"{ms / 1000:.1f} s")
        self._console.print()
        self._console.print(table)

    def visitors(self, url: str, given: Sequence[SignIn]) -> None:
        """Print where the console is, and who a visitor can be there."""
        table = Table("Administrator of", "Sign-in name", "Password", title=f"Console: {url}/")
        for each in given:
            table.add_row(each.kind.title, each.actor.login, each.password)
        self._console.print(table)
        self.say("Sign in as each in turn (or in a private window each), and follow the procedure:")
        for step in _BY_HAND:
            self.say(f"· {step}")

    def _spinner(self, words: str) -> Status:
        return self._console.status(f"  {words}")


class Watch:
    """The live view of one move."""

    def __init__(self, narrator: Narrator, status: Status) -> None:
        self._narrator = narrator
        self._status = status
        self._done: set[str] = set()

    def show(self, move: Document) -> None:
        """Show a move as it is now: each step that has ended once, the running one as it goes."""
        steps = move.get("steps")
        for step in steps if isinstance(steps, list) else []:
            if isinstance(step, dict):
                self._show(str(move["title"]), step)

    def _show(self, title: str, step: Document) -> None:
        name, state, said = str(step["name"]), str(step["state"]), str(step.get("said") or "")
        if state == "running":
            self._status.update(f"  {title}: {name} [dim]{said}[/dim]")
        elif state in {"done", "broken"} and name not in self._done:
            self._done.add(name)
            mark = "[green]✓[/green]" if state == "done" else "[red]✗[/red]"
            self._narrator.say(f"{mark} {name} [dim]{said}[/dim]")


def _said(equal: bool, differing: Sequence[str] = ()) -> str:  # noqa: FBT001  said in words here
    return "[green]equal[/green]" if equal else f"[red]not equal[/red] {', '.join(differing)}"
