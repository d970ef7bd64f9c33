"""What an environment is, in full: catalog, every row, files, what belongs to a database's name.

Two pictures of the same target before and after a move that failed must be equal. It looks with
other eyes than the product: pg_dump's text, and every row as the server prints it.
"""

import subprocess
from dataclasses import dataclass
from hashlib import sha256

from psycopg import sql

from liftlock.environments import properties
from liftlock.environments.parts import Parts
from liftlock.environments.programs import client_program
from liftlock.environments.servers import Database
from liftlock.environments.trees import digest_tree
from postgres import Server

TABLES = """
SELECT n.nspname, c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'S')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
ORDER BY 1, 2
"""
LARGE_OBJECTS = (
    "SELECT oid::text, encode(sha256(lo_get(oid)), 'hex') FROM pg_largeobject_metadata ORDER BY 1"
)
OURS = "SELECT datname FROM pg_database WHERE datname ~ '^ll_' ORDER BY 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that a move could change in a target, comparable, and small when shown."""

    catalog: dict[str, str]
    rows: dict[str, list[str]]
    properties: dict[str, object]
    files: dict[str, str]


def picture(parts: Parts, server: Server) -> Picture:
    """Take the picture, as superuser: nothing is hidden from it."""
    return Picture(
        catalog={d.label: _catalog(d, server) for d in parts.databases},
        rows={key: rows for d in parts.databases for key, rows in _rows(d, server).items()},
        properties={d.label: properties.read(d) for d in parts.databases},
        files=digest_tree(parts.files),
    )


def left_over(parts: Parts, server: Server) -> list[str]:
    """Return, sorted, the databases and directories of ours that stand beside this target."""
    ends = tuple(sha256(d.name.encode()).hexdigest()[:6] for d in parts.databases)
    with server.superuser() as connection:
        databases = [str(row[0]) for row in connection.execute(OURS).fetchall()]
    directories = [p.name for p in parts.files.parent.iterdir() if p.name.startswith("ll_")]
    return sorted([*(name for name in databases if name.endswith(ends)), *directories])


def _catalog(database: Database, server: Server) -> str:
    program = client_program("pg_dump", major=server.major)
    dumped = subprocess.run(
        [program, "--schema-only", server.embedded.superuser_conninfo(database.name)],
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [line for line in dumped.stdout.splitlines() if "restrict" not in line]
    return "\n".join(line for line in lines if line and not line.startswith("--"))


def _rows(database: Database, server: Server) -> dict[str, list[str]]:
    with server.superuser(database.name) as connection:
        found = {
            f"{database.label}.{schema}.{table}": [
                str(row[0])
                for row in connection.execute(
                    sql.SQL("SELECT t::text FROM (SELECT * FROM {}) t ORDER BY 1").format(
                        sql.Identifier(schema, table)
                    )
                ).fetchall()
            ]
            for schema, table in connection.execute(TABLES).fetchall()
        }
        large = connection.execute(LARGE_OBJECTS).fetchall()
    return found | {f"{database.label}.large objects": [" ".join(row) for row in large]}
