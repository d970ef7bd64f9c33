"""What stands beside live databases and directories at names of ours: looked at, never touched."""

from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString, cast

from liftlock.domain.belongings import Belonging, Beside
from liftlock.environments import names
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, at_maintenance, by_server

DATABASES: LiteralString = """
SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database ORDER BY datname
"""


def look(parts: Parts, installation: str) -> Beside:
    """Return everything of this installation beside these parts, and which of them are missing.

    Raises: ServerUnreachable.
    """
    found: list[Belonging] = []
    missing: list[str] = []
    for databases in by_server(parts.databases):
        there = _databases(databases[0])
        for database in databases:
            missing += [] if database.name in there else [database.name]
            found += _beside(there, database.name, installation)
    found += _directories(parts.files, installation)
    return Beside(belongings=tuple(found), missing=tuple(missing))


def _databases(database: Database) -> dict[str, str | None]:
    with at_maintenance(database) as connection:
        rows = connection.execute(DATABASES).fetchall()
    return {str(name): cast("str | None", comment) for name, comment in rows}


def _beside(there: dict[str, str | None], live: str, installation: str) -> Iterator[Belonging]:
    for name, comment in there.items():
        ours = names.parse(name)
        if ours and ours.installation == installation and names.is_beside(name, live):
            mark = names.parse_mark(comment)
            yield Belonging(
                name=name,
                is_directory=False,
                is_marked=mark is not None and mark.installation == installation,
                move=ours.move,
                part=ours.part,
                live=live,
            )


def _directories(files: Path, installation: str) -> Iterator[Belonging]:
    for path in sorted(files.parent.glob("ll_*")):
        ours = names.parse(path.name)
        if ours and ours.installation == installation and names.is_beside(path.name, files.name):
            yield Belonging(
                name=str(path),
                is_directory=True,
                is_marked=True,
                move=ours.move,
                part=ours.part,
                live=str(files),
            )
