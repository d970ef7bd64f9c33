"""A database's schema as facts that can be compared: what an object means, not its text.

The picture holds neither data nor statistics nor sequence values. It says nothing about extensions'
own objects.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TypeAlias

from psycopg import Connection
from psycopg.rows import class_row

from liftlock.downalign import ownership, row_security
from liftlock.downalign.catalogs import ask
from liftlock.downalign.expressions import canonical
from liftlock.downalign.ownership import PUBLIC, Rename

QUESTIONS = (
    "relations",
    "columns",
    "constraints",
    "indexes",
    "functions",
    "triggers",
    "types",
    "schemas",
    "others",
)

Picture: TypeAlias = Mapping[str, str]
"""Each object (`column shop.orders.total`) and a digest of all that it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that is true of one object."""

    kind: str
    identity: str
    aspect: str
    value: str
    expression: bool = False
    relation: str
    """`schema.name` of what it belongs to; `schema.` of a schema; `kind.name` if in none."""
    partition: bool = False

    @property
    def thing(self) -> str:
        """Return the object's kind and name."""
        return f"{self.kind} {self.identity}"


def facts(connection: Connection, rename: Rename = str) -> list[Fact]:
    """Return all facts about a schema, roles renamed, expressions in one spelling."""
    found = [f for name in QUESTIONS for f in ask(connection, name, class_row(Fact))]
    owners = ownership.read(connection)
    named = ownership.renaming(owners, rename)
    return [
        *(replace(f, value=canonical(f.value)) if f.expression else f for f in found),
        *_owners(owners, named),
        *_grants(owners, named),
        *_default_grants(owners, named),
        *_row_policies(row_security.read(connection), named),
    ]


def picture(facts_: Iterable[Fact], wanted: Callable[[Fact], bool] = lambda _: True) -> Picture:
    """Return one digest for each object over its wanted facts."""
    things: dict[str, set[str]] = {}
    for fact in facts_:
        if wanted(fact):
            things.setdefault(fact.thing, set()).add(f"{fact.aspect}\0{fact.value}")
    return {thing: _digest(sorted(lines)) for thing, lines in sorted(things.items())}


def digest(picture_: Picture) -> str:
    """Return one digest for a whole picture."""
    lines = [f"{thing}\0{meaning}" for thing, meaning in sorted(picture_.items())]
    return "sha256:" + sha256("\n".join(lines).encode()).hexdigest()


def differences(expected: Picture, found: Picture) -> tuple[str, ...]:
    """Return what is missing, what nobody expected, and what differs, by name."""
    return (
        *(f"{thing} is missing" for thing in expected if thing not in found),
        *(f"{thing} was not expected" for thing in found if thing not in expected),
        *(
            f"{thing} differs"
            for thing in expected
            if found.get(thing, "") not in {"", expected[thing]}
        ),
    )


def _digest(lines: list[str]) -> str:
    return sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _owners(owners: ownership.Ownership, rename: Rename) -> Iterator[Fact]:
    for o in owners.owned:
        yield Fact(
            kind="owner of",
            identity=f"{o.kind} {o.identity}",
            aspect="owner",
            value=rename(o.owner),
            relation=o.relation,
            partition=o.partition,
        )


def _grants(owners: ownership.Ownership, rename: Rename) -> Iterator[Fact]:
    for g in owners.granted:
        column = "" if g.column_name is None else f" column {g.column_name}"
        yield Fact(
            kind="grants on",
            identity=f"{g.kind} {g.identity}{column}",
            aspect=(
                f"{rename(g.grantee or '')} {g.privilege or 'nothing'} by {rename(g.grantor or '')}"
            ),
            value=str(g.grantable),
            relation=g.relation,
            partition=g.partition,
        )


def _default_grants(owners: ownership.Ownership, rename: Rename) -> Iterator[Fact]:
    for d in owners.by_default:
        yield Fact(
            kind="default privileges",
            identity=f"{rename(d.owner)} {d.schema_identity or 'everywhere'} {d.word}",
            aspect=f"{rename(d.grantee or '')} {d.privilege or 'nothing'}",
            value=str(d.grantable),
            relation=f"{d.schema_identity or 'default_privileges'}.",
        )


def _row_policies(policies: Iterable[row_security.RowPolicy], rename: Rename) -> Iterator[Fact]:
    for p in policies:
        parts = {
            "command": p.command,
            "permissive": str(p.permissive),
            "roles": ", ".join(sorted(r if r == PUBLIC else rename(r) for r in p.roles)),
            "using": canonical(p.using_expression or ""),
            "check": canonical(p.check_expression or ""),
            "comment": p.comment or "",
        }
        for aspect, value in parts.items():
            yield Fact(
                kind="policy",
                identity=f"{p.table_identity}.{p.name}",
                aspect=aspect,
                value=value,
                relation=p.relation,
                partition=p.partition,
            )
