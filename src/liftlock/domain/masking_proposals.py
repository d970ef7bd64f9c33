"""What a policy could decide, from names, types, references and comments. Pure.

A proposal is never a decision: a person writes it into the policy, and Production approves it.
Where nothing is known about a text, filler is proposed, since it may hold anything.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from liftlock.domain.decisions import KEEP, ColumnDecision, Handling, Option, PathDecision
from liftlock.domain.masking_rules import DAYS, RULES, TEXT, UUID, plain_type
from liftlock.domain.schemas import Column, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A decision that somebody could take, and the reason for it."""

    decision: ColumnDecision
    why: str

    @property
    def text(self) -> str:
        """Return the decision as a policy writes it."""
        return decision_text(self.decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathProposal:
    """A decision for a path that somebody could take, and the reason for it."""

    decision: PathDecision
    why: str

    @property
    def text(self) -> str:
        """Return the handling."""
        return self.decision.handling.value


def decision_text(decision: ColumnDecision) -> str:
    """Return a column's decision in a word: `keep`, or the rule's name with its options."""
    if decision.rule is None:
        return Handling.KEEP.value
    options = ", ".join(f"{name} = {value}" for name, value in decision.options.items())
    return f"{decision.rule} ({options})" if options else decision.rule


# Words of column names in English, German, French, Spanish, Italian, Polish, Dutch and Norwegian.
_NAMES: Final = {
    "hash": "password(?:_?hash)? passwd pwd secret token api_?key user_?name login ssn tax_?id"
    " steuernummer passport",
    "email": "e?_?mail mail_?address correo courriel login_?mail",
    "first_name": "first_?name fname given_?name forename vorname prenom nombre nome imie fornavn"
    " voornaam",
    "last_name": "last_?name lname surname family_?name nachname familienname apellidos? cognome"
    " nazwisko etternavn achternaam",
    "company": "company(?:_?name)? firma organi[sz]ation employer societe empresa azienda bedrijf",
    "full_name": "name billed_to recipient contact_?person ansprechpartner"
    " (?:full|display|customer|contact|person|patient|recipient|ship|bill)_?name",
    "phone": "phone telephone mobile cell fax tel telefon handy telefono movil portable",
    "street": "street strasse str address(?:_?line)?_?[0-9]* addr adresse rue calle via ulica"
    " straat",
    "city": "city town ort stadt ville ciudad citta miasto plaats wohnort",
    "postcode": "postcode postal_?code zip(?:_?code)? plz code_postal cap",
    "iban": "iban bank_?account kontonummer",
    "birth_date": "birth_?da(?:te|y) date_?of_?birth dob geburtsdatum geburtstag"
    " date_naissance fecha_nacimiento",
}
_PATTERNS: Final = {
    rule: re.compile(f"(?:.*_)?(?:{words.replace(' ', '|')})(?:_[0-9]+)?", re.IGNORECASE)
    for rule, words in _NAMES.items()
}
_MARKED: Final = re.compile(r"@mask[ :]+([a-z_]+)", re.IGNORECASE)
_CODES: Final = re.compile(
    "(?:.*_)?(?:id|code|status|state|kind|type|key|country|currency|locale|language|unit|version"
    "|role|number|no|sku|source|product)"
)
_HARMLESS: Final = frozenset(
    {
        "smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean",
        "money", "oid", "time without time zone", "time with time zone", "interval",
    }
)  # fmt: skip
_EMPTY: Final = {
    "json": "{}", "jsonb": "{}", "bytea": "", "inet": "192.0.2.1", "cidr": "192.0.2.0/24",
    "xml": "<x/>",
}  # fmt: skip
_FEW: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guess:
    rule: str | None
    why: str
    options: dict[str, Option] = field(default_factory=dict[str, Option])


def propose(column: Column, tables: Sequence[Table] = ()) -> Proposal:
    """Return what a policy could decide for a column.

    A column that references another takes that one's proposal; a comment `@mask rule` (or `@mask
    keep`) is believed.
    """
    referenced = _referenced(column, tables)
    if referenced is not None:
        why = f"as {column.references}, which it references"
        return Proposal(decision=propose(referenced).decision, why=why)
    guess = _by_comment(column) or _by_name(column) or _by_type(column)
    if guess.rule is None:
        return Proposal(decision=KEEP, why=guess.why)
    decision = ColumnDecision(handling=Handling.MASK, rule=guess.rule, options=guess.options)
    return Proposal(decision=decision, why=guess.why)


def _referenced(column: Column, tables: Sequence[Table]) -> Column | None:
    target, _, name = (column.references or "").rpartition(".")
    for table in tables:
        if (table.parent or table.full_name) == target:
            return next((c for c in table.columns if c.name == name), None)
    return None


def _by_comment(column: Column) -> _Guess | None:
    marked = _MARKED.search(column.comment)
    if marked is None:
        return None
    said = marked[1].lower()
    if said == Handling.KEEP:
        return _Guess(rule=None, why="its comment says so")
    return _Guess(rule=said, why="its comment says so") if _takes(said, column) else None


def _by_name(column: Column) -> _Guess | None:
    for rule, pattern in _PATTERNS.items():
        if pattern.fullmatch(column.name) and _takes(rule, column):
            if column.unique and not RULES[rule].unique:
                return _Guess(rule="hash", why=f"its name means {rule}, and it is unique")
            return _Guess(rule=rule, why=f"its name means {rule}")
    return None


def _takes(rule: str, column: Column) -> bool:
    return rule in RULES and RULES[rule].takes(column.base_type)


def _by_type(column: Column) -> _Guess:
    if plain_type(column.base_type) in TEXT:
        return _of_text(column)
    if column.base_type in UUID | DAYS | _HARMLESS:
        return _Guess(rule=None, why=f"type {column.type} tells nobody's name")
    why = f"type {column.type} may hold anything"
    if column.not_null:
        empty = _EMPTY.get(column.base_type, "")
        return _Guess(rule="constant", why=f"{why}, and is NOT NULL", options={"value": empty})
    return _Guess(rule="null", why=why)


def _of_text(column: Column) -> _Guess:
    if column.length is not None and column.length <= _FEW:
        return _Guess(rule=None, why="too short to tell who somebody is")
    if _CODES.fullmatch(column.name):
        return _Guess(rule=None, why="its name means a code")
    if column.unique:
        return _Guess(rule="hash", why="a text that may hold anything, and unique")
    return _Guess(rule="free_text", why="a text that may hold anything")


def propose_for_path(path: str) -> PathProposal:
    """Return what a policy could decide for a path of the files configuration."""
    top, slash, _ = path.partition("/")
    glob = f"{top}/**" if slash else path
    if top == "modules":
        return PathProposal(
            decision=PathDecision(glob=glob, handling=Handling.KEEP, scanned=False),
            why="modules' own files are the same for everybody",
        )
    return PathProposal(
        decision=PathDecision(glob=glob, handling=Handling.PLACEHOLDER),
        why="nobody can tell whom it names",
    )
