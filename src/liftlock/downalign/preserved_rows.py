"""Rows of the target that survive: read from it, written into the copy.

In the order of their foreign keys.
A preserver with a condition adds rows to Production's; one without keeps the whole table: what
Production has in it goes. Foreign keys stay on; triggers and rules that people made are off
meanwhile.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import Connection, sql
from psycopg.rows import class_row, scalar_row

from liftlock.downalign import touching
from liftlock.downalign.catalogs import ask
from liftlock.downalign.preserved_places import Kept, switched_off
from liftlock.errors import Conflict

SEARCH: LiteralString = "SET LOCAL search_path = {schema}, public"
STAGE: LiteralString = (
    "CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA"
)
UNSTAGE: LiteralString = "DROP TABLE {stage}"
OUT: LiteralString = "COPY (SELECT {columns} FROM {table}{where}) TO STDOUT"
IN: LiteralString = "COPY {stage} FROM STDIN"
INSERT: LiteralString = (
    "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {stage} s{rest}"
)
NOT_SAME_ROW: LiteralString = (
    " WHERE NOT EXISTS (SELECT FROM {table} t WHERE {keys} AND ROW({theirs})::text = "
    "ROW({ours})::text)"
)
DELETE: LiteralString = "DELETE FROM {table}"
DELETE_OTHERS: LiteralString = (
    "DELETE FROM {table} t WHERE NOT EXISTS (SELECT FROM {stage} s WHERE {keys})"
)
UPSERT: LiteralString = " ON CONFLICT ({key}) DO {action}"
COUNT: LiteralString = "SELECT count(*) FROM {table}"
MISSING: LiteralString = (
    "SELECT count(*) FROM {stage} s WHERE NOT EXISTS (SELECT FROM {table} t WHERE {keys})"
)
CHECK_NOW: LiteralString = "SET CONSTRAINTS ALL IMMEDIATE"
COUNT_ON: LiteralString = """
SELECT setval(%(sequence)s::regclass, highest)
FROM (SELECT max({column})::bigint AS highest FROM {table}) m
WHERE highest > (SELECT last_value FROM {sequence})
"""
FOLLOWERS: LiteralString = """
SELECT k.conname::text FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.confrelid = %(table)s::regclass AND k.confdeltype IN ('c', 'n', 'd')
  AND n.nspname || '.' || c.relname <> ALL (%(whole)s::text[])
LIMIT 1
"""


class PreservedRowClashes(Conflict):
    """A preserved row has a key that a row of Production has, too."""

    code = "preserver.clash"
    sentence = (
        "Preserved rows of {table} in {label} have a key that rows of Production have, too: "
        "{key} ({columns}). "
        "Give the preserved rows other keys, or narrow the preserver's condition."
    )


class PreservedTableReferenced(Conflict):
    """Keeping a whole table would take rows away, and those of others silently with them."""

    code = "preserver.referenced"
    sentence = (
        "Table {table} of {label} cannot be kept whole: rows of other tables would follow "
        "Production's "
        "by {constraint}. Preserve rows of it by a condition."
    )


class PreservedRowsLost(Conflict):
    """What should have survived is not in the copy."""

    code = "preserver.rows_lost"
    sentence = (
        "{count} preserved rows of {table} in {label} are not in the copy any more. "
        "Look at the scripts that run after preserving."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sequence:
    schema: str
    name: str
    column_name: str


def keep(all_kept: Sequence[Kept], live: Connection, copy: Connection) -> Mapping[str, int]:
    """Bring the rows of all preservers of a database over; return how many by table.

    Inside one open transaction on each side: the copy's, and one moment of the live target.

    Raises: PreservedRowClashes, PreservedTableReferenced, psycopg.Error.
    """
    counts: dict[str, int] = {}
    keys = {k.copy.full_name: _keys_of(copy, k) for k in all_kept}
    with switched_off(copy, keys.keys()):
        for kept in all_kept:
            name = kept.copy.full_name
            counts[name] = counts.get(name, 0) + _stage(kept, kept.columns, live, copy)
        _make_room(all_kept, copy)
        for kept in all_kept:
            try:
                _write(kept, copy)
                _ = copy.execute(CHECK_NOW)
            except (psycopg.errors.UniqueViolation, psycopg.errors.ExclusionViolation) as error:
                name = error.diag.constraint_name or "a key"
                raise PreservedRowClashes(
                    table=kept.copy.full_name,
                    label=kept.label,
                    key=name,
                    columns=keys[kept.copy.full_name].get(name, "its columns"),
                ) from None
    for kept in all_kept:
        _ = copy.execute(sql.SQL(UNSTAGE).format(stage=kept.stage))
        _count_on(kept, copy)
    return counts


def figures(all_kept: Sequence[Kept], live: Connection) -> Mapping[str, str]:
    """Return what tells whether the preserved tables change in the live target."""
    return {k.live.full_name: touching.figure(live, k.live.rows) for k in all_kept}


def require_present(kept: Kept, live: Connection, copy: Connection) -> None:
    """Look whether the preserved rows are in the copy, inside open transactions on both sides.

    Raises: PreservedRowsLost, psycopg.Error.
    """
    expected = _stage(kept, kept.key or kept.columns, live, copy)
    if kept.key:
        keys = _keys(kept.key)
        lost = _number(copy, MISSING, stage=kept.stage, table=kept.copy.named, keys=keys)
    else:
        lost = max(0, expected - _number(copy, COUNT, table=kept.copy.rows))
    _ = copy.execute(sql.SQL(UNSTAGE).format(stage=kept.stage))
    if lost:
        raise PreservedRowsLost(count=lost, table=kept.copy.full_name, label=kept.label)


def _stage(kept: Kept, columns: Sequence[str], live: Connection, copy: Connection) -> int:
    listed = _names(columns)
    statement = sql.SQL(STAGE).format(stage=kept.stage, columns=listed, table=kept.copy.named)
    _ = copy.execute(statement)
    condition = kept.preserver.rows
    where = sql.SQL("") if condition is None else _written(f" WHERE ({condition}\n)")
    _ = live.execute(sql.SQL(SEARCH).format(schema=sql.Identifier(kept.live.schema)))
    outward = sql.SQL(OUT).format(columns=listed, table=kept.live.rows, where=where)
    inward = sql.SQL(IN).format(stage=kept.stage)
    with live.cursor() as reader, copy.cursor() as writer:
        with reader.copy(outward) as read, writer.copy(inward) as write:
            for block in read:
                write.write(block)
        return writer.rowcount


def _make_room(all_kept: Sequence[Kept], copy: Connection) -> None:
    """Take Production's rows out of tables that are kept whole, those who refer to others first."""
    whole = [kept for kept in all_kept if kept.whole]
    names = [kept.copy.full_name for kept in whole]
    for kept in reversed(whole):
        if not kept.copy.referenced:
            _ = copy.execute(sql.SQL(DELETE).format(table=kept.copy.rows))
        elif kept.key:
            _delete_others(kept, copy, names)
        else:
            raise PreservedTableReferenced(
                table=kept.copy.full_name, label=kept.label, constraint="a foreign key"
            )


def _delete_others(kept: Kept, copy: Connection, whole: Sequence[str]) -> None:
    given = {"table": kept.copy.named.as_string(copy), "whole": list(whole)}
    with copy.cursor(row_factory=scalar_row) as cursor:
        follower = cursor.execute(FOLLOWERS, given).fetchone()
    statement = sql.SQL(DELETE_OTHERS).format(
        table=kept.copy.named, stage=kept.stage, keys=_keys(kept.key)
    )
    if copy.execute(statement).rowcount and follower is not None:
        raise PreservedTableReferenced(
            table=kept.copy.full_name, label=kept.label, constraint=str(follower)
        )


def _write(kept: Kept, copy: Connection) -> None:
    rest: sql.Composable = sql.SQL("")
    if kept.whole and kept.copy.referenced:
        rest = _overwriting(kept)
    elif not kept.whole and kept.key:
        # A row that Production has, alike in every column, is there already.
        rest = sql.SQL(NOT_SAME_ROW).format(
            table=kept.copy.named,
            keys=_keys(kept.key),
            theirs=_names(kept.columns, "t"),
            ours=_names(kept.columns, "s"),
        )
    statement = sql.SQL(INSERT).format(
        table=kept.copy.named, columns=_names(kept.columns), stage=kept.stage, rest=rest
    )
    _ = copy.execute(statement)


def _overwriting(kept: Kept) -> sql.Composed:
    others = [c for c in kept.columns if c not in kept.key]
    pairs = (sql.SQL("{c} = EXCLUDED.{c}").format(c=sql.Identifier(c)) for c in others)
    update = sql.SQL("UPDATE SET ") + sql.SQL(", ").join(pairs)
    action = update if others else sql.SQL("NOTHING")
    return sql.SQL(UPSERT).format(key=_names(kept.key), action=action)


def _count_on(kept: Kept, copy: Connection) -> None:
    """Let sequences go on above the preserved rows, else the next row would clash with one."""
    table = {"table": kept.copy.full_name}
    for sequence in ask(copy, "preserved_sequences", class_row(_Sequence), table):
        name = sql.Identifier(sequence.schema, sequence.name)
        statement = sql.SQL(COUNT_ON).format(
            column=sql.Identifier(sequence.column_name), table=kept.copy.named, sequence=name
        )
        _ = copy.execute(statement, {"sequence": name.as_string(copy)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    name: str
    columns: str


def _keys_of(copy: Connection, kept: Kept) -> Mapping[str, str]:
    table = {"table": kept.copy.full_name}
    return {k.name: k.columns for k in ask(copy, "index_columns", class_row(_Key), table)}


def _number(copy: Connection, statement: LiteralString, **parts: sql.Composable) -> int:
    with copy.cursor(row_factory=scalar_row) as cursor:
        return int(cursor.execute(sql.SQL(statement).format(**parts)).fetchone() or 0)


def _keys(key: Sequence[str]) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("t.{c} = s.{c}").format(c=sql.Identifier(column)) for column in key
    )


def _names(columns: Iterable[str], of: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(c) if of is None else sql.Identifier(of, c) for c in columns
    )


def _written(text: str) -> sql.SQL:
    """Return a condition that the policy's author wrote."""
    return sql.SQL(text)  # pyright: ignore[reportArgumentType]
