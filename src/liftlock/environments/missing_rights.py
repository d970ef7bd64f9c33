"""What Liftlock's roles may not do yet, each with the statement that a superuser runs to allow it.

Read-only, over the keeper's own connection: `doctor` shows it, and alignments refuse by it.
"""

from collections.abc import Iterator, Sequence
from typing import LiteralString, cast

from psycopg import Connection

from liftlock.domain.environments import Kind
from liftlock.environments.parts import Parts
from liftlock.environments.rights import (
    ALLOW_CONNECTING,
    ALLOW_CREATING,
    OPTIONS_SINCE,
    READ_BEHIND_ROW_SECURITY,
    Place,
    membership,
    statement_text,
)
from liftlock.environments.servers import (
    Database,
    as_keeper,
    at_maintenance,
    by_server,
    user_of,
)

OWNERS: LiteralString = """
SELECT DISTINCT r.rolname, r.rolsuper
FROM (
    SELECT datdba AS role FROM pg_database WHERE datname = ANY(%(names)s)
    UNION ALL
    SELECT s.refobjid FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
    WHERE d.datname = ANY(%(names)s) AND s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o'
    UNION ALL
    SELECT s.setrole FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = ANY(%(names)s) AND s.setrole <> 0
) found
JOIN pg_roles r ON r.oid = found.role
ORDER BY r.rolname
"""
SUPERUSERS: LiteralString = """
SELECT rolname FROM pg_roles WHERE rolsuper AND rolname = ANY(%(roles)s) ORDER BY rolname
"""
MAY_CREATE: LiteralString = "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user"
INHERITS: LiteralString = "SELECT rolinherit FROM pg_roles WHERE rolname = current_user"
BYPASSES: LiteralString = "SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user"
HAS_ROW_SECURITY: LiteralString = "SELECT EXISTS (SELECT FROM pg_class WHERE relrowsecurity)"
NOT_MEMBER: LiteralString = """
SELECT r FROM unnest(%(groups)s::text[]) AS r
WHERE NOT pg_has_role(current_user, r, 'USAGE') OR NOT pg_has_role(current_user, r, %(become)s)
"""
MAY_NOT_CONNECT: LiteralString = """
SELECT d, r FROM unnest(%(names)s::text[]) AS d CROSS JOIN unnest(%(roles)s::text[]) AS r
WHERE NOT has_database_privilege(r, d, 'CONNECT')
"""
OWNED_BY_SUPERUSER: LiteralString = """
SELECT d.datname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
WHERE d.datname = ANY(%(names)s) AND r.rolsuper
"""
SUPERUSER_SETTINGS: LiteralString = """
SELECT d.datname, r.rolname
FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = s.setdatabase
JOIN pg_roles r ON r.oid = s.setrole
WHERE d.datname = ANY(%(names)s) AND r.rolsuper
"""
RESTRICTED_SETTINGS: LiteralString = """
SELECT DISTINCT d.datname, split_part(c.setting, '=', 1), coalesce(r.rolname, current_user)
FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = s.setdatabase
LEFT JOIN pg_roles r ON r.oid = s.setrole
CROSS JOIN unnest(s.setconfig) AS c(setting)
LEFT JOIN pg_settings p ON p.name = split_part(c.setting, '=', 1)
WHERE d.datname = ANY(%(names)s) AND coalesce(p.context LIKE 'superuser%%', TRUE)
  AND NOT coalesce(r.rolsuper, FALSE)
"""
MAY_SET: LiteralString = "SELECT has_parameter_privilege(%(role)s, %(name)s, 'SET')"
TABLESPACES: LiteralString = """
SELECT DISTINCT t.spcname FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
WHERE d.datname = ANY(%(names)s) AND t.spcname <> 'pg_default'
  AND NOT has_tablespace_privilege(t.oid, 'CREATE')
"""
_PARAMETER_RIGHTS_SINCE = 150000


def places(parts: Parts) -> list[Place]:
    """Return what each server of these parts needs statements for, the present owners included.

    Raises: ServerUnreachable.
    """
    found: list[Place] = []
    for databases in by_server(parts.databases):
        with at_maintenance(databases[0]) as connection:
            found.append(_place(connection, parts.kind, databases))
    return found


def missing(parts: Parts) -> list[str]:
    """Return every right that is missing, each with the statement that a superuser runs.

    Raises: ServerUnreachable.
    """
    reasons: list[str] = []
    for databases in by_server(parts.databases):
        with at_maintenance(databases[0]) as connection:
            place = _place(connection, parts.kind, databases)
            reasons += _on_server(connection, place)
            within_reach = _within_reach(connection, place, databases)
        if parts.kind is Kind.PRODUCTION:
            reasons += _row_security(place, within_reach)
    return reasons


def _place(connection: Connection, kind: Kind, databases: Sequence[Database]) -> Place:
    names = [d.name for d in databases]
    owners = _rows(connection, OWNERS, names=names)
    return Place(
        kind=kind,
        keeper=user_of(databases[0].keeper),
        application=user_of(databases[0].application),
        databases=tuple(names),
        owners=tuple(str(name) for name, is_superuser in owners if not is_superuser),
        maintenance=databases[0].maintenance,
        major=connection.info.server_version // 10000,
    )


def _on_server(connection: Connection, place: Place) -> Iterator[str]:
    yield from _superusers(connection, place)
    yield from _keeper(connection, place)
    yield from _connections(connection, place)
    yield from _beyond_reach(connection, place)
    yield from _restricted_settings(connection, place)


def _superusers(connection: Connection, place: Place) -> Iterator[str]:
    roles = [place.keeper, place.application]
    for (role,) in _rows(connection, SUPERUSERS, roles=roles):
        statement = statement_text("ALTER ROLE {role} NOSUPERUSER", role=str(role))
        yield _reason(f"Role {role} is a superuser; nothing that Liftlock runs may be", statement)


def _keeper(connection: Connection, place: Place) -> Iterator[str]:
    if not _says_yes(connection, MAY_CREATE):
        statement = statement_text(ALLOW_CREATING, role=place.keeper)
        yield _reason(f"Keeper {place.keeper} may not create databases", statement)
    reading = ["pg_read_all_data"] if place.kind is Kind.PRODUCTION else []
    if place.major < OPTIONS_SINCE and not _says_yes(connection, INHERITS):
        statement = statement_text(ALLOW_CREATING, role=place.keeper)
        yield _reason(f"Keeper {place.keeper} does not inherit what its groups may", statement)
    groups = ["pg_signal_backend", *reading, *place.owners]
    become = "SET" if place.major >= OPTIONS_SINCE else "MEMBER"
    for (group,) in _rows(connection, NOT_MEMBER, groups=groups, become=become):
        statement = membership(str(group), place.keeper, place.major)
        yield _reason(f"Keeper {place.keeper} is no member of {group}", statement)


def _connections(connection: Connection, place: Place) -> Iterator[str]:
    roles = [place.keeper, place.application]
    rows = _rows(connection, MAY_NOT_CONNECT, names=list(place.databases), roles=roles)
    for database, role in rows:
        statement = statement_text(ALLOW_CONNECTING, database=str(database), role=str(role))
        yield _reason(f"Role {role} may not connect to {database}", statement)


def _beyond_reach(connection: Connection, place: Place) -> Iterator[str]:
    """What belongs to superusers, and tablespaces that the keeper may not use."""
    names = list(place.databases)
    for (database,) in _rows(connection, OWNED_BY_SUPERUSER, names=names):
        statement = statement_text(
            "ALTER DATABASE {database} OWNER TO {role}",
            database=str(database),
            role=place.application,
        )
        yield _reason(f"Database {database} belongs to a superuser", statement)
    for database, role in _rows(connection, SUPERUSER_SETTINGS, names=names):
        statement = statement_text(
            "ALTER ROLE {role} IN DATABASE {database} RESET ALL",
            database=str(database),
            role=str(role),
        )
        yield _reason(
            f"Superuser {role} has settings in {database} that nobody may carry", statement
        )
    for (tablespace,) in _rows(connection, TABLESPACES, names=names):
        statement = statement_text(
            "GRANT CREATE ON TABLESPACE {tablespace} TO {role}",
            tablespace=str(tablespace),
            role=place.keeper,
        )
        yield _reason(f"Keeper {place.keeper} may not use tablespace {tablespace}", statement)


def _restricted_settings(connection: Connection, place: Place) -> Iterator[str]:
    """Settings of a database that only a superuser may write, unless the parameter is granted.

    Those that no part of the server knows (`acme.greeting`) are among them.
    """
    granting = connection.info.server_version >= _PARAMETER_RIGHTS_SINCE
    for database, name, role in _rows(connection, RESTRICTED_SETTINGS, names=list(place.databases)):
        if granting and _says_yes(connection, MAY_SET, role=str(role), name=str(name)):
            continue
        statement = (
            statement_text(
                "GRANT SET ON PARAMETER {name} TO {role}", name=str(name), role=str(role)
            )
            if granting
            else statement_text(
                "ALTER DATABASE {database} RESET {name}", database=str(database), name=str(name)
            )
        )
        yield _reason(f"Role {role} may not set {name}, which {database} has", statement)


def _within_reach(
    connection: Connection, place: Place, databases: Sequence[Database]
) -> list[Database]:
    names = [d.name for d in databases]
    closed = _rows(connection, MAY_NOT_CONNECT, names=names, roles=[place.keeper])
    return [d for d in databases if (d.name, place.keeper) not in closed]


def _row_security(place: Place, databases: Sequence[Database]) -> Iterator[str]:
    """Row security would silently cut a copy short."""
    for database in databases:
        with as_keeper(database) as connection:
            if _says_yes(connection, HAS_ROW_SECURITY) and not _says_yes(connection, BYPASSES):
                statement = statement_text(READ_BEHIND_ROW_SECURITY, role=place.keeper)
                reason = f"Row security hides rows of {database.name} from {place.keeper}"
                yield _reason(reason, statement)


def _reason(what: str, statement: str) -> str:
    return f"{what}. Run as superuser: {statement};"


def _says_yes(connection: Connection, question: LiteralString, **given: str) -> bool:
    row = connection.execute(question, given).fetchone()
    return row is not None and row[0] is True


def _rows(
    connection: Connection, question: LiteralString, **given: str | list[str]
) -> list[tuple[object, ...]]:
    return cast("list[tuple[object, ...]]", connection.execute(question, given).fetchall())
