"""Fills one copy's database: schema, rows, what follows from rows, owners and grants."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import class_row
from pydantic import SecretStr

from liftlock.domain.environments import DataPolicy
from liftlock.domain.policies import TableCopy
from liftlock.domain.progress import Progress, Tell
from liftlock.downalign import (
    archives,
    distinct,
    large_objects,
    ownership,
    pictures,
    row_security,
    sequences,
    statistics,
    streaming,
    touching,
)
from liftlock.downalign.catalogs import ask, settled
from liftlock.downalign.filled import Filled
from liftlock.downalign.leaving import comparable
from liftlock.downalign.masking.compiling import prepare
from liftlock.downalign.ownership import Rename
from liftlock.downalign.planning import PlannedDatabase
from liftlock.downalign.roles import renamed_roles
from liftlock.downalign.snapshots import Snapshot
from liftlock.downalign.streaming import Ends
from liftlock.downalign.watching import watched

REFRESH: LiteralString = "REFRESH MATERIALIZED VIEW {view}"
HAS_PUBLIC: LiteralString = "SELECT FROM pg_namespace WHERE nspname = 'public'"
DROP_PUBLIC: LiteralString = "DROP SCHEMA IF EXISTS public"


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    schema: str
    name: str
    full_name: str
    reads: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filling:
    """What the parts of this module hand to each other."""

    planned: PlannedDatabase
    snapshot: Snapshot
    copy: Connection
    key: SecretStr
    tell: Tell
    rename: Rename

    @property
    def source(self) -> Connection:
        return self.snapshot.connection

    @property
    def label(self) -> str:
        return self.planned.pair.label

    def majors(self) -> tuple[int, int]:
        return self.source.info.server_version // 10000, self.copy.info.server_version // 10000


def fill(planned: PlannedDatabase, snapshot: Snapshot, key: SecretStr, tell: Tell) -> Filled:
    """Fill the copy's database, which is new and empty.

    Raises: SchemaNotDumped, SchemaNotRestored, RowsDiffer, ServerUnreachable, StatementRefused,
    what `tell` raises.
    """
    roles = renamed_roles(planned.pair)
    with settled(planned.pair.copy) as copy:
        filling = _Filling(
            planned=planned,
            snapshot=snapshot,
            copy=copy,
            key=key,
            tell=tell,
            rename=lambda role: roles.get(role, role),
        )
        rows = _restore_around_rows(filling)
        return _finish(filling, rows)


def _restore_around_rows(filling: _Filling) -> Mapping[str, int]:
    planned, tell = filling.planned, filling.tell
    if filling.source.execute(HAS_PUBLIC).fetchone() is None:
        _ = filling.copy.execute(DROP_PUBLIC)
    with archives.dumped(
        planned.pair.source,
        filling.snapshot.name,
        major=filling.majors()[1],
        without_tables=planned.left_out.relation_names,
        wanted=lambda entry: not planned.left_out.has_entry(entry),
        tell=tell,
    ) as archive:
        archives.restore(archive, "pre-data", planned.pair.copy, tell)
        rows = _copy_tables(filling)
        _refresh(filling)
        _make_policies(filling)
        archives.restore(archive, "post-data", planned.pair.copy, tell)
    return rows


def _copy_tables(filling: _Filling) -> Mapping[str, int]:
    pair = filling.planned.pair
    if pair.data_policy is DataPolicy.ANONYMIZED:
        prepare(filling.source, filling.key)
    ends = Ends(
        source=pair.source,
        reader=filling.source,
        copy=pair.copy,
        writer=filling.copy,
        tell=filling.tell,
        encoding=streaming.encoding_of(filling.source),
    )
    rows: dict[str, int] = {}
    for table in filling.planned.tables:
        name = table.table.full_name
        if table.select is not None:
            said = f"copying {name} of {pair.label}"
            rows[name] = streaming.copy_rows(ends, table.table, table.select, said)
        elif table.copy is TableCopy.EMPTY:
            rows[name] = 0
    return rows


def _refresh(filling: _Filling) -> None:
    """Fill the materialised views that are filled in the source, each after those that it reads."""
    views = ask(filling.source, "materialized_views", class_row(_View))
    done: set[str] = set()
    while waiting := [v for v in views if v.full_name not in done]:
        ready = [v for v in waiting if done.issuperset(v.reads)] or waiting
        for view in ready:
            statement = sql.SQL(REFRESH).format(view=sql.Identifier(view.schema, view.name))
            _watched(filling, statement, f"refreshing {view.full_name} of {filling.label}")
            done.add(view.full_name)


def _make_policies(filling: _Filling) -> None:
    gone = filling.planned.left_out.relations
    with filling.copy.transaction():
        for policy in row_security.read(filling.source):
            if policy.relation not in gone:
                row_security.make(filling.copy, policy, filling.rename)


def _finish(filling: _Filling, rows: Mapping[str, int]) -> Filled:
    planned, source, copy = filling.planned, filling.source, filling.copy
    objects = watched(
        lambda: large_objects.copy(source, copy, planned.large_objects, filling.rename),
        tell=filling.tell,
        progress=lambda: Progress(said=f"copying large objects of {filling.label}"),
        connections=(source, copy),
    )
    values = sequences.copy(source, copy, planned.left_out.relations)
    _give(filling)
    statistics.rebuild(copy, filling.tell)
    source_major, copy_major = filling.majors()
    same_major = source_major == copy_major
    wanted = comparable(planned.left_out, same_major=same_major)
    return Filled(
        rows=rows,
        sequences=values,
        large_objects=objects.count,
        large_objects_digest=objects.digest,
        distinct=distinct.in_snapshot(source, planned, filling.tell),
        figures=touching.figures(copy, filling.tell),
        picture=pictures.picture(pictures.facts(source, filling.rename), wanted),
        same_major=same_major,
    )


def _give(filling: _Filling) -> None:
    wanted = filling.planned.left_out.rest_of(ownership.read(filling.source))
    ownership.give(filling.copy, wanted, filling.rename)


def _watched(filling: _Filling, statement: sql.Composed, said: str) -> None:
    _ = watched(
        lambda: filling.copy.execute(statement),
        tell=filling.tell,
        progress=lambda: Progress(said=said),
        connections=(filling.copy,),
    )
