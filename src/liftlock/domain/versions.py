"""Versions of a move: what somebody has looked at, and whether it is still that. Pure."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Self, TypeAlias

from liftlock.domain.audit_events import Tag
from liftlock.domain.contents import ContentDigest
from liftlock.errors import Stale, Unsaid

CHANGE_NOTHING = frozenset({Tag.MOVE_EXPIRY_NEARED, Tag.MOVE_DELAYED})
"""Events about a move after which it is what it was."""
_WRITTEN = re.compile(r'"?(\d{1,18})\.(sha256:[0-9a-f]{64})"?')


class MoveSeenUnsaid(Unsaid):
    """What is done to a move is done to what a person, or a program, has looked at."""

    code = "move.seen_unsaid"
    sentence = (
        "Say which version of move {move} you have seen: If-Match, with the ETag that it was "
        "answered with. Nothing was changed."
    )


class MoveSeenChanged(Stale):
    """It is not any more what was looked at."""

    code = "move.seen_changed"
    sentence = "Move {move} is not what you have seen: {changed}. Look at it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a move: the last event about it, and the digest of what it would carry."""

    position: int
    """Of the event, in the organisation's audit record."""
    digest: ContentDigest

    @classmethod
    def read(cls, written: str) -> Self | None:
        """Return what an entity tag says; None when it is none of ours."""
        found = _WRITTEN.fullmatch(written.strip())
        if found is None:
            return None
        return cls(position=int(found[1]), digest=ContentDigest(found[2]))

    @property
    def tag(self) -> str:
        """Return it as an entity tag, without its quotes."""
        return f"{self.position}.{self.digest}"


class Whichever(Enum):
    """Instead of a version."""

    WHICHEVER = "*"
    """Whatever the move is by now."""
    UNSAID = ""
    """Nothing was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """The versions that were named; those that are none of ours are left out."""

    versions: tuple[Version, ...]

    @property
    def newest(self) -> Version | None:
        """Return the latest of them."""
        return max(self.versions, key=lambda version: version.position, default=None)

    @property
    def digest(self) -> ContentDigest:
        """Return the digest of the latest; none of ours: one that nothing has."""
        return self.newest.digest if self.newest else ContentDigest("")


Seen: TypeAlias = OneOf | Whichever


def seen(if_match: str | None) -> Seen:
    """Return what the header `If-Match` says."""
    if if_match is None or not if_match.strip():
        return Whichever.UNSAID
    if if_match.strip() == Whichever.WHICHEVER.value:
        return Whichever.WHICHEVER
    named = (Version.read(tag) for tag in if_match.split(","))
    return OneOf(versions=tuple(version for version in named if version))


def seen_to_validate(
    if_match: str | None, digest: ContentDigest | None
) -> tuple[ContentDigest, Seen]:
    """Return which content, and which version, somebody wants to validate.

    A validation is of content: the digest says it, or a version does; *whichever* does not.
    """
    said = seen(if_match)
    if digest is not None:
        return digest, Whichever.WHICHEVER if said is Whichever.UNSAID else said
    return (said.digest, said) if isinstance(said, OneOf) else (ContentDigest(""), Whichever.UNSAID)
