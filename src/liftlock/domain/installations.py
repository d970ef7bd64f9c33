"""The installation: its name, the platform's zone, first guesses of lengths. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from liftlock.domain.statuses import MoveKind
from liftlock.errors import Conflict, Unavailable


class BooksTooOld(Unavailable):
    """The books lack migrations of this release."""

    code = "installation.books_too_old"
    sentence = "Liftlock's books lack {lacking}. Run `liftlock init`, then start again."


class BooksTooNew(Unavailable):
    """The books have had migrations of a later release."""

    code = "installation.books_too_new"
    sentence = "Liftlock's books have had {unknown} of a later release. Install that release."


class BooksMoved(Conflict):
    """Another database than the one they were written in: a backup, or a copy, tells of the past.

    Whoever worked by it would repeat moves that are done, and give their numbers out again.
    """

    code = "installation.books_moved"
    sentence = (
        "These books were copied or restored into database {database}: what they say may be past. "
        "See that nothing uses the ones they were copied from, then run `liftlock init --restored`."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What holds for all organisations of these books."""

    name: str
    """Up to 8 letters and digits: part of the name of every copy and restore point."""
    zone: str
    """The platform's time zone: slots are wall-clock times of it."""
    first_guess: Mapping[MoveKind, timedelta]
    """How long a move may take while the organisation has no past runs of that kind."""
    late_after: timedelta
    """How long a validated move may be held up before it expires."""
