"""What a database says of itself: schema `liftlock`, made by us, owned by the application's role.

`migrations` and `install_commands` stand in each database that an installation may change, and are
written in the transaction of the change; `installed_modules` stands in the SystemDB.
"""

from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from liftlock.domain.modules import Digest, Installed, ModuleCode
from liftlock.domain.progress import Tell, last_word
from liftlock.environments.servers import Database, as_application, as_keeper

SCHEMA = "liftlock"

HAS_SCHEMA: LiteralString = """
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'liftlock'),
       has_database_privilege(current_database(), 'CREATE'), current_user
"""
MAKE_SCHEMA: LiteralString = "CREATE SCHEMA IF NOT EXISTS liftlock"
MAKE_SCHEMA_FOR: LiteralString = "CREATE SCHEMA IF NOT EXISTS liftlock AUTHORIZATION {role}"
MAKE_TABLES: LiteralString = """
CREATE TABLE IF NOT EXISTS liftlock.migrations (
    module text NOT NULL,
    name text NOT NULL,
    digest text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    applied_at timestamptz,
    PRIMARY KEY (module, name)
);
CREATE TABLE IF NOT EXISTS liftlock.install_commands (
    module text PRIMARY KEY,
    digest text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
)
"""
MAKE_INSTALLED: LiteralString = """
CREATE TABLE IF NOT EXISTS liftlock.installed_modules (
    code text PRIMARY KEY,
    version text NOT NULL,
    digest text NOT NULL,
    installed_at timestamptz NOT NULL
)
"""
TABLES: LiteralString = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'liftlock' AND c.relkind = 'r'
"""
MIGRATIONS: LiteralString = """
SELECT name, digest, applied_at IS NOT NULL AS finished
FROM liftlock.migrations WHERE module = %(module)s
"""
COMMANDS: LiteralString = """
SELECT module AS name, digest, finished_at IS NOT NULL AS finished
FROM liftlock.install_commands WHERE module = %(module)s
"""
UNFINISHED: LiteralString = """
SELECT module FROM liftlock.migrations WHERE applied_at IS NULL
UNION SELECT module FROM liftlock.install_commands WHERE finished_at IS NULL
ORDER BY module
"""
START_MIGRATION: LiteralString = """
INSERT INTO liftlock.migrations (module, name, digest) VALUES (%(module)s, %(name)s, %(digest)s)
ON CONFLICT DO NOTHING
"""
FINISH_MIGRATION: LiteralString = """
UPDATE liftlock.migrations SET applied_at = clock_timestamp()
WHERE module = %(module)s AND name = %(name)s
"""
START_COMMAND: LiteralString = """
INSERT INTO liftlock.install_commands (module, digest) VALUES (%(module)s, %(digest)s)
ON CONFLICT (module) DO UPDATE
SET digest = EXCLUDED.digest, started_at = EXCLUDED.started_at, finished_at = NULL
"""
FINISH_COMMAND: LiteralString = """
UPDATE liftlock.install_commands SET finished_at = clock_timestamp() WHERE module = %(module)s
"""
INSTALLED: LiteralString = """
SELECT code, version, digest FROM liftlock.installed_modules ORDER BY code
"""
RECORD_INSTALLED: LiteralString = """
INSERT INTO liftlock.installed_modules (code, version, digest, installed_at)
VALUES (%(code)s, %(version)s, %(digest)s, clock_timestamp())
ON CONFLICT (code) DO UPDATE
SET version = EXCLUDED.version, digest = EXCLUDED.digest, installed_at = EXCLUDED.installed_at
WHERE (installed_modules.version, installed_modules.digest) <> (EXCLUDED.version, EXCLUDED.digest)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A migration or an install command that a database has had, or at least seen the start of."""

    name: str
    digest: str
    finished: bool


def prepare(database: Database) -> None:
    """Make schema and tables where they are missing. May be repeated.

    The keeper makes the schema where the application's role may not; it belongs to that role.

    Raises: ServerUnreachable, StatementRefused.
    """
    with as_application(database) as connection:
        has, may, role = _before(connection)
        if not has and may:
            _ = connection.execute(MAKE_SCHEMA)
    if not has and not may:
        with as_keeper(database) as connection:
            statement = sql.SQL(MAKE_SCHEMA_FOR).format(role=sql.Identifier(role))
            _ = connection.execute(statement)
    with as_application(database) as connection:
        _ = connection.execute(MAKE_TABLES)


def _before(connection: psycopg.Connection) -> tuple[bool, bool, str]:
    has, may, role = connection.execute(HAS_SCHEMA).fetchone() or (False, False, "")
    return bool(has), bool(may), str(role)


def migrations(connection: psycopg.Connection, module: ModuleCode) -> dict[str, Mark]:
    """Return the migrations of a module that this database knows, by name."""
    return _marks(connection, "migrations", MIGRATIONS, module)


def command(connection: psycopg.Connection, module: ModuleCode) -> Mark | None:
    """Return the last run of a module's install command that this database knows."""
    return _marks(connection, "install_commands", COMMANDS, module).get(module)


def unfinished(connection: psycopg.Connection) -> tuple[str, ...]:
    """Return the modules of which something was begun in this database and not ended, sorted."""
    if not {"migrations", "install_commands"} <= tables(connection):
        return ()
    return tuple(str(row[0]) for row in connection.execute(UNFINISHED).fetchall())


def start_migration(connection: psycopg.Connection, module: ModuleCode, mark: Mark) -> bool:
    """Say that a migration begins; return false when somebody else has said so already.

    It waits for whoever is about to say so in an open transaction.
    """
    given = {"module": module, "name": mark.name, "digest": mark.digest}
    return connection.execute(START_MIGRATION, given).rowcount == 1


def finish_migration(connection: psycopg.Connection, module: ModuleCode, name: str) -> None:
    """Say that a migration was applied whole."""
    _ = connection.execute(FINISH_MIGRATION, {"module": module, "name": name})


def start_command(database: Database, module: ModuleCode, digest: Digest, tell: Tell) -> None:
    """Say that an install command begins. Raises what `tell` raises."""
    with as_application(database) as connection, connection.transaction():
        _ = connection.execute(START_COMMAND, {"module": module, "digest": digest})
        last_word(tell, f"{module} is about to install itself")


def finish_command(database: Database, module: ModuleCode, tell: Tell) -> None:
    """Say that an install command ended well. Raises what `tell` raises."""
    with as_application(database) as connection, connection.transaction():
        _ = connection.execute(FINISH_COMMAND, {"module": module})
        last_word(tell, f"{module} has installed itself")


def installed(connection: psycopg.Connection) -> tuple[Installed, ...]:
    """Return which modules the SystemDB says are installed, by code; nothing when it never said."""
    if "installed_modules" not in tables(connection):
        return ()
    with connection.cursor(row_factory=class_row(Installed)) as cursor:
        return tuple(cursor.execute(INSTALLED).fetchall())


def record_installed(systemdb: Database, module: Installed, tell: Tell) -> None:
    """Say in the SystemDB that a module is installed. May be repeated.

    Raises what `tell` raises.
    """
    given = {"code": module.code, "version": module.version, "digest": module.digest}
    with as_application(systemdb) as connection, connection.transaction():
        _ = connection.execute(MAKE_INSTALLED)
        _ = connection.execute(RECORD_INSTALLED, given)
        last_word(tell, f"{module.code} {module.version} is installed")


def tables(connection: psycopg.Connection) -> set[str]:
    """Return which of our tables this database has."""
    return {str(row[0]) for row in connection.execute(TABLES).fetchall()}


def _marks(
    connection: psycopg.Connection, table: str, query: LiteralString, module: ModuleCode
) -> dict[str, Mark]:
    if table not in tables(connection):
        return {}
    with connection.cursor(row_factory=class_row(Mark)) as cursor:
        return {mark.name: mark for mark in cursor.execute(query, {"module": module}).fetchall()}
