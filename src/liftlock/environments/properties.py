"""What belongs to a database and is not in it.

Owner, grants, settings, connection limit, comment, tablespace. All of it goes with the *name*: a
template copy and a rename lose it (CONNECT was open to PUBLIC again). So it is read before a swap,
written onto what takes the name, and compared afterwards.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import LiteralString, cast

from psycopg import Connection, sql

from liftlock.environments.names import read_comment, write_comment
from liftlock.environments.servers import Database, at_maintenance
from liftlock.errors import Conflict, NotFound

READ: LiteralString = """
SELECT pg_get_userbyid(d.datdba), d.datconnlimit, t.spcname
FROM pg_database d
JOIN pg_tablespace t ON t.oid = d.dattablespace
WHERE d.datname = %(name)s
"""
READ_GRANTS: LiteralString = """
SELECT CASE WHEN a.grantee = 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END,
       a.privilege_type, a.is_grantable
FROM pg_database d
CROSS JOIN aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
WHERE d.datname = %(name)s
"""
READ_SETTINGS: LiteralString = """
SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END, c.setting
FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = s.setdatabase
CROSS JOIN unnest(s.setconfig) AS c(setting)
WHERE d.datname = %(name)s
"""
SET_OWNER: LiteralString = "ALTER DATABASE {database} OWNER TO {role}"
SET_LIMIT: LiteralString = "ALTER DATABASE {database} CONNECTION LIMIT {limit}"
RESET_ALL: LiteralString = "ALTER DATABASE {database} RESET ALL"
RESET_ALL_OF_ROLE: LiteralString = "ALTER ROLE {role} IN DATABASE {database} RESET ALL"
SET_SETTING: LiteralString = "ALTER DATABASE {database} SET {setting} TO {value}"
SET_SETTING_OF_ROLE: LiteralString = (
    "ALTER ROLE {role} IN DATABASE {database} SET {setting} TO {value}"
)
REVOKE_ALL: LiteralString = "REVOKE ALL ON DATABASE {database} FROM {role} CASCADE"
GRANT: LiteralString = "GRANT {privilege} ON DATABASE {database} TO {role}"
GRANT_ON: LiteralString = "GRANT {privilege} ON DATABASE {database} TO {role} WITH GRANT OPTION"
BECOME: LiteralString = "SET ROLE {role}"
BECOME_SELF: LiteralString = "RESET ROLE"

_PRIVILEGES: dict[str, LiteralString] = {
    "CONNECT": "CONNECT",
    "CREATE": "CREATE",
    "TEMPORARY": "TEMPORARY",
}
_LISTS = {
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
}
"""The settings that PostgreSQL stores as a list of quoted names (GUC_LIST_QUOTE)."""


class DatabaseNotFound(NotFound):
    """There is no database of that name."""

    code = "database.not_found"
    sentence = "There is no database {database} on its server."


class PropertiesDiffer(Conflict):
    """What belongs to a database's name could not be carried over whole."""

    code = "database.properties_differ"
    sentence = (
        "What belongs to the name {database} would be lost: {differences}. "
        "Give the keeper the rights that `liftlock doctor --sql` prints."
    )


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Grant:
    """A privilege on a database; `grantee` None is PUBLIC."""

    grantee: str | None
    privilege: str
    grantable: bool


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Setting:
    """A setting of a database; `role` None is everybody."""

    role: str | None
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseProperties:
    """What belongs to a database's name. Sets compare without order."""

    owner: str
    grants: frozenset[Grant]
    settings: frozenset[Setting]
    connection_limit: int
    comment: str | None
    tablespace: str


def read(database: Database) -> DatabaseProperties:
    """Return what belongs to a database's name.

    Raises: DatabaseNotFound, ServerUnreachable.
    """
    with at_maintenance(database) as connection:
        return read_on(connection, database.name)


def apply(database: Database, properties: DatabaseProperties) -> None:
    """Give a database these properties; all at once, or none.

    Raises: StatementRefused where the keeper lacks a right; PropertiesDiffer for another
    tablespace.
    """
    with at_maintenance(database) as connection, connection.transaction():
        apply_on(connection, database.name, properties)


def read_on(connection: Connection, name: str) -> DatabaseProperties:
    """Return what belongs to a name, on the connection's server. Raises: DatabaseNotFound."""
    row = connection.execute(READ, {"name": name}).fetchone()
    if row is None:
        raise DatabaseNotFound(database=name)
    owner, limit, tablespace = cast("tuple[str, int, str]", row)
    return DatabaseProperties(
        owner=owner,
        grants=frozenset(_read_grants(connection, name)),
        settings=frozenset(_read_settings(connection, name)),
        connection_limit=limit,
        comment=read_comment(connection, name),
        tablespace=tablespace,
    )


def apply_on(connection: Connection, name: str, wanted: DatabaseProperties) -> None:
    """Give the name these properties in the caller's transaction, and compare. See `apply`."""
    found = read_on(connection, name)
    if found.owner != wanted.owner:
        _run(connection, SET_OWNER, database=name, role=wanted.owner)
    if found.connection_limit != wanted.connection_limit:
        _run(connection, SET_LIMIT, limit=wanted.connection_limit, database=name)
    if found.settings != wanted.settings:
        _apply_settings(connection, name, found.settings, wanted.settings)
    if read_on(connection, name).grants != wanted.grants:
        _apply_grants(connection, name, wanted.grants)
    write_comment(connection, name, wanted.comment)
    require_same(name, wanted, read_on(connection, name))


def differences(wanted: DatabaseProperties, found: DatabaseProperties) -> list[str]:
    """Return the names of the properties that differ; never their values."""
    names = [f.name for f in fields(DatabaseProperties)]
    return [n.replace("_", " ") for n in names if getattr(wanted, n) != getattr(found, n)]


def require_same(name: str, wanted: DatabaseProperties, found: DatabaseProperties) -> None:
    """Refuse when anything differs. Raises: PropertiesDiffer."""
    if differing := differences(wanted, found):
        raise PropertiesDiffer(database=name, differences=differing)


def list_items(value: str) -> list[str]:
    """Return the names in a stored list of quoted names: `"$user", public`."""
    items: list[str] = []
    current, quoted, position = "", False, 0
    while position < len(value):
        character = value[position]
        if character == '"' and quoted and value[position + 1 : position + 2] == '"':
            current += '"'
            position += 1
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            items.append(current)
            current = ""
        elif quoted or not character.isspace():
            current += character
        position += 1
    return [*items, current]


def _read_grants(connection: Connection, name: str) -> Iterator[Grant]:
    rows = connection.execute(READ_GRANTS, {"name": name}).fetchall()
    for grantee, privilege, grantable in cast("list[tuple[str | None, str, bool]]", rows):
        yield Grant(grantee=grantee, privilege=privilege, grantable=grantable)


def _read_settings(connection: Connection, name: str) -> Iterator[Setting]:
    rows = connection.execute(READ_SETTINGS, {"name": name}).fetchall()
    for role, setting in cast("list[tuple[str | None, str]]", rows):
        what, _, value = setting.partition("=")
        yield Setting(role=role, name=what, value=value)


def _apply_settings(
    connection: Connection, name: str, found: Iterable[Setting], wanted: Iterable[Setting]
) -> None:
    _run(connection, RESET_ALL, database=name)
    for setting in sorted((s for s in wanted if s.role is None), key=lambda s: s.name):
        _set(connection, SET_SETTING, name, setting)
    for role in sorted({s.role for s in (*found, *wanted) if s.role is not None}):
        _run(connection, BECOME, role=role)
        _run(connection, RESET_ALL_OF_ROLE, role=role, database=name)
        for setting in sorted((s for s in wanted if s.role == role), key=lambda s: s.name):
            _set(connection, SET_SETTING_OF_ROLE, name, setting)
        _ = connection.execute(BECOME_SELF)


def _set(connection: Connection, statement: LiteralString, name: str, setting: Setting) -> None:
    items = list_items(setting.value) if setting.name in _LISTS else [setting.value]
    composed = sql.SQL(statement).format(
        database=sql.Identifier(name),
        role=sql.Identifier(setting.role or ""),
        setting=sql.Identifier(*setting.name.split(".")),
        value=sql.SQL(", ").join(sql.Literal(item) for item in items),
    )
    _ = connection.execute(composed)


def _apply_grants(connection: Connection, name: str, wanted: Iterable[Grant]) -> None:
    for grantee in {g.grantee for g in _read_grants(connection, name)}:
        _grant(connection, REVOKE_ALL, name, grantee)
    for grant in sorted(wanted, key=lambda g: (g.grantee or "", g.privilege)):
        statement = GRANT_ON if grant.grantable else GRANT
        _grant(connection, statement, name, grant.grantee, grant.privilege)


def _grant(
    connection: Connection,
    statement: LiteralString,
    name: str,
    grantee: str | None,
    privilege: str = "CONNECT",
) -> None:
    composed = sql.SQL(statement).format(
        privilege=sql.SQL(_PRIVILEGES[privilege]),
        database=sql.Identifier(name),
        role=sql.SQL("PUBLIC") if grantee is None else sql.Identifier(grantee),
    )
    _ = connection.execute(composed)


def _run(connection: Connection, statement: LiteralString, *, limit: int = 0, **names: str) -> None:
    identifiers = {what: sql.Identifier(name) for what, name in names.items()}
    _ = connection.execute(sql.SQL(statement).format(limit=sql.Literal(limit), **identifiers))
