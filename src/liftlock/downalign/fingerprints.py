"""A digest of what a database's schema means: the baseline that a validation covers.

It knows neither data nor statistics, sequence values or partitions of a parent, nor Liftlock's own
schema, nor what the operator lists by glob. It is the same after a dump and a restore.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from psycopg import Connection

from liftlock.domain.decisions import OWN_SCHEMA
from liftlock.downalign.catalogs import settled
from liftlock.downalign.ownership import Rename
from liftlock.downalign.pictures import Fact, digest, facts, picture
from liftlock.environments.servers import Database

NO_MEANING = frozenset({("relation", "populated")})
"""Facts about what is in a table, not about what it is."""


def schema_digest(database: Database, ignore: tuple[str, ...] = ()) -> str:
    """Return `sha256:` and 64 hexadecimal digits over the meaning of a database's schema.

    `ignore`: globs over `schema.name`, such as `archive.*`; what belongs to such a relation is left
    out with it.

    Raises: ServerUnreachable, StatementRefused.
    """
    with settled(database) as connection, connection.transaction():
        return digest_of(connection, ignore)


def digest_of(connection: Connection, ignore: Sequence[str] = (), rename: Rename = str) -> str:
    """Return the same of the database that a settled connection is in, roles renamed."""
    return digest(picture(facts(connection, rename), lambda fact: _counts(fact, ignore)))


def _counts(fact: Fact, ignore: Sequence[str]) -> bool:
    if fact.partition or (fact.kind, fact.aspect) in NO_MEANING:
        return False
    if fact.relation.partition(".")[0] == OWN_SCHEMA:
        return False
    return not any(fnmatchcase(fact.relation, glob) for glob in ignore)
