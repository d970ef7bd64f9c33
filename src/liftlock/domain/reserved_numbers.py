"""Domains, telephone numbers, accounts and postcodes that belong to nobody. Public facts."""

from collections.abc import Mapping
from dataclasses import dataclass

RESERVED_DOMAINS = ("example.com", "example.net", "example.org")
"""RFC 2606, section 3."""
RESERVED_ENDINGS = (".example", ".invalid", ".test", ".example.com", ".example.net", ".example.org")
"""RFC 2606, section 2, and names below the reserved domains."""


def is_reserved_domain(name: str) -> bool:
    """Say whether mail to this domain can reach nobody."""
    return name in RESERVED_DOMAINS or name.endswith(RESERVED_ENDINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRange:
    """Numbers kept for fiction: what stands before the last digits, and how many these are."""

    start: str
    digits: int

    @property
    def values(self) -> int:
        """Return how many numbers there are in the range."""
        return 10**self.digits


PHONES: Mapping[str, PhoneRange] = {
    # ACMA, numbers for use in creative works.
    "au": PhoneRange(start="+61 2 5550 ", digits=4),
    # Bundesnetzagentur, Drama-Nummern, Berlin.
    "de": PhoneRange(start="+49 30 23125 ", digits=3),
    # ARCEP, decision 2018-0881, numbers for audiovisual works.
    "fr": PhoneRange(start="+33 1 99 00 ", digits=4),
    # Ofcom, numbers for drama use, mobile.
    "gb": PhoneRange(start="+44 7700 900", digits=3),
    # North American Numbering Plan, 555-0100 to 555-0199.
    "us": PhoneRange(start="+1 202-555-01", digits=2),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountForm:
    """An IBAN of digits only, whose bank code begins with 9: no bank has such a code."""

    digits: int
    """Digits after the check digits, the leading 9 included (ISO 13616 registry)."""
    drawn_bytes: int
    """Bytes of a hash that fill the digits behind the 9: as many as fit."""

    @property
    def length(self) -> int:
        """Return the characters of the whole IBAN."""
        return 4 + self.digits

    @property
    def values(self) -> int:
        """Return how many accounts there are."""
        return 256**self.drawn_bytes


IBANS: Mapping[str, AccountForm] = {
    "at": AccountForm(digits=16, drawn_bytes=6),
    "de": AccountForm(digits=18, drawn_bytes=7),
    "lu": AccountForm(digits=16, drawn_bytes=6),
}

POSTCODES: Mapping[str, str] = {
    "at": "9999", "au": "9999", "be": "9999", "ch": "9999", "de": "99999", "dk": "9999",
    "es": "99999", "fr": "99999", "gb": "AA9 9AA", "it": "99999", "nl": "9999 AA", "no": "9999",
    "pl": "99-999", "pt": "9999-999", "se": "999 99", "us": "99999",
}  # fmt: skip
"""Forms of postcodes: 9 stands for a digit, A for a letter."""
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
"""Letters of postcodes: those that both Britain and the Netherlands use in all places."""


def postcode_values(form: str) -> int:
    """Return how many postcodes of a form there are."""
    return 10 ** form.count("9") * len(LETTERS) ** form.count("A")
