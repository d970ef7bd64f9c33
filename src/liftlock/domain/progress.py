"""How far a piece of work is: what it reports as it runs, and how it hears that it must stop."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One thing that a page can show while a step runs. Never a value of anybody's data."""

    said: str
    done: int = 0
    of: int = 0
    unit: str = ""
    last_word: bool = False
    """Whether a change becomes permanent right after this: it is asked then, however lately
    something was told, whether this worker still owns the move.
    """


class Tell(Protocol):
    """Takes progress from work. Call it at least once a second while working.

    It raises when a person asked to stop, or when another worker owns the move: let that pass,
    after ending child processes and closing connections.
    """

    def __call__(self, progress: Progress, /) -> None:
        """Report, and be interrupted here when the work should stop."""
        ...


def last_word(tell: Tell, said: str) -> None:
    """Ask, right before a change becomes permanent, whether this worker may still make it.

    Raises: what `tell` raises.
    """
    tell(Progress(said=said, last_word=True))
