"""Alignments between two real servers, with roles of least rights, for tests."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import pytest
from psycopg import sql
from pydantic import SecretStr

from liftlock.domain.environments import DataPolicy, Kind
from liftlock.domain.moves import Scope
from liftlock.domain.policies import Policy
from liftlock.domain.progress import Progress
from liftlock.downalign.alignments import Alignment
from liftlock.environments import missing_rights, names, rights
from liftlock.environments.names import OwnerMark
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database
from postgres import MakeParts, Server
from rich_schema import RICH, ROWS

KEY = SecretStr("00" * 31 + "2a")
EVERYTHING = Scope(systemdb_and_files=True, data=True)


def quiet(progress: Progress, /) -> None:
    """Hear nothing, stop nothing."""
    del progress


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Production and a target, each on its own server, and how to write to them past all rights."""

    source_server: Server
    target_server: Server
    source: Parts
    target: Parts
    roles: Mapping[str, str]

    def on_source(self, script: str, label: str | None = None) -> None:
        """Run a script in Production as superuser."""
        run(self.source_server, _database(self.source, label), script)

    def on_target(self, script: str, label: str | None = None) -> None:
        """Run a script in the live target as superuser."""
        run(self.target_server, _database(self.target, label), script)

    def on_copy(self, alignment: Alignment, script: str, label: str | None = None) -> None:
        """Run a script in the copy as superuser."""
        run(self.target_server, _database(alignment.copy, label), script)

    def give_rights(self) -> None:
        """Run what `doctor --sql` prints, for what is there by now."""
        for server, parts in ((self.source_server, self.source), (self.target_server, self.target)):
            for place in missing_rights.places(parts):
                server.run_as_superuser(*rights.setup_statements(place))

    def alignment(
        self,
        *policies: Policy,
        data_policy: DataPolicy = DataPolicy.REPLICA,
        scope: Scope = EVERYTHING,
        attempt: int = 1,
    ) -> Alignment:
        """Return an alignment of the target to Production."""
        mark = OwnerMark(installation="t1", move=7, attempt=attempt)
        copy = names.copy_parts(self.target.within(scope), "t1", 7, attempt)
        return Alignment(
            source=self.source,
            target=self.target,
            copy=copy,
            data_policy=data_policy,
            scope=scope,
            policies={policy.repository: policy for policy in policies},
            key=KEY,
            mark=mark,
        )


class MakeWorld(Protocol):
    """Makes Production and a target; the last label's database in Production gets the script."""

    def __call__(
        self,
        source_server: Server,
        target_server: Server,
        *,
        script: str = RICH + ROWS,
        labels: tuple[str, ...] = ("systemdb", "data"),
        kind: Kind = Kind.STAGING,
    ) -> World: ...


@pytest.fixture
def make_world(make_parts: MakeParts) -> MakeWorld:
    return world_maker(make_parts)


def world_maker(make_parts: MakeParts) -> MakeWorld:
    """Return what makes worlds of these parts, with roles that both servers have."""

    def make(
        source_server: Server,
        target_server: Server,
        *,
        script: str = RICH + ROWS,
        labels: tuple[str, ...] = ("systemdb", "data"),
        kind: Kind = Kind.STAGING,
    ) -> World:
        source = make_parts(source_server, Kind.PRODUCTION, labels)
        target = make_parts(target_server, kind, labels)
        token = secrets.token_hex(3)
        shared = {what: f"{what}_{token}" for what in ("other", "reader")}
        for server in {id(s): s for s in (source_server, target_server)}.values():
            for role in shared.values():
                server.run_as_superuser(f"CREATE ROLE {role}")
        owner = missing_rights.places(source)[0].application
        world = World(
            source_server=source_server,
            target_server=target_server,
            source=source,
            target=target,
            roles={**shared, "owner": owner},
        )
        world.on_source(script.format(**world.roles), label=labels[-1])
        keeper = missing_rights.places(target)[0].keeper
        for role in (*shared.values(), "pg_read_all_data"):
            target_server.run_as_superuser(rights.membership(role, keeper, target_server.major))
        world.give_rights()
        return world

    return make


def _database(parts: Parts, label: str | None) -> Database:
    return parts.databases[-1] if label is None else parts.database(label)


def run(server: Server, database: Database, script: str) -> None:
    """Run a script as superuser."""
    with server.superuser(database.name) as connection:
        _ = connection.execute(script.encode())


def rows(server: Server, database: Database, query: str) -> list[tuple[object, ...]]:
    """Return what a query of a superuser finds."""
    with server.superuser(database.name) as connection:
        return connection.execute(sql.SQL(query)).fetchall()  # pyright: ignore[reportArgumentType]
