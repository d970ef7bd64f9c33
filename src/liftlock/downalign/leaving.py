"""What the policy leaves out of a schema: tables that are absent, and catalog objects by name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from psycopg import Connection
from psycopg.rows import class_row, tuple_row

from liftlock.domain.policies import Handling, Policy, TableCopy
from liftlock.downalign.archives import Entry
from liftlock.downalign.catalogs import ask
from liftlock.downalign.ownership import Ownership
from liftlock.downalign.pictures import Fact

NEVER = ("SUBSCRIPTION ", "USER MAPPING ", "POLICY ")
"""What no archive restores: secrets, and policies, whose roles may have other names."""
BY_SERVER = frozenset({("extension", "version")})
"""Facts that are as the target's server has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What of a database's schema does not travel."""

    relations: frozenset[str]
    """`schema.name`, unquoted, of tables, their partitions, the sequences that they own."""
    relation_names: tuple[str, ...]
    """The same, quoted."""
    catalog: frozenset[tuple[int, int]]
    """Catalog and OID in the source."""
    said: tuple[str, ...]
    """How an archive names them where it gives no OID: in comments."""
    things: frozenset[str]
    """How a picture names them: `publication p`."""

    def has_entry(self, entry: Entry) -> bool:
        """Say whether an entry of an archive is left out."""
        if entry.said.startswith(NEVER):
            return True
        comment = entry.said.removeprefix("COMMENT - ")
        return (entry.catalog, entry.oid) in self.catalog or (
            comment != entry.said and bool(self.said) and comment.startswith(self.said)
        )

    def has_fact(self, fact: Fact) -> bool:
        """Say whether a fact about the source's schema is about something that is left out."""
        published = fact.aspect.removeprefix("table ")
        return (
            fact.relation in self.relations
            or fact.thing in self.things
            or fact.identity in self.things
            or (fact.kind == "publication" and published in self.relation_names)
        )

    def rest_of(self, ownership: Ownership) -> Ownership:
        """Return the owners and grants of what does travel."""
        return replace(
            ownership,
            owned=tuple(
                o for o in ownership.owned if not self._has(o.relation, f"{o.kind} {o.identity}")
            ),
            granted=tuple(
                g for g in ownership.granted if not self._has(g.relation, f"{g.kind} {g.identity}")
            ),
        )

    def _has(self, relation: str, thing: str) -> bool:
        return relation in self.relations or thing in self.things


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    name: str
    catalog: int
    oid: int
    thing: str
    said: str
    table_identity: str | None
    relation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relation:
    identity: str
    relation: str


def read_left_out(connection: Connection, policy: Policy) -> LeftOut:
    """Return what the policy leaves out of the schema of the connection's database, a source's."""
    absent = sorted(t for t, p in policy.tables.items() if p.copy is TableCopy.ABSENT)
    relations = ask(connection, "absent_tables", class_row(_Relation), {"absent": absent})
    keys = list(_keys(connection, absent))
    names = {n for n, handling in policy.catalog.items() if handling is Handling.LEAVE_OUT}
    named = [n for n in ask(connection, "left_out", class_row(_Named)) if n.name in names]
    foreign = [_foreign(n) for n in named if n.table_identity is not None]
    gone = (*relations, *foreign)
    return LeftOut(
        relations=frozenset(r.relation for r in gone),
        relation_names=tuple(r.identity for r in gone),
        catalog=frozenset([*((n.catalog, n.oid) for n in named), *((c, o) for c, o, _ in keys)]),
        said=tuple(n.said for n in named if n.said),
        things=frozenset([*(n.thing for n in named), *(f"constraint {i}" for _, _, i in keys)]),
    )


def comparable(left_out: LeftOut | None, *, same_major: bool) -> Callable[[Fact], bool]:
    """Return which facts of a source (of a copy: without `left_out`) must be alike in both.

    Privileges that only one of two major versions knows are no difference.
    """

    def wanted(fact: Fact) -> bool:
        newer = fact.kind == "grants on" and " MAINTAIN " in fact.aspect and not same_major
        here = left_out is None or not left_out.has_fact(fact)
        return here and not newer and (fact.kind, fact.aspect) not in BY_SERVER

    return wanted


def _foreign(named: _Named) -> _Relation:
    return _Relation(identity=named.table_identity or "", relation=named.relation or "")


def _keys(connection: Connection, absent: list[str]) -> Iterator[tuple[int, int, str]]:
    for catalog, oid, identity in ask(connection, "absent_keys", tuple_row, {"absent": absent}):
        yield int(catalog), int(oid), str(identity)
