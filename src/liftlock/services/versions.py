"""Versions of moves: what is done to a move is done to what was looked at, or refused."""

from typing import assert_never

from liftlock.books import Transaction
from liftlock.domain.contents import ContentDigest
from liftlock.domain.moves import Move
from liftlock.domain.versions import (
    CHANGE_NOTHING,
    MoveSeenChanged,
    MoveSeenUnsaid,
    OneOf,
    Seen,
    Version,
    Whichever,
)
from liftlock.store import people, versions


def of(tx: Transaction, move: Move, digest: ContentDigest) -> Version:
    """Return the version that a move is shown as; `digest` is of what a validation would cover."""
    return Version(position=versions.last(tx, move, CHANGE_NOTHING), digest=digest)


def require_same(tx: Transaction, move: Move, seen: Seen) -> None:
    """Refuse to do anything to a move that is not what was seen. Lock the move before.

    Raises: MoveSeenUnsaid, MoveSeenChanged (the field `changed` says what was done since, by whom).
    """
    match seen:
        case Whichever.WHICHEVER:
            return
        case Whichever.UNSAID:
            raise MoveSeenUnsaid(move=move.id)
        case OneOf():
            last = versions.last(tx, move, CHANGE_NOTHING)
            if last not in {version.position for version in seen.versions}:
                raise MoveSeenChanged(move=move.id, changed=_changed(tx, move, seen))
        case _:
            assert_never(seen)


def _changed(tx: Transaction, move: Move, seen: OneOf) -> list[str]:
    newest = seen.newest
    if newest is None:
        return ["what If-Match names is no version of it"]
    done = versions.since(tx, move, newest.position, CHANGE_NOTHING)
    names = people.names(tx, {by for _, by in done if by is not None})
    said = [f"{tag.said} by {names[by] if by else 'Liftlock'}" for tag, by in done]
    return said or [f"it is {move.status}, and was never what If-Match names"]
