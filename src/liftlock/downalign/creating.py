"""The empty database of a copy: encoding and locale of Production's, owner of the target's.

Until it is swapped in, nobody but its owner, Liftlock and the application may connect to it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import dict_row

from liftlock.domain.progress import Progress, Tell, last_word
from liftlock.downalign.alignments import Alignment, Pair
from liftlock.downalign.roles import role_in
from liftlock.downalign.watching import watched
from liftlock.environments import properties
from liftlock.environments.names import NotOurs, OwnerMark, parse_mark, read_comment, write_comment
from liftlock.environments.properties import DatabaseProperties, Grant
from liftlock.environments.servers import at_maintenance

READ: LiteralString = """
SELECT pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS lc_collate, d.datctype AS
lc_ctype, coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') AS provider, coalesce(to_jsonb(d) ->>
'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale, to_jsonb(d) ->> 'daticurules' AS rules FROM
pg_database d WHERE d.datname = %(name)s
"""
EXISTS: LiteralString = "SELECT FROM pg_database WHERE datname = %(name)s"
CREATE: LiteralString = """
CREATE DATABASE {name} TEMPLATE template0 OWNER {owner}{tablespace} ENCODING {encoding}
LC_COLLATE {lc_collate} LC_CTYPE {lc_ctype}{more}
"""
DROP: LiteralString = "DROP DATABASE IF EXISTS {name} WITH (FORCE)"

DEFAULT_TABLESPACE = "pg_default"

Locale = Mapping[str, str | None]


def locale_of(connection: Connection, name: str) -> Locale:
    """Return encoding, locale and collation of a database of the connection's server."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(READ, {"name": name}).fetchone()
    return {key: None if value is None else str(value) for key, value in (row or {}).items()}


def create(alignment: Alignment, pair: Pair, tell: Tell) -> None:
    """Create a copy's database and mark it; one that this attempt began before is dropped first.

    Raises: NotOurs for a database of that name that is not this move's; ServerUnreachable,
    StatementRefused.
    """
    with at_maintenance(pair.source) as source:
        locale = locale_of(source, pair.source.name)
    with at_maintenance(pair.copy) as connection:
        last_word(tell, f"creating {pair.label}")
        drop_ours(connection, pair.copy.name, alignment.mark)
        wanted = properties.read_on(connection, pair.target.name)
        statement = _create_statement(pair, wanted, locale)
        _ = watched(
            lambda: connection.execute(statement),
            tell=tell,
            progress=lambda: Progress(said=f"creating {pair.label}"),
            connections=(connection,),
        )
        write_comment(connection, pair.copy.name, alignment.mark.as_comment())
        with connection.transaction():
            properties.apply_on(connection, pair.copy.name, _closed(pair, wanted, alignment.mark))


def drop_ours(connection: Connection, name: str, mark: OwnerMark) -> None:
    """Drop a copy of the same move, known by its mark; nothing happens when there is none.

    Raises: NotOurs.
    """
    if connection.execute(EXISTS, {"name": name}).fetchone() is None:
        return
    found = parse_mark(read_comment(connection, name))
    if found is None or (found.installation, found.move) != (mark.installation, mark.move):
        raise NotOurs(database=name)
    _ = connection.execute(sql.SQL(DROP).format(name=sql.Identifier(name)))


def _create_statement(pair: Pair, wanted: DatabaseProperties, locale: Locale) -> sql.Composed:
    return sql.SQL(CREATE).format(
        name=sql.Identifier(pair.copy.name),
        owner=sql.Identifier(wanted.owner),
        tablespace=_tablespace(wanted.tablespace),
        encoding=sql.Literal(locale["encoding"]),
        lc_collate=sql.Literal(locale["lc_collate"]),
        lc_ctype=sql.Literal(locale["lc_ctype"]),
        more=_provider(locale),
    )


def _tablespace(name: str) -> sql.Composable:
    """Return the clause for a tablespace; naming the default one would ask for a right on it."""
    if name == DEFAULT_TABLESPACE:
        return sql.SQL("")
    return sql.SQL(" TABLESPACE ") + sql.Identifier(name)


def _provider(locale: Locale) -> sql.Composable:
    """Return the clauses of a locale provider; 14 knows libc alone, and no word for it."""
    match locale["provider"]:
        case "i":
            icu = sql.SQL(" LOCALE_PROVIDER icu ICU_LOCALE {}").format(
                sql.Literal(locale["locale"])
            )
            if locale["rules"] is None:
                return icu
            return icu + sql.SQL(" ICU_RULES {}").format(sql.Literal(locale["rules"]))
        case "b":
            return sql.SQL(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {}").format(
                sql.Literal(locale["locale"])
            )
        case _:
            return sql.SQL("")


def _closed(pair: Pair, wanted: DatabaseProperties, mark: OwnerMark) -> DatabaseProperties:
    """Return the target's properties, as far as they may hold before the swap."""
    ours = {role_in(pair.copy.keeper), role_in(pair.copy.application)} - {"", wanted.owner}
    grants = {
        Grant(grantee=role, privilege=privilege, grantable=False)
        for role in (wanted.owner, *ours)
        for privilege in ("CONNECT", "CREATE", "TEMPORARY")
        if role == wanted.owner or privilege != "CREATE"
    }
    return replace(wanted, grants=frozenset(grants), connection_limit=-1, comment=mark.as_comment())
