"""The audit record outside the books: its lines, the hashes that chain them, what is wrong. Pure.

An event's hash is SHA-256 of a JSON array as PostgreSQL writes `jsonb`: the hash before it, the
organisation, position, tag, person, move, environment, time (seconds since 1970, six decimals) and
fields. Whoever has an export can compute it anew, without books.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self, TypeAlias, cast

from liftlock.errors import Invalid

Field: TypeAlias = str | int | bool
HEAD_TYPE = "application/vnd.liftlock.audit-head+json"
"""The media type of a head, as it is signed."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NAMES = (
    "organisation", "position", "tag", "person", "move", "environment", "at", "fields", "previous",
    "hash",
)  # fmt: skip


class HeadUnreadable(Invalid):
    """A signed document that is no head of a chain."""

    code = "audit_head.unreadable"
    sentence = "{document} is signed, but is no head of an audit record."


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One event as its chain has it: numbers instead of names."""

    organisation: int | None
    """None: the installation's own chain."""
    position: int
    tag: str
    person: int | None
    """None: Liftlock itself."""
    move: int | None
    environment: int | None
    at: datetime
    fields: Mapping[str, Field]
    previous: str
    """The hash of the event before it, in hexadecimal; of the first: empty."""
    hash: str

    @property
    def line(self) -> str:
        """Return it as a line of an export."""
        values = {name: getattr(self, name) for name in _NAMES}
        values["at"] = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        values["fields"] = dict(self.fields)
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, line: str) -> Self | None:
        """Return the event of a line; None when `line` would not write it so."""
        try:
            found = cast("dict[str, object]", json.loads(line))
            at = datetime.fromisoformat(str(found.pop("at")))
            link = cls(at=at, **found)  # pyright: ignore[reportArgumentType]
            return link if link._is_sound() and link.line == line else None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            return None

    def _is_sound(self) -> bool:
        numbers = (self.organisation, self.person, self.move, self.environment)
        return (
            all(number is None or type(number) is int for number in numbers)
            and type(self.position) is int
            and all(type(text) is str for text in (self.tag, self.previous, self.hash))
            and all(type(value) in {str, int, bool} for value in self.fields.values())
        )

    def digest(self) -> str:
        """Return the hash that it should have."""
        return hashlib.sha256(self._hashed().encode(errors="surrogatepass")).hexdigest()

    def _hashed(self) -> str:
        micros = (self.at - _EPOCH) // _MICROSECOND
        seconds = f"{micros // 10**6}.{micros % 10**6:06d}"
        before = (self.previous, self.organisation, self.position, self.tag, self.person)
        parts = [*map(_json, (*before, self.move, self.environment)), seconds, _json(self.fields)]
        return f"[{', '.join(parts)}]"


def _json(value: object) -> str:
    """Write a value as PostgreSQL writes `jsonb`: shorter names first, then by their bytes."""
    if isinstance(value, dict):
        named = cast("dict[str, object]", value)
        order = sorted(named, key=lambda name: (len(name.encode()), name.encode()))
        return "{" + ", ".join(f"{_json(name)}: {_json(named[name])}" for name in order) + "}"
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest event of a chain at a moment: what is signed and taken out of the house."""

    installation: str
    organisation: int | None
    name: str
    """The organisation's code; of the installation's own chain: `installation`."""
    position: int
    hash: str
    at: datetime
    """When it was signed."""

    @property
    def payload(self) -> bytes:
        """Return what is signed."""
        values = {
            "installation": self.installation, "organisation": self.organisation,
            "name": self.name, "position": self.position, "hash": self.hash,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
        }  # fmt: skip
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def read(cls, payload: bytes, document: str) -> Self:
        """Return the head that a payload is. Raises: HeadUnreadable."""
        try:
            found = cast("dict[str, object]", json.loads(payload))
            at = datetime.fromisoformat(str(found.pop("at")))
            head = cls(at=at, **found)  # pyright: ignore[reportArgumentType]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise HeadUnreadable(document=document) from None
        if type(head.position) is not int or head.payload != payload:
            raise HeadUnreadable(document=document)
        return head


class FaultKind(StrEnum):
    """What can be wrong with an export."""

    CHANGED = "changed"
    LOST = "lost"
    INSERTED = "inserted"
    REORDERED = "reordered"
    TAIL_MISSING = "tail_missing"
    CONTRADICTS_HEAD = "contradicts_head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, and where."""

    kind: FaultKind
    position: int | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of verifying an export."""

    events: int
    last: int
    """The position of the newest event; 0: there is none."""
    faults: tuple[Fault, ...]


def verify(lines: Iterable[str], heads: Sequence[Head] = ()) -> Verdict:
    """Return what is wrong with an export, held against heads of its chain.

    Without a head nobody can say whether the newest events are missing, nor whether somebody has
    written the whole chain anew.
    """
    chain = _Chain()
    faults = [fault for number, line in enumerate(lines, 1) for fault in chain.add(number, line)]
    faults += [*chain.faults(), *(fault for head in heads for fault in chain.against(head))]
    return Verdict(events=chain.events, last=chain.last, faults=tuple(faults))


class _Chain:
    """What was read of an export: of each event its hash and the one that it follows."""

    def __init__(self) -> None:
        self.events = 0
        self._hashes: dict[int, tuple[str, str]] = {}
        self._before = 0
        self._organisation: int | None = None

    @property
    def last(self) -> int:
        return max(self._hashes, default=0)

    def add(self, number: int, line: str) -> Iterator[Fault]:
        """Take a line in; yield what is wrong with it alone, or with its place."""
        self.events += 1
        link = Link.read(line)
        if link is None:
            yield _fault(FaultKind.CHANGED, None, f"line {number} is no event as it was exported")
            return
        at = link.position
        self._organisation = link.organisation if self.events == 1 else self._organisation
        if link.organisation != self._organisation:
            yield _fault(FaultKind.INSERTED, at, f"event {at} is of another organisation's record")
            return
        if link.digest() != link.hash:
            yield _fault(FaultKind.CHANGED, at, f"event {at} is not what was appended")
        if at in self._hashes:
            yield _fault(FaultKind.INSERTED, at, f"there is more than one event {at}")
        elif at <= self._before:
            yield _fault(FaultKind.REORDERED, at, f"event {at} stands after event {self._before}")
        self._before = at
        self._hashes.setdefault(at, (link.previous, link.hash))

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the chain as a whole."""
        expected = 1
        for at in sorted(self._hashes):
            if at > expected:
                gone = f"event {expected} is" if at == expected + 1 else _are(expected, at - 1)
                yield _fault(FaultKind.LOST, expected, f"{gone} missing")
            follows = self._hashes[at - 1][1] if at - 1 in self._hashes else None
            follows = "" if at == 1 else follows
            if follows is not None and self._hashes[at][0] != follows:
                yield _fault(FaultKind.CHANGED, at, f"event {at} does not follow the one before it")
            expected = at + 1

    def against(self, head: Head) -> Iterator[Fault]:
        """Yield how the chain contradicts a head of it."""
        at = head.position
        if self.events and head.organisation != self._organisation:
            said = f"the head of {head.name} is of another organisation's record"
            yield _fault(FaultKind.CONTRADICTS_HEAD, at, said)
        elif at > self.last:
            when = f"{head.at:%Y-%m-%d %H:%M} UTC"
            gone = _are(self.last + 1, at)
            yield _fault(FaultKind.TAIL_MISSING, at, f"{gone} missing: there on {when}")
        elif at in self._hashes and self._hashes[at][1] != head.hash:
            said = f"event {at} is not the one that was signed on {head.at:%Y-%m-%d %H:%M} UTC"
            yield _fault(FaultKind.CONTRADICTS_HEAD, at, said)


def _are(first: int, last: int) -> str:
    return f"event {last} is" if first == last else f"events {first} to {last} are"


def _fault(kind: FaultKind, position: int | None, said: str) -> Fault:
    return Fault(kind=kind, position=position, said=said)
