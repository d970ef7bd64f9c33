"""What each masking rule takes and promises: types, options, uniqueness, values. Pure facts.

How a rule becomes SQL is in `downalign/masking/`; a test holds that both know the same rules. Every
rule leaves NULL NULL and an empty text empty, is stable (the same value gets the same mask in every
table, repository and run until the key is changed), and never answers with the original.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from liftlock.domain.decisions import Option
from liftlock.domain.reserved_numbers import (
    IBANS,
    PHONES,
    POSTCODES,
    is_reserved_domain,
    postcode_values,
)

Options: TypeAlias = "Mapping[str, Option]"
OptionProblem: TypeAlias = "Callable[[Option], str | None]"

TEXT = frozenset({"text", "character varying", "character", "bpchar", "citext"})
DAYS = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
UUID = frozenset({"uuid"})
WHOLE_NUMBERS = frozenset({"smallint", "integer", "bigint"})
SEEDS = TEXT | UUID | WHOLE_NUMBERS
"""Types whose text is the same on every server, so that a mask may be derived from them."""

LIST_ENTRIES = 1024
"""Entries of each list of names, streets, cities and companies; a power of two, so that a hash
picks all alike.
"""
HOUSE_NUMBERS = 128
EMAIL_DIGITS = 20
HASH_DIGITS = 32
FEWEST_DIGITS = 16
"""Fewer hexadecimal digits of a hash than these (64 bits) would not keep apart what was unique."""
UUID_LENGTH = 36
UUID_VALUES = 2**122
DEFAULT_COUNTRY = "de"
DEFAULT_EMAIL_DOMAIN = "example.com"
DEFAULT_BAND_YEARS = 5
MOST_BAND_YEARS = 20
_DOMAIN = re.compile(r"[a-z][a-z0-9_.-]{0,62}")


def plain_type(base_type: str) -> str:
    """Return a base type as the sets of types above name it: an extension may be in any schema."""
    return "citext" if base_type.endswith(".citext") else base_type


def _no_values(_options: Options) -> int | None:
    return None


def _any_length(_options: Options) -> int:
    return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One masking rule."""

    name: str
    says: str
    """What it makes, in a line for people."""
    types: frozenset[str] | None
    """Base types of the columns it takes; None: every type, arrays aside unless `arrays`."""
    arrays: bool = False
    unique: bool = False
    """Whether different values get different masks: by width of the hash, checked by the copy's
    own unique index.
    """
    hashed: bool = True
    """Whether a mask is derived with the key from the value (or from the column that `by`
    names).
    """
    folds: bool = False
    """Whether `Anna` and ` ANNA ` count as one value, unless the option `fold` says otherwise."""
    options: Mapping[str, OptionProblem] = field(default_factory=dict[str, OptionProblem])
    values: Callable[[Options], int | None] = _no_values
    """How many masks there are; None: not counted (one for each length, or one alone)."""
    shortest: Callable[[Options], int] = _any_length
    """Fewest characters that a column must take; longer masks are cut where that leaves them
    valid.
    """
    ns_a_row: int
    """Nanoseconds a row, its own hash included, as `bench/masking.py` measured it once
    (PostgreSQL 15).
    """

    def takes(self, base_type: str) -> bool:
        """Say whether the rule takes columns of this base type."""
        if base_type.endswith("[]"):
            return self.arrays
        return self.types is None or plain_type(base_type) in self.types

    def folds_with(self, options: Options) -> bool:
        """Say whether case and outer blanks of a value do not count."""
        return bool(options.get("fold", self.folds))

    def missing_option(self, options: Options) -> str | None:
        """Return the name of an option that these options lack; None when they are complete."""
        if "value" in self.options and "value" not in options:
            return "value"
        if "by" in options and "domain" not in options:
            return "domain"
        return None

    def keeps_unique_with(self, options: Options) -> bool:
        """Say whether different values get different masks, given these options."""
        return self.unique and not self.folds_with(options) and "by" not in options


def _domain(value: Option) -> str | None:
    fits = isinstance(value, str) and _DOMAIN.fullmatch(value)
    return None if fits else "must be small letters, digits and _.- and begin with a letter"


def _by(value: Option) -> str | None:
    return None if isinstance(value, str) and value else "must name a column of the same table"


def _flag(value: Option) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _country_of(countries: Mapping[str, object]) -> OptionProblem:
    def problem(value: Option) -> str | None:
        return None if value in countries else f"must be one of {', '.join(sorted(countries))}"

    return problem


def _email_domain(value: Option) -> str | None:
    fits = isinstance(value, str) and is_reserved_domain(value) and value == value.lower()
    return None if fits else "must be a reserved domain such as example.com or acme.test"


def _years(value: Option) -> str | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_BAND_YEARS
    return None if fits else f"must be a whole number of years from 1 to {MOST_BAND_YEARS}"


def _constant(_value: Option) -> str | None:
    return None


def country(options: Options) -> str:
    """Return the country that a rule makes numbers of."""
    return str(options.get("country", DEFAULT_COUNTRY))


def email_domain(options: Options) -> str:
    """Return the reserved domain on which masked addresses are."""
    return str(options.get("at", DEFAULT_EMAIL_DOMAIN))


def phone_start(options: Options) -> str:
    """Return what stands before the drawn digits of a masked number."""
    start = PHONES[country(options)].start
    return start.translate({32: None, 45: None}) if options.get("compact") else start


def band_years(options: Options) -> int:
    """Return the years of an age band."""
    return int(options.get("band_years", DEFAULT_BAND_YEARS))


_SEEDED: Mapping[str, OptionProblem] = {"domain": _domain, "by": _by}
_TEXTUAL: Mapping[str, OptionProblem] = {**_SEEDED, "fold": _flag}


def _listed(name: str, says: str, values: int, ns_a_row: int) -> Rule:
    return Rule(
        name=name, says=says, types=TEXT, folds=True, options=_TEXTUAL,
        values=lambda _: values, ns_a_row=ns_a_row,
    )  # fmt: skip


_ALL = (
    Rule(name="null", says="nothing at all", types=None, arrays=True, hashed=False, ns_a_row=0),
    Rule(
        name="constant", says="the same value for all", types=None, hashed=False,
        options={"value": _constant}, ns_a_row=20,
    ),
    _listed("first_name", "a first name from a list", LIST_ENTRIES, 1050),
    _listed("last_name", "a last name from a list", LIST_ENTRIES, 1050),
    _listed("full_name", "first and last name from lists", LIST_ENTRIES**2, 1250),
    _listed("company", "a company's name from a list", LIST_ENTRIES, 1050),
    _listed("street", "a street from a list with a number", LIST_ENTRIES * HOUSE_NUMBERS, 1200),
    _listed("city", "a city's name from a list", LIST_ENTRIES, 1050),
    Rule(
        name="postcode", says="a postcode of a country's form", types=TEXT, folds=True,
        options={**_TEXTUAL, "country": _country_of(POSTCODES)},
        values=lambda options: postcode_values(POSTCODES[country(options)]),
        shortest=lambda options: len(POSTCODES[country(options)]), ns_a_row=1150,
    ),
    Rule(
        name="email", says="an address on a reserved domain", types=TEXT, unique=True,
        options={**_TEXTUAL, "at": _email_domain}, values=lambda _: 16**FEWEST_DIGITS,
        shortest=lambda options: FEWEST_DIGITS + 1 + len(email_domain(options)), ns_a_row=750,
    ),
    Rule(
        name="phone", says="a number that a country keeps for fiction", types=TEXT, folds=True,
        options={**_TEXTUAL, "country": _country_of(PHONES), "compact": _flag},
        values=lambda options: PHONES[country(options)].values,
        shortest=lambda options: len(phone_start(options)) + PHONES[country(options)].digits,
        ns_a_row=1200,
    ),
    Rule(
        name="iban", says="an IBAN with valid check digits, at no bank", types=TEXT, unique=True,
        options={**_TEXTUAL, "country": _country_of(IBANS)},
        values=lambda options: IBANS[country(options)].values,
        shortest=lambda options: IBANS[country(options)].length, ns_a_row=1150,
    ),
    Rule(
        name="birth_date", says="a day in the same age band", types=DAYS,
        options={**_SEEDED, "band_years": _years},
        values=lambda options: 365 * band_years(options), ns_a_row=1500,
    ),
    Rule(
        name="free_text", says="filler of the same length", types=TEXT, hashed=False, ns_a_row=1200,
    ),
    Rule(
        name="hash", says="hexadecimal digits", types=TEXT, unique=True, options=_TEXTUAL,
        values=lambda _: 16**FEWEST_DIGITS, shortest=lambda _: FEWEST_DIGITS, ns_a_row=750,
    ),
    Rule(
        name="uuid", says="a random-looking UUID", types=TEXT | UUID, unique=True,
        options=_TEXTUAL, values=lambda _: UUID_VALUES, shortest=lambda _: UUID_LENGTH,
        ns_a_row=1200,
    ),
)  # fmt: skip

RULES: Mapping[str, Rule] = {rule.name: rule for rule in _ALL}
"""All masking rules by name. `keep` is no rule: a kept column is not masked."""
