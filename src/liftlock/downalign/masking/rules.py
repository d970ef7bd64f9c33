"""Masking rules as SQL expressions: one function a rule, registered by the rule's name.

What a rule takes and promises stands in `domain/masking_rules.py`. Each list takes bytes of its own
from the hash, so that columns which share a hash (option `by`) do not always pair the same names;
no rule takes the last two, so that a hash is never shown whole.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import LiteralString, TypeAlias

from psycopg import sql
from psycopg.sql import Composable, Composed

from liftlock.domain import masking_rules as facts
from liftlock.domain.masking_rules import Options
from liftlock.domain.reserved_numbers import IBANS, LETTERS, PHONES, POSTCODES
from liftlock.domain.schemas import Column
from liftlock.downalign.masking.expressions import (
    cut,
    folded,
    format_,
    guarded,
    hexadecimal,
    joined,
    number,
    padded,
    unless_original,
)
from liftlock.downalign.masking.lists import entries

FILLER = "lorem ipsum "
OTHER_FILLER = "dolor amet, "
LEFT_OF_97 = 98

LISTS_ALIAS = "lists"
"""The name under which a statement has its lists, one a column."""
_LISTS: Mapping[str, tuple[str, ...]] = {
    "first_name": ("first_names",),
    "last_name": ("last_names",),
    "full_name": ("first_names", "last_names"),
    "company": ("companies",),
    "street": ("streets",),
    "city": ("cities",),
}
_FIRST, _LAST, _COMPANY, _CITY, _STREET, _HOUSE, _POSTCODE, _LETTERS, _PHONE = (
    0, 2, 4, 6, 8, 10, 11, 15, 19,
)  # fmt: skip
_EMAIL, _IBAN, _DAY = 20, 12, 22

_BANDED: LiteralString = """CASE
  WHEN {day} BETWEEN DATE '0100-01-01' AND DATE '9899-12-31' THEN (
    SELECT CASE WHEN first_day + drawn % days = {day} THEN first_day + (drawn + 1) % days
      ELSE first_day + drawn % days END
    FROM (SELECT make_date(band, 1, 1) AS first_day,
        make_date(band + {years}, 1, 1) - make_date(band, 1, 1) AS days, {drawn} AS drawn
      FROM (SELECT y - y % {years} AS band
        FROM (SELECT date_part('year', {day})::int AS y) AS of_year) AS of_band) AS of_day)
  WHEN {day} < DATE '0100-01-01' AND isfinite({day}) THEN {day} + 1 + {drawn} % 365
  WHEN isfinite({day}) THEN {day} - 1 - {drawn} % 365
  ELSE {day} END"""
_FILLED: LiteralString = """CASE WHEN left({value}, 1) = {begin} THEN {other} ELSE {filler} END"""
# Whole words by repeat() and only the rest by left(): left() of the whole walks through every
# character.
_REPEATED: LiteralString = """repeat({words}, length({value}) / {width})
  || left({words}, length({value}) % {width})"""
_UUID: LiteralString = """encode(set_byte(set_byte(substring({hash}, 1, 16),
  6, get_byte({hash}, 6) % 16 + 64), 8, get_byte({hash}, 8) % 64 + 128), 'hex')::uuid"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One column's value in a statement, and what its mask is made of."""

    column: Column
    options: Options
    raw: Composable
    """The column itself."""
    hash: Composable
    """Its keyed hash; NULL for rules that need none."""
    length: int | None

    @property
    def text(self) -> Composed:
        """Return the value as text."""
        return format_("{raw}::text", raw=self.raw)


Compile: TypeAlias = "Callable[[Value], Composable]"


def _pick(name: LiteralString, value: Value, begin: int, step: int = 0) -> Composed:
    place = format_(
        "get_byte({hash}, {begin}) * 4 + get_byte({hash}, {then}) % 4",
        hash=value.hash, begin=begin, then=begin + 1,
    )  # fmt: skip
    if step:
        place = format_(
            "({place} + {step}) % {entries}", place=place, step=step, entries=facts.LIST_ENTRIES
        )
    list_ = sql.Identifier(LISTS_ALIAS, name)
    return format_("({list})[1 + {place}]::text", list=list_, place=place)


def lists_of(rules: Iterable[str | None]) -> tuple[str, ...]:
    """Return the names of the lists that these rules pick from."""
    return tuple(dict.fromkeys(name for rule in rules for name in _LISTS.get(rule or "", ())))


def array_of(name: str) -> Composed:
    """Return a list as an array of `name`: entries of one width, so that each is found at once."""
    return format_(
        "{array}::name[] AS {name}",
        array="{" + ",".join(entries(name)) + "}",
        name=sql.Identifier(name),
    )


def _listed(name: LiteralString, begin: int) -> Compile:
    def compile_(value: Value) -> Composable:
        return _cut_and_never_original(value, lambda step: _pick(name, value, begin, step))

    return compile_


def _cut_and_never_original(value: Value, mask: Callable[[int], Composable]) -> Composable:
    one, other = (cut(mask(step), value.length) for step in (0, 1))
    return guarded(value.text, unless_original(one, other, folded(value.text)))


def _full_name(value: Value) -> Composable:
    last = _pick("last_names", value, _LAST)
    return _cut_and_never_original(
        value, lambda step: joined(_pick("first_names", value, _FIRST, step), " ", last)
    )


def _street(value: Value) -> Composable:
    house = format_(
        "({number} % {most} + 1)::text",
        number=number(value.hash, _HOUSE, 1),
        most=facts.HOUSE_NUMBERS,
    )
    return _cut_and_never_original(
        value, lambda step: joined(_pick("streets", value, _STREET, step), " ", house)
    )


def _postcode(value: Value) -> Composable:
    form = POSTCODES[facts.country(value.options)]
    return _cut_and_never_original(value, lambda step: _in_form(form, value.hash, step))


def _in_form(form: str, hash_: Composable, step: int) -> Composable:
    digits = form.count("9")
    drawn = format_(
        "({number} + {step}) % {values}",
        number=number(hash_, _POSTCODE, 4),
        step=step,
        values=10**digits,
    )
    digit_text = padded(drawn, digits)
    parts: list[Composable | str] = []
    digit = letter = 0
    for sign in form:
        if sign == "9":
            digit += 1
            parts.append(format_("substr({text}, {at}, 1)", text=digit_text, at=digit))
        elif sign == "A":
            parts.append(_letter(hash_, _LETTERS + letter))
            letter += 1
        else:
            parts.append(sign)
    return digit_text if digit == len(form) else joined(*parts)


def _letter(hash_: Composable, at: int) -> Composed:
    return format_(
        "substr({letters}, get_byte({hash}, {at}) % {count} + 1, 1)",
        letters=LETTERS, hash=hash_, at=at, count=len(LETTERS),
    )  # fmt: skip


def _phone(value: Value) -> Composable:
    digits = PHONES[facts.country(value.options)].digits

    def mask(step: int) -> Composable:
        drawn = format_(
            "({number} + {step}) % {values}",
            number=number(value.hash, _PHONE, 3),
            step=step,
            values=10**digits,
        )
        return joined(facts.phone_start(value.options), padded(drawn, digits))

    return _cut_and_never_original(value, mask)


def _email(value: Value) -> Composable:
    at = "@" + facts.email_domain(value.options)
    digits = facts.EMAIL_DIGITS
    if value.length is not None:
        digits = min(digits, value.length - len(at))
    local = hexadecimal(value.hash, _EMAIL, facts.EMAIL_DIGITS // 2)
    return guarded(value.text, joined(cut(local, _if_shorter(digits, facts.EMAIL_DIGITS)), at))


def _hash(value: Value) -> Composable:
    digits = min(facts.HASH_DIGITS, value.length or facts.HASH_DIGITS)
    text = hexadecimal(value.hash, 0, facts.HASH_DIGITS // 2)
    return guarded(value.text, cut(text, _if_shorter(digits, facts.HASH_DIGITS)))


def _if_shorter(length: int, full: int) -> int | None:
    return length if length < full else None


def _iban(value: Value) -> Composable:
    code = facts.country(value.options)
    form = IBANS[code]
    drawn = number(value.hash, _IBAN, form.drawn_bytes)
    lead = 9 * 10 ** (form.digits - 1) % 97
    letters = int("".join(str(ord(letter) - ord("a") + 10) for letter in code) + "00")
    check = format_(
        "{most} - (({lead} + {drawn} % 97) * {shift} + {letters}) % 97",
        most=LEFT_OF_97, lead=lead, drawn=drawn, shift=10**6 % 97, letters=letters % 97,
    )  # fmt: skip
    return guarded(
        value.text,
        joined(code.upper(), padded(check, 2), "9", padded(drawn, form.digits - 1)),
    )


def _birth_date(value: Value) -> Composable:
    drawn = number(value.hash, _DAY, 3)
    years = facts.band_years(value.options)
    mask = format_(_BANDED, day=day_of(value.column, value.raw), years=years, drawn=drawn)
    match value.column.base_type:
        case "timestamp without time zone":
            return format_("({mask})::timestamp", mask=mask)
        case "timestamp with time zone":
            return format_("(({mask})::timestamp AT TIME ZONE 'UTC')", mask=mask)
        case _:
            return mask


def day_of(column: Column, raw: Composable) -> Composed:
    """Return the day of a date or timestamp; of an instant, the day in UTC."""
    if column.base_type == "timestamp with time zone":
        return format_("({raw} AT TIME ZONE 'UTC')::date", raw=raw)
    return format_("{raw}::date", raw=raw)


def _free_text(value: Value) -> Composable:
    filler, other = (
        format_(_REPEATED, words=words, value=value.text, width=len(words))
        for words in (FILLER, OTHER_FILLER)
    )
    mask = format_(_FILLED, value=value.text, begin=FILLER[0], filler=filler, other=other)
    return guarded(value.text, mask)


def _uuid(value: Value) -> Composable:
    mask = format_(_UUID, hash=value.hash)
    if value.column.base_type == "uuid":
        return format_("CASE WHEN {raw} IS NOT NULL THEN {mask} END", raw=value.raw, mask=mask)
    return guarded(value.text, format_("{mask}::text", mask=mask))


def _null(_value: Value) -> Composable:
    return sql.SQL("NULL")


def _constant(value: Value) -> Composable:
    chosen = value.options["value"]
    literal = str(chosen).lower() if isinstance(chosen, bool) else str(chosen)
    # The literal is of no type yet: it takes the column's, an enum's or a domain's too.
    return format_(
        "CASE WHEN {raw} IS NULL THEN {raw} ELSE {literal} END", raw=value.raw, literal=literal
    )


COMPILE: Mapping[str, Compile] = {
    "null": _null,
    "constant": _constant,
    "first_name": _listed("first_names", _FIRST),
    "last_name": _listed("last_names", _LAST),
    "full_name": _full_name,
    "company": _listed("companies", _COMPANY),
    "street": _street,
    "city": _listed("cities", _CITY),
    "postcode": _postcode,
    "email": _email,
    "phone": _phone,
    "iban": _iban,
    "birth_date": _birth_date,
    "free_text": _free_text,
    "hash": _hash,
    "uuid": _uuid,
}
"""How each rule of `masking_rules.RULES` becomes SQL."""
