"""Row security policies: read from one catalog, made again where roles have other names."""

from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import class_row

from liftlock.downalign.catalogs import ask
from liftlock.downalign.ownership import PUBLIC, Rename

COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}
CREATE: LiteralString = (
    "CREATE POLICY {name} ON {table} AS {kind} FOR {command} TO {roles}{using}{check}"
)
COMMENT: LiteralString = "COMMENT ON POLICY {name} ON {table} IS {comment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPolicy:
    """One policy of one table; names are quoted by the server."""

    table_identity: str
    name: str
    command: str
    permissive: bool
    roles: list[str]
    using_expression: str | None
    check_expression: str | None
    comment: str | None
    relation: str
    partition: bool


def read(connection: Connection) -> list[RowPolicy]:
    """Return the row security policies of the connection's database."""
    return ask(connection, "policies", class_row(RowPolicy))


def make(connection: Connection, policy: RowPolicy, rename: Rename) -> None:
    """Make a policy in the connection's database.

    Raises: psycopg.Error.
    """
    names = {"name": _written(policy.name), "table": _written(policy.table_identity)}
    statement = sql.SQL(CREATE).format(
        **names,
        kind=sql.SQL("PERMISSIVE" if policy.permissive else "RESTRICTIVE"),
        command=_written(COMMANDS[policy.command]),
        roles=sql.SQL(", ").join(_role(role, rename) for role in policy.roles),
        using=_clause(" USING (", policy.using_expression),
        check=_clause(" WITH CHECK (", policy.check_expression),
    )
    _ = connection.execute(statement)
    if policy.comment is not None:
        comment = sql.SQL(COMMENT).format(**names, comment=sql.Literal(policy.comment))
        _ = connection.execute(comment)


def _role(role: str, rename: Rename) -> sql.Composable:
    return sql.SQL("PUBLIC") if role == PUBLIC else sql.Identifier(rename(role))


def _clause(start: str, expression: str | None) -> sql.SQL:
    return _written("" if expression is None else f"{start}{expression})")


def _written(text: str) -> sql.SQL:
    """Return text that a server's catalog wrote, complete and quoted by it."""
    return sql.SQL(text)  # pyright: ignore[reportArgumentType]
