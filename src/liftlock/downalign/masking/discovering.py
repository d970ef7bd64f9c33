"""A first policy for a database that has none: proposals for a person to read and change."""

from collections.abc import Iterable, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from liftlock.domain.decisions import FILES, OWN_SCHEMA, Handling, Policy, TablePolicy
from liftlock.domain.masking_proposals import propose, propose_for_path
from liftlock.domain.schemas import Table
from liftlock.downalign import tables

_HAS_LARGE_OBJECTS = "SELECT EXISTS (SELECT FROM pg_largeobject_metadata)"


def discover(connection: Connection[TupleRow], repository: str) -> Policy:
    """Return a policy that decides all of the connection's database.

    Drafted from names, types, references and comments; values are not read. Raises: psycopg.Error.
    """
    found = tables.read(connection)
    return draft(repository, found, large_objects=has_large_objects(connection))


def draft(repository: str, found: Sequence[Table], *, large_objects: bool) -> Policy:
    """Return a policy that decides every column of these tables as proposed."""
    decided: dict[str, TablePolicy] = {}
    for table in sorted(found, key=lambda t: t.full_name):
        if table.schema == OWN_SCHEMA:
            continue  # Liftlock's own tables travel as they are
        columns = {
            column.name: propose(column, found).decision
            for column in table.columns
            if not column.generated
        }
        _ = decided.setdefault(table.parent or table.full_name, TablePolicy(columns=columns))
    return Policy(
        repository=repository,
        tables=decided,
        large_objects=Handling.PLACEHOLDER if large_objects else None,
    )


def draft_files(paths: Iterable[str]) -> Policy:
    """Return a policy that decides these paths of a files configuration, as proposed."""
    proposed = dict.fromkeys(propose_for_path(path).decision for path in paths)
    return Policy(repository=FILES, paths=tuple(proposed))


def has_large_objects(connection: Connection[TupleRow]) -> bool:
    """Say whether the connection's database has large objects. Raises: psycopg.Error."""
    row = connection.execute(_HAS_LARGE_OBJECTS).fetchone()
    return row is not None and bool(row[0])
