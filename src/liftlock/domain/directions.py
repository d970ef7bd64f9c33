"""Directions: from which environment each move is scheduled, and which one it changes. Pure."""

from liftlock.domain.environments import Kind
from liftlock.domain.moves import SCHEDULED_FROM, TARGET
from liftlock.domain.statuses import MoveKind
from liftlock.errors import Invalid


class UndoneEnvironmentMissing(Invalid):
    """An Undo is scheduled from the environment whose move it takes back, and none was named."""

    code = "move.undone_environment_missing"
    sentence = "Say of which environment a move is undone: development, staging or production."


def scheduled_from(kind: MoveKind, undone_in: Kind | None = None) -> Kind:
    """Return from which environment a move is scheduled; an Undo from the one that it changes.

    Raises:
        UndoneEnvironmentMissing: it is an Undo, and `undone_in` is not given.
    """
    return SCHEDULED_FROM.get(kind) or _undone_in(undone_in)


def target_of(kind: MoveKind, undone_in: Kind | None = None) -> Kind:
    """Return which environment a move changes; an Undo the one whose move it takes back.

    Raises:
        UndoneEnvironmentMissing: it is an Undo, and `undone_in` is not given.
    """
    return TARGET.get(kind) or _undone_in(undone_in)


def _undone_in(given: Kind | None) -> Kind:
    if given is None:
        raise UndoneEnvironmentMissing
    return given
