"""What masking rules make: such values are nobody's, even where somebody real has the same.

Only small sets count: entries of lists and their combinations, numbers kept for fiction, postcodes,
constants, filler. What a rule makes of 48 bits and more of a hash coincides with no original.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from liftlock.domain import masking_rules as facts
from liftlock.domain.decisions import ColumnDecision, Policy
from liftlock.domain.reserved_numbers import LETTERS, PHONES, POSTCODES
from liftlock.downalign.masking.fingerprinting import words_of
from liftlock.downalign.masking.lists import entries
from liftlock.downalign.masking.rules import FILLER, OTHER_FILLER

_LISTS = ("first_names", "last_names", "streets", "cities", "companies")
_SHORTEST_CUT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What the rules of some policies can make."""

    lengths: frozenset[int] = frozenset()
    """Lengths to which masks of lists were cut."""
    patterns: tuple[re.Pattern[bytes], ...] = ()
    values: frozenset[bytes] = frozenset()
    """Whole values: constants."""
    squeezed: frozenset[bytes] = field(default_factory=frozenset[bytes])
    squeezed_patterns: tuple[re.Pattern[bytes], ...] = ()

    def makes(self, content: bytes) -> bool:
        """Say whether a value, as it stands, is one that a rule makes."""
        return (
            content in self.values
            or _listed(content)
            or (len(content) > 0 and is_filler(content))
            or any(pattern.fullmatch(content) for pattern in self.patterns)
            or self._is_cut(content)
        )

    def squeezes_to(self, squeezed: bytes) -> bool:
        """Say whether something that a rule makes is this, once its separators are gone."""
        return (
            squeezed in self.squeezed
            or squeezed in _squeezed_entries()
            or squeezed in _squeezed_filler()
            or any(pattern.fullmatch(squeezed) for pattern in self.squeezed_patterns)
            or _is_full_name(squeezed)
        )

    def _is_cut(self, content: bytes) -> bool:
        text = content.decode(errors="replace")
        return len(text) in self.lengths and _begins_something_listed(text)


def made_by(policies: Iterable[Policy], lengths: Iterable[int]) -> Made:
    """Return what the rules of these policies can make, in columns of these lengths."""
    decisions = [d for p in policies for t in p.tables.values() for d in t.columns.values()]
    constants = [str(d.options["value"]).encode() for d in decisions if "value" in d.options]
    domains = [facts.email_domain(d.options).encode() for d in decisions if d.rule == "email"]
    forms = [_FORMS[d.rule](d) for d in decisions if d.rule in _FORMS]
    return Made(
        lengths=frozenset(lengths),
        patterns=tuple(map(re.compile, sorted({pattern for pattern, _ in forms}))),
        values=frozenset(constants),
        squeezed=frozenset(
            part for value in (*constants, *domains) for part in _parts(words_of(value))
        ),
        squeezed_patterns=tuple(
            map(re.compile, sorted({squeezed for _, squeezed in forms if squeezed}))
        ),
    )


def _parts(words: list[bytes]) -> Iterable[bytes]:
    for begin in range(len(words)):
        for end in range(begin + 1, len(words) + 1):
            yield b"".join(words[begin:end])


def _phone_form(decision: ColumnDecision) -> tuple[bytes, bytes]:
    start = facts.phone_start(decision.options).encode()
    digits = b"[0-9]{%d}" % PHONES[facts.country(decision.options)].digits
    return re.escape(start) + digits, re.escape(b"".join(words_of(start))) + digits


def _postcode_form(decision: ColumnDecision) -> tuple[bytes, bytes]:
    form = POSTCODES[facts.country(decision.options)].encode()
    letters = b"[" + LETTERS.encode() + b"]"
    pattern = re.escape(form).replace(b"9", b"[0-9]").replace(b"A", letters)
    squeezed = re.escape(b"".join(words_of(form)))
    return pattern, squeezed.replace(b"9", b"[0-9]").replace(b"a", letters.lower())


def _email_form(decision: ColumnDecision) -> tuple[bytes, bytes]:
    at = re.escape(facts.email_domain(decision.options).encode())
    return b"[0-9a-f]{%d,%d}@" % (facts.FEWEST_DIGITS, facts.EMAIL_DIGITS) + at, b""


_FORMS: Mapping[str | None, Callable[[ColumnDecision], tuple[bytes, bytes]]] = {
    "phone": _phone_form,
    "postcode": _postcode_form,
    "email": _email_form,
}


def is_filler(content: bytes) -> bool:
    """Say whether a value is filler of its length."""
    filler = FILLER if content.startswith(FILLER[:1].encode()) else OTHER_FILLER
    return content == (filler.encode() * (len(content) // len(filler) + 1))[: len(content)]


@lru_cache(maxsize=100_000)
def _listed(content: bytes) -> bool:
    text = content.decode(errors="replace")
    if text in _entries("cities") or text in _entries("companies"):
        return True
    if text in _entries("first_names") or text in _entries("last_names"):
        return True
    street, _, number = text.rpartition(" ")
    if street in _entries("streets") and number.isdecimal():
        return True
    first, _, last = text.partition(" ")
    return first in _entries("first_names") and last in _entries("last_names")


@lru_cache(maxsize=100_000)
def _begins_something_listed(text: str) -> bool:
    if any(entry.startswith(text) for name in _LISTS for entry in entries(name)):
        return True
    street, _, number = text.rpartition(" ")
    if street in _entries("streets") and (number.isdecimal() or not number):
        return True
    first, _, last = text.partition(" ")
    return first in _entries("first_names") and any(
        entry.startswith(last) for entry in entries("last_names")
    )


@cache
def _entries(name: str) -> frozenset[str]:
    return frozenset(entries(name))


@cache
def _squeezed_list(name: str) -> frozenset[bytes]:
    return frozenset(b"".join(words_of(entry.encode())) for entry in entries(name))


@cache
def _squeezed_entries() -> frozenset[bytes]:
    return frozenset(entry for name in _LISTS for entry in _squeezed_list(name))


@cache
def _squeezed_filler() -> frozenset[bytes]:
    fillers = (words_of((words * 3).encode()) for words in (FILLER, OTHER_FILLER))
    return frozenset(part for words in fillers for part in _parts(words))


def _is_full_name(squeezed: bytes) -> bool:
    firsts, lasts = _squeezed_list("first_names"), _squeezed_list("last_names")
    splits = range(1, len(squeezed))
    return any(squeezed[:at] in firsts and squeezed[at:] in lasts for at in splits) or (
        squeezed.rstrip(b"0123456789") in _squeezed_list("streets")
    )
