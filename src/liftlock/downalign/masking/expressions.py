"""Pieces of SQL that masks are made of: built-in functions only, the same answer on every server.

Text is folded and compared under collation C, numbers are taken from the bytes of a hash, and no
piece holds a backslash, so that a statement means the same whatever the session's settings.
"""

from typing import LiteralString

from psycopg import sql
from psycopg.sql import Composable, Composed

KEY_SETTING = "liftlock.key"
"""The session setting that holds the organisation's masking key as 64 hexadecimal digits."""

_HASH: LiteralString = """sha256((SELECT
  decode(CASE WHEN length(current_setting({setting})) = 64 THEN current_setting({setting})
    ELSE 'no masking key' END, 'hex') || convert_to({domain}, 'UTF8') || decode('00', 'hex'))
  || convert_to({value}, 'UTF8'))"""
_FOLDED: LiteralString = 'lower(btrim({value}) COLLATE "C")'
_GUARDED: LiteralString = "CASE WHEN {value} <> '' THEN {mask} ELSE {value} END"
_UNLESS_ORIGINAL: LiteralString = (
    'CASE WHEN lower({mask} COLLATE "C") = {folded} THEN {other} ELSE {mask} END'
)
_CUT: LiteralString = "rtrim(left({text}, {length}))"
_PADDED: LiteralString = "lpad(({number})::text, {digits}, '0')"
_HEXADECIMAL: LiteralString = "encode(substring({hash}, {begin}, {count}), 'hex')"


def format_(template: LiteralString, **parts: Composable | str | int) -> Composed:
    """Fill a template with expressions; texts and numbers become literals."""
    return sql.SQL(template).format(
        **{n: p if isinstance(p, Composable) else sql.Literal(p) for n, p in parts.items()}
    )


def keyed_hash(domain: str, value: Composable) -> Composed:
    """Return sha256(key ‖ domain ‖ 0 ‖ value); the key is read once a statement."""
    return format_(_HASH, setting=KEY_SETTING, domain=domain, value=value)


def folded(value: Composable) -> Composed:
    """Return a text without outer blanks and with ASCII letters small."""
    return format_(_FOLDED, value=value)


def guarded(value: Composable, mask: Composable) -> Composed:
    """Return the mask; for NULL and the empty text, the value itself."""
    return format_(_GUARDED, value=value, mask=mask)


def unless_original(mask: Composable, other: Composable, original_folded: Composable) -> Composed:
    """Return the mask, or the other one where the mask is the original."""
    return format_(_UNLESS_ORIGINAL, mask=mask, other=other, folded=original_folded)


def number(hash_: Composable, begin: int, count: int) -> Composed:
    """Return the number that `count` bytes (7 at most) of a hash make; a bigint from 4 on."""
    total: Composable = format_("get_byte({hash}, {at})", hash=hash_, at=begin)
    if count > 3:  # noqa: PLR2004  more would not fit an integer
        total = format_("{total}::bigint", total=total)
    for at in range(begin + 1, begin + count):
        total = format_("({total} * 256 + get_byte({hash}, {at}))", total=total, hash=hash_, at=at)
    return format_("{total}", total=total)


def padded(number_: Composable, digits: int) -> Composed:
    """Return a number as text with zeros before it."""
    return format_(_PADDED, number=number_, digits=digits)


def hexadecimal(hash_: Composable, begin: int, count: int) -> Composed:
    """Return `count` bytes of a hash, from byte `begin` on, as hexadecimal digits."""
    return format_(_HEXADECIMAL, hash=hash_, begin=begin + 1, count=count)


def joined(*parts: Composable | str) -> Composed:
    """Return texts one after another: NULL when one of them is."""
    return sql.SQL(" || ").join(p if isinstance(p, Composable) else sql.Literal(p) for p in parts)


def cut(text: Composable, length: int | None) -> Composable:
    """Return a text with at most `length` characters, and no blank at its end where it was cut."""
    return text if length is None else format_(_CUT, text=text, length=length)
