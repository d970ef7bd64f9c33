"""Belongings: what Liftlock made beside live databases and directories, held against the books.

After older books were restored they differ: what was made since is there, and nobody lists it.
Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A database or directory at a name of this installation."""

    name: str
    """For a directory its whole path."""
    is_directory: bool
    is_marked: bool
    """Whether a database's comment says that Liftlock made it; directories have none."""
    move: int
    part: str
    """An attempt's number, `before` (a restore point) or `gone`."""
    live: str
    """The database or directory that it belongs to."""

    @property
    def way_to_drop(self) -> str:
        """Return what a person types when it may go."""
        return f"rm -r {self.name}" if self.is_directory else f'DROP DATABASE "{self.name}";'

    @property
    def said(self) -> str:
        """Return what it is, to begin a sentence with."""
        return f"{'Directory' if self.is_directory else 'Database'} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the books say about one environment."""

    moves: frozenset[int]
    """Of the moves that belongings name: those that the books know."""
    restore_points: frozenset[int]
    """The moves whose restore points are kept."""
    unsettled: frozenset[int]
    """Moves that run, or are errored and unresolved: theirs is nobody else's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What was found on an environment's servers and beside its files."""

    belongings: tuple[Belonging, ...]
    missing: tuple[str, ...]
    """Databases that should be live and are not there."""


def differences(found: Beside, listed: Listed) -> Iterator[str]:
    """Yield each difference between what is there and what the books say, with what to do."""
    for name in found.missing:
        yield (
            f"Database {name} is not on its server. Nothing moves from or to it until it is "
            "there: restore it, or rename what stands beside it."
        )
    for each in found.belongings:
        if each.move not in listed.unsettled:
            yield from _of_belonging(each, listed)
    there = {each.move for each in found.belongings if each.part == "before"}
    yield from _of_points(sorted(listed.restore_points - listed.unsettled - there))


def _of_belonging(each: Belonging, listed: Listed) -> Iterator[str]:
    if not each.is_directory and not each.is_marked:
        yield (
            f"{each.said} has a name of Liftlock's, and not its mark. Find out who made it; "
            "rename or drop it when it may go."
        )
    elif each.part != "before":
        yield (
            f"{each.said} is left over from move {each.move}, and nothing is at work on it. "
            f"When it may go: {each.way_to_drop}"
        )
    elif each.move not in listed.moves:
        yield (
            f"{each.said} is what {each.live} was before move {each.move}, which these books do "
            "not know: they are older. Keep it while anybody may want that back; then: "
            f"{each.way_to_drop}"
        )
    elif each.move not in listed.restore_points:
        yield (
            f"{each.said} is what {each.live} was before move {each.move}; the books do not list "
            f"it any more. When it may go: {each.way_to_drop}"
        )


def _of_points(moves: Sequence[int]) -> Iterator[str]:
    for move in moves:
        yield (
            f"The books list a restore point of move {move}, and nothing of it is there. "
            "It cannot be undone; nothing is to be done, it leaves the list with age."
        )
