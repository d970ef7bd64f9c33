"""The least rights that Liftlock's roles need: the statements that give them.

An operator runs them once, as superuser; `liftlock doctor --sql` prints them. Everything else that
Liftlock does runs as these roles. What is missing of them is told by `missing_rights`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from liftlock.domain.environments import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One server's share of an environment: the databases on it, and the roles that use them."""

    kind: Kind
    keeper: str
    application: str
    databases: tuple[str, ...]
    owners: tuple[str, ...]
    """Every role that owns a database or an object in one, or has settings in one; no superuser."""
    maintenance: str = "postgres"
    major: int
    """The server's major version."""


CREATE_ROLE: LiteralString = (
    "DO $$ BEGIN IF to_regrole({quoted}) IS NULL THEN CREATE ROLE {role}; END IF; END $$"
)
ALLOW_LOGIN: LiteralString = "ALTER ROLE {role} LOGIN NOSUPERUSER"
ALLOW_CREATING: LiteralString = "ALTER ROLE {role} CREATEDB INHERIT"
MAKE_MEMBER: LiteralString = "GRANT {group} TO {role}"
MAKE_MEMBER_16: LiteralString = "GRANT {group} TO {role} WITH INHERIT TRUE, SET TRUE"
ALLOW_CONNECTING: LiteralString = "GRANT CONNECT ON DATABASE {database} TO {role}"
READ_BEHIND_ROW_SECURITY: LiteralString = "ALTER ROLE {role} BYPASSRLS"
OPTIONS_SINCE = 16
"""The major version from which a membership, not the role, says what is inherited."""


def setup_statements(place: Place) -> list[str]:
    r"""Return what a superuser runs once on this server; all of it may be repeated.

    Passwords are not among it: set them with `\password` in psql, which never shows them to the
    server's log.
    """
    return [
        *_roles(place),
        *_memberships(place),
        *_connections(place),
        *(_reading(place) if place.kind is Kind.PRODUCTION else ()),
    ]


def membership(group: str, role: str, major: int) -> str:
    """Return the statement that lets `role` act as `group`."""
    statement = MAKE_MEMBER_16 if major >= OPTIONS_SINCE else MAKE_MEMBER
    return statement_text(statement, group=group, role=role)


def statement_text(statement: LiteralString, **names: str) -> str:
    """Return a statement as text, its names quoted as identifiers."""
    identifiers = {what: sql.Identifier(name) for what, name in names.items()}
    return sql.SQL(statement).format(**identifiers).as_string()


def _roles(place: Place) -> Iterable[str]:
    for role in dict.fromkeys((place.keeper, place.application)):
        quoted = sql.Literal(statement_text("{role}", role=role))
        yield sql.SQL(CREATE_ROLE).format(role=sql.Identifier(role), quoted=quoted).as_string()
        yield statement_text(ALLOW_LOGIN, role=role)
    yield statement_text(ALLOW_CREATING, role=place.keeper)


def _memberships(place: Place) -> Iterable[str]:
    for owner in dict.fromkeys((place.application, *place.owners)):
        if owner != place.keeper:
            yield membership(owner, place.keeper, place.major)
    yield membership("pg_signal_backend", place.keeper, place.major)


def _connections(place: Place) -> Iterable[str]:
    yield statement_text(ALLOW_CONNECTING, database=place.maintenance, role=place.keeper)
    for database in place.databases:
        for role in dict.fromkeys((place.keeper, place.application)):
            yield statement_text(ALLOW_CONNECTING, database=database, role=role)


def _reading(place: Place) -> Iterable[str]:
    """Production is what alignments read: its keeper is the reader, too."""
    yield membership("pg_read_all_data", place.keeper, place.major)
    yield statement_text(READ_BEHIND_ROW_SECURITY, role=place.keeper)
