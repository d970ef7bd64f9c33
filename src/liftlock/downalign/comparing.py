"""Compares a copy with what the snapshot held: schema, rows, sequences, large objects."""

from collections.abc import Collection, Iterator, Mapping

from psycopg import Connection

from liftlock.domain.progress import Progress, Tell
from liftlock.downalign import (
    large_objects,
    pictures,
    respelling,
    sequences,
    streaming,
    tables,
)
from liftlock.downalign.filled import Filled
from liftlock.downalign.leaving import comparable
from liftlock.downalign.watching import watched
from liftlock.environments.servers import Database


def schema_differences(copy: Connection, filled: Filled, source: Database) -> tuple[str, ...]:
    """Return the objects that are missing, not expected, or mean something else; by name.

    Between two major versions a text may differ and mean the same: then the source's text is read
    by the copy's own server, and compared once more.

    Raises: ServerUnreachable, psycopg.Error.
    """
    wanted = comparable(None, same_major=filled.same_major)
    with copy.transaction():
        found = pictures.facts(copy)
    differing = pictures.differences(filled.picture, pictures.picture(found, wanted))
    if filled.same_major or not differing:
        return differing
    return respelling.without_same_meaning(differing, copy, found, source)


def row_differences(
    copy: Connection, filled: Filled, tell: Tell, changed: Collection[str] = ()
) -> Iterator[str]:
    """Yield the tables with another number of rows than the snapshot; `changed` ones aside.

    Raises: psycopg.Error, what `tell` raises.
    """
    for table in tables.read(copy):
        name = table.full_name
        if name in changed:
            continue
        found = watched(
            lambda table=table: streaming.count(copy, table),
            tell=tell,
            progress=lambda name=name: Progress(said=f"counting {name}"),
            connections=(copy,),
        )
        if found != filled.rows.get(name):
            yield (
                f"table {name}: {filled.rows.get(name, 0)} rows in the snapshot, {found} in the "
                "copy"
            )


def sequence_differences(copy: Connection, expected: Mapping[str, str]) -> Iterator[str]:
    """Yield the sequences that go on elsewhere. Raises: psycopg.Error."""
    found = sequences.values(copy)
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            yield f"sequence {name} goes on elsewhere"


def large_object_differences(copy: Connection, filled: Filled, tell: Tell) -> Iterator[str]:
    """Yield whether large objects differ in number, content, owner or grants.

    Raises: psycopg.Error, what `tell` raises.
    """
    found = watched(
        lambda: large_objects.found_in(copy),
        tell=tell,
        progress=lambda: Progress(said="comparing large objects"),
        connections=(copy,),
    )
    if found.count != filled.large_objects:
        yield f"large objects: {filled.large_objects} expected, {found.count} in the copy"
    elif found.digest != filled.large_objects_digest:
        yield "large objects differ in content, owner or grants"
