"""How real values are recognised without being kept: salted digests, in SQL and Python.

A value counts as found whatever its case and its separators: `Anna.Schmidt@Firma.de` is
`annaschmidtfirmade`, where only ASCII letters and digits and everything beyond ASCII remain. What
is then shorter than six bytes is compared as a whole. The salt is drawn for each scan, travels as a
bind parameter only, and is forgotten with the session.
"""

import secrets
import sys
from dataclasses import dataclass, field
from hashlib import sha256
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import Composable, Composed

from liftlock.downalign.masking.expressions import format_

SHORTEST = 6
"""A value of fewer characters is not distinctive."""
HEAD = 6
"""A digest of so many first bytes tells cheaply whether a value could begin here."""
_WIDTH = 8
_WHOLE = b"= "
"""Stands before values that are compared as a whole; no squeezed value has a blank."""

_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_KEPT = _LETTERS + b"0123456789" + bytes(range(128, 256))
_SMALL = bytes(range(256)).translate(bytes.maketrans(_LETTERS.upper(), _LETTERS))
TO_WORDS = bytes(b if b in _KEPT else ord(" ") for b in _SMALL)
"""For bytes.translate: ASCII letters become small, separators become blanks."""

# Ranges of ASCII separators, written without backslashes: 1 to /, : to @, [ to `, { to 127.
_SEPARATORS = "[" + "\x01-/" + ":-@" + "[-`" + "{-\x7f" + "]+"
_SQUEEZED: LiteralString = (
    "regexp_replace(lower({text} COLLATE \"C\"), {separators} COLLATE \"C\", '', 'g')"
)
_SALTED: LiteralString = """sha256((SELECT decode(current_setting({setting}), 'hex')) || {bytes})"""
_SET_SALT: LiteralString = "SELECT set_config({setting}, %(salt)s, false) IS NOT NULL"
_SETTING = "liftlock.salt"


@dataclass(frozen=True, slots=True)
class Salt:
    """The salt of one scan."""

    value: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    def give_to(self, connection: Connection[TupleRow]) -> None:
        """Let a session's statements use the salt."""
        statement = format_(_SET_SALT, setting=_SETTING)
        _ = connection.execute(statement, {"salt": self.value.hex()})

    def digest(self, content: bytes) -> int:
        """Return the digest of some bytes as a number, as `read_digests` reads SQL's."""
        return int.from_bytes(self.full_digest(content)[:_WIDTH], sys.byteorder)

    def full_digest(self, content: bytes) -> bytes:
        """Return the digest of some bytes, all 32 of it, as `salted` makes it."""
        return sha256(self.value + content).digest()


def words_of(content: bytes) -> list[bytes]:
    """Return the words of a text in UTF-8: what is between separators, ASCII letters small."""
    return content.translate(TO_WORDS).split()


def as_whole(content: bytes) -> bytes:
    """Return what a digest is made of where a value is too short to be squeezed."""
    return _WHOLE + content.strip(b" ").lower()


def squeezed(text: Composable) -> Composed:
    """Return the expression of a text without separators and with ASCII letters small."""
    return format_(_SQUEEZED, text=text, separators=_SEPARATORS)


def whole(text: Composable) -> Composed:
    """Return the expression of what `as_whole` returns."""
    return format_('{mark} || lower(btrim({text}) COLLATE "C")', mark=_WHOLE.decode(), text=text)


def salted(bytes_: Composable) -> Composed:
    """Return the expression of a salted digest, 32 bytes; the session must have the salt."""
    return format_(_SALTED, setting=_SETTING, bytes=bytes_)


def digest_of(bytes_: Composable) -> Composed:
    """Return the expression of a salted digest of eight bytes."""
    return format_("substring({digest}, 1, {width})", digest=salted(bytes_), width=_WIDTH)


def read_digests(joined: bytes | None) -> list[int]:
    """Return the numbers of digests that SQL joined into one bytea."""
    return memoryview(joined).cast("Q").tolist() if joined else []
