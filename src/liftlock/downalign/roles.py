"""Roles of Production under the names that they have in the target.

An environment's application, its databases' owner and its keeper are roles of that environment:
what Production's own owns belongs to the target's in the copy. Every other role is meant by name,
and must exist on the target's server.
"""

from collections.abc import Iterable, Mapping
from typing import LiteralString

from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import scalar_row
from pydantic import SecretStr

from liftlock.domain.policies import Handling
from liftlock.downalign.alignments import Pair
from liftlock.environments.servers import at_maintenance

OWNER_OF_DATABASE: LiteralString = """
SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = %(name)s
"""
SUPERUSERS: LiteralString = "SELECT rolname::text FROM pg_roles WHERE rolsuper ORDER BY 1"
MISSING_ROLES: LiteralString = """
SELECT name FROM unnest(%(names)s::text[]) name
WHERE name <> 'public' AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) ORDER BY 1
"""
NOT_MEMBER_OF: LiteralString = """
SELECT rolname::text FROM pg_roles
WHERE rolname = ANY (%(names)s::text[]) AND NOT pg_has_role(rolname, 'MEMBER') ORDER BY 1
"""


def role_in(connection: SecretStr) -> str:
    """Return the role that a connection string names."""
    return str(conninfo_to_dict(connection.get_secret_value()).get("user") or "")


def owner_of(connection: Connection, database: str) -> str:
    """Return who owns a database of the connection's server; empty when there is none."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return str(cursor.execute(OWNER_OF_DATABASE, {"name": database}).fetchone() or "")


def renamed_roles(pair: Pair) -> Mapping[str, str]:
    """Return the roles of Production that have another name in the target.

    A superuser's objects belong to the owner of the target's database where the policy says so:
    `"owner:postgres" = "keep"`.

    Raises: ServerUnreachable.
    """
    with at_maintenance(pair.source) as source, at_maintenance(pair.target) as target:
        owner = owner_of(target, pair.target.name)
        names = {
            **{name: owner for name in _superusers(source) if is_given_away(pair, name)},
            role_in(pair.source.keeper): role_in(pair.target.keeper),
            owner_of(source, pair.source.name): owner,
            role_in(pair.source.application): role_in(pair.target.application),
        }
    return {there: here for there, here in names.items() if there and here}


def is_given_away(pair: Pair, superuser: str) -> bool:
    """Say whether the policy gives a superuser's objects to the owner of the target's database."""
    return pair.policy.catalog.get(f"owner:{superuser}") is Handling.KEEP


def missing_roles(connection: Connection, names: Iterable[str]) -> list[str]:
    """Return which of these roles the connection's server does not have."""
    return _names(connection, MISSING_ROLES, names)


def not_member_of(connection: Connection, names: Iterable[str]) -> list[str]:
    """Return which of these roles the connection's own role may not act as."""
    return _names(connection, NOT_MEMBER_OF, names)


def _superusers(connection: Connection) -> list[str]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return list(cursor.execute(SUPERUSERS).fetchall())


def _names(connection: Connection, question: LiteralString, names: Iterable[str]) -> list[str]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return list(cursor.execute(question, {"names": sorted(set(names))}).fetchall())
