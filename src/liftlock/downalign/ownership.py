"""Who owns what and may do what with it: read from one catalog, given again in another.

A plain role restores a schema as its own and hands each object over afterwards: so nothing is
refused on the way, and the roles may have other names in the target.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import LiteralString, TypeAlias

from psycopg import Connection, sql
from psycopg.rows import class_row

from liftlock.downalign.catalogs import ask

Rename: TypeAlias = Callable[[str], str]
"""From a role of the source to that of the target."""

PUBLIC = "public"
DATABASE_OWNER = "pg_database_owner"
_WORDS = {"composite type": "TYPE", "statistics object": "STATISTICS"}

SET_OWNER: LiteralString = "ALTER {word} {object} OWNER TO {role}"
LEND: LiteralString = "GRANT {privilege} ON {word} {object} TO {role}"
TAKE_BACK: LiteralString = "REVOKE {privilege} ON {word} {object} FROM {role}"
LACKING: LiteralString = """
SELECT 'CREATE' AS privilege, 'DATABASE' AS word, quote_ident(current_database()) AS object, r AS
role FROM unnest(%(roles)s::text[]) r WHERE NOT has_database_privilege(r, current_database(),
'CREATE') UNION ALL SELECT p, 'SCHEMA', quote_ident(n.nspname), r FROM pg_namespace n CROSS JOIN
unnest(%(roles)s::text[]) r CROSS JOIN (VALUES ('CREATE'), ('USAGE')) AS privileges (p) WHERE
quote_ident(n.nspname) = ANY (%(schemas)s) AND NOT has_schema_privilege(r, n.oid, p)
"""
REVOKE_ALL: LiteralString = "REVOKE ALL ON {word} {object} FROM {role}"
GRANT: LiteralString = "GRANT {privilege}{columns} ON {word} {object} TO {role}{option}"
DEFAULT: LiteralString = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner}{schema} "
ACT_AS: LiteralString = "SET LOCAL ROLE {role}"
BE_ONESELF: LiteralString = "SET LOCAL ROLE NONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """An object and its owner; `identity` is quoted and complete."""

    kind: str
    identity: str
    owner: str
    superuser: bool
    relation: str
    partition: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """One privilege on one object or column; an object without any has one row without grantee."""

    kind: str
    identity: str
    word: str
    column_name: str | None
    explicit: bool
    owner: str
    grantor: str | None
    grantee: str | None
    privilege: str | None
    grantable: bool | None
    relation: str
    partition: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedByDefault:
    """One privilege that later objects of `owner` have from the start, in one schema or in all."""

    owner: str
    schema_identity: str | None
    word: str
    grantee: str | None
    privilege: str | None
    grantable: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """All owners and grants of a database."""

    owned: tuple[Owned, ...]
    granted: tuple[Granted, ...]
    by_default: tuple[GrantedByDefault, ...]

    def roles(self) -> set[str]:
        """Return every role that owns something, grants it or is granted it."""
        named = {o.owner for o in self.owned} | {d.owner for d in self.by_default}
        named |= {r for g in self.granted if g.explicit for r in (g.grantor, g.grantee) if r}
        named |= {d.grantee for d in self.by_default if d.grantee}
        return named - {PUBLIC}


def read(connection: Connection) -> Ownership:
    """Return the owners and grants of the connection's database."""
    return Ownership(
        owned=tuple(ask(connection, "owners", class_row(Owned))),
        granted=tuple(ask(connection, "grants", class_row(Granted))),
        by_default=tuple(ask(connection, "default_grants", class_row(GrantedByDefault))),
    )


def give(connection: Connection, ownership: Ownership, rename: Rename) -> None:
    """Make the connection's database belong to whom the source's belongs, all in one transaction.

    Each new owner needs CREATE on the schema of what it is given, which is lent to it for that
    moment. Grants are made by those who made them. The schemas are handed over last.

    Raises: psycopg.Error.
    """
    rename = renaming(ownership, rename)
    ownership = _without_given(ownership, read(connection), rename)
    with connection.transaction():
        lent = _lend(connection, ownership, rename)
        _hand_over(connection, ownership, rename, schemas=False)
        _grant_by_default(connection, ownership.by_default, rename)
        for loan in lent:
            _lending(connection, TAKE_BACK, loan)
        _hand_over(connection, ownership, rename, schemas=True)


def _hand_over(
    connection: Connection, ownership: Ownership, rename: Rename, *, schemas: bool
) -> None:
    for owned in ownership.owned:
        if (owned.kind == "schema") == schemas:
            _set_owner(connection, owned, rename)
    granted = [g for g in ownership.granted if (g.kind == "schema") == schemas]
    _grant(connection, granted, rename)


def renaming(ownership: Ownership, rename: Rename) -> Rename:
    """Return `rename`, and whose schema public is: the superuser's before 15, then the owner's."""
    before_15 = {o.owner for o in ownership.owned if o.identity == PUBLIC and o.superuser}
    return lambda role: DATABASE_OWNER if role in before_15 else rename(role)


def _without_given(wanted: Ownership, there: Ownership, rename: Rename) -> Ownership:
    """Return what is still to be given: schema public may be as it should be already."""
    owners = {o.owner for o in there.owned if o.identity == PUBLIC}
    grants = {_meaning(g, str) for g in there.granted if g.identity == PUBLIC}
    same_owner = owners == {rename(o.owner) for o in wanted.owned if o.identity == PUBLIC}
    same_grants = grants == {_meaning(g, rename) for g in wanted.granted if g.identity == PUBLIC}
    return replace(
        wanted,
        owned=tuple(o for o in wanted.owned if not (same_owner and o.identity == PUBLIC)),
        granted=tuple(g for g in wanted.granted if not (same_grants and g.identity == PUBLIC)),
    )


def _meaning(granted: Granted, rename: Rename) -> tuple[str, ...]:
    named = (rename(role or "") for role in (granted.grantee, granted.grantor))
    return (*named, str(granted.privilege), str(granted.grantable))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loan:
    privilege: str
    word: str
    object: str
    role: str


def _lend(connection: Connection, ownership: Ownership, rename: Rename) -> list[_Loan]:
    """Lend database and schemas to new owners and granters who lack them."""
    acting = {o.owner for o in ownership.owned}
    acting |= {g.grantor for g in ownership.granted if g.explicit and g.grantor}
    given = {
        "roles": sorted({rename(role) for role in acting} - {DATABASE_OWNER}),
        "schemas": [o.identity for o in ownership.owned if o.kind == "schema"],
    }
    with connection.cursor(row_factory=class_row(_Loan)) as cursor:
        loans = cursor.execute(LACKING, given).fetchall()
    for loan in loans:
        _lending(connection, LEND, loan)
    return loans


def _lending(connection: Connection, statement: LiteralString, loan: _Loan) -> None:
    _ = connection.execute(
        sql.SQL(statement).format(
            privilege=_written(loan.privilege),
            word=_written(loan.word),
            object=_written(loan.object),
            role=sql.Identifier(loan.role),
        )
    )


def _set_owner(connection: Connection, owned: Owned, rename: Rename) -> None:
    statement = sql.SQL(SET_OWNER).format(
        word=_written(_WORDS.get(owned.kind, owned.kind.upper())),
        object=_written(owned.identity),
        role=sql.Identifier(rename(owned.owner)),
    )
    _ = connection.execute(statement)


def _grant(connection: Connection, granted: Iterable[Granted], rename: Rename) -> None:
    explicit = [g for g in granted if g.explicit]
    for _object, rows in groupby(explicit, key=lambda g: (g.kind, g.identity, g.column_name)):
        grants = list(rows)
        if grants[0].column_name is None:
            _revoke_all(connection, grants[0], rename)
        for grant in grants:
            if grant.privilege is not None:
                _make_grant(connection, grant, rename)


def _revoke_all(connection: Connection, granted: Granted, rename: Rename) -> None:
    for role in (sql.SQL("PUBLIC"), sql.Identifier(rename(granted.owner))):
        _ = connection.execute(
            sql.SQL(REVOKE_ALL).format(
                word=_written(granted.word), object=_written(granted.identity), role=role
            )
        )


def _make_grant(connection: Connection, granted: Granted, rename: Rename) -> None:
    by_another = granted.grantor not in {None, granted.owner}
    if by_another:
        grantor = sql.Identifier(rename(str(granted.grantor)))
        _ = connection.execute(sql.SQL(ACT_AS).format(role=grantor))
    columns = "" if granted.column_name is None else f" ({granted.column_name})"
    _ = connection.execute(
        sql.SQL(GRANT).format(
            privilege=_written(str(granted.privilege)),
            columns=_written(columns),
            word=_written(granted.word),
            object=_written(granted.identity),
            role=_grantee(str(granted.grantee), rename),
            option=_written(" WITH GRANT OPTION" if granted.grantable else ""),
        )
    )
    if by_another:
        _ = connection.execute(BE_ONESELF)


def _grant_by_default(
    connection: Connection, by_default: Iterable[GrantedByDefault], rename: Rename
) -> None:
    for (owner, schema, word), rows in groupby(by_default, key=_objects_of):
        start = sql.SQL(DEFAULT).format(
            owner=sql.Identifier(rename(owner)),
            schema=_written(f" IN SCHEMA {schema}" if schema else ""),
        )
        for statement in _default_statements(list(rows), owner, schema, word, rename):
            _ = connection.execute(start + statement)


def _objects_of(by_default: GrantedByDefault) -> tuple[str, str | None, str]:
    return by_default.owner, by_default.schema_identity, by_default.word


def _default_statements(
    rows: list[GrantedByDefault], owner: str, schema: str | None, word: str, rename: Rename
) -> Iterator[sql.Composed]:
    on = sql.SQL(" ON {word} ").format(word=_written(word))
    if schema is None:
        for role in (sql.SQL("PUBLIC"), sql.Identifier(rename(owner))):
            yield sql.SQL("REVOKE ALL") + on + sql.SQL("FROM ") + role
    for row in rows:
        if row.privilege is not None:
            option = sql.SQL(" WITH GRANT OPTION" if row.grantable else "")
            to = sql.SQL("TO ") + _grantee(str(row.grantee), rename)
            yield sql.SQL("GRANT ") + _written(row.privilege) + on + to + option


def _grantee(role: str, rename: Rename) -> sql.Composable:
    return sql.SQL("PUBLIC") if role == PUBLIC else sql.Identifier(rename(role))


def _written(text: str) -> sql.SQL:
    """Return text that a server's catalog wrote, complete and quoted by it."""
    return sql.SQL(text)  # pyright: ignore[reportArgumentType]
