"""Rows whose mask is their own original, found by their key."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow
from psycopg.sql import Composable

from liftlock.domain.decisions import ColumnDecision, Policy
from liftlock.domain.masking_rules import DAYS, RULES
from liftlock.domain.progress import Progress, Tell
from liftlock.domain.schemas import Column, Table
from liftlock.downalign.masking.chunks import chunks_of
from liftlock.downalign.masking.compiling import masked_rows
from liftlock.downalign.masking.expressions import format_, joined
from liftlock.downalign.masking.fingerprinting import digest_of, read_digests
from liftlock.downalign.masking.originals import masked_columns

_KEY: LiteralString = """
SELECT ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) AS k (attnum)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum)
FROM pg_index i WHERE i.indrelid = ({quoted})::regclass AND i.indisprimary
"""
_ROWS_A_SET = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOriginals:
    """How many rows of a column have their own original."""

    table: str
    column: str
    rows: int


def find(
    source: Connection[TupleRow],
    copy: Connection[TupleRow],
    policy: Policy,
    tables: Sequence[Table],
    tell: Tell,
) -> Iterator[OwnOriginals]:
    """Yield each column in which rows have their own original.

    Tables without a primary key are passed over.

    Raises: psycopg.Error, what `tell` raises.
    """
    for table in tables:
        columns = [c for t, c in masked_columns(policy, [table]) if _comparable(policy, t, c)]
        key = _key_of(source, table)
        if columns and key:
            tell(Progress(said=f"comparing masks with originals in {table.full_name}"))
            masked = _masked_key(policy, table, key)
            originals = _digests(source, table, columns, key=key, masked=masked, tell=tell)
            masks = _digests(copy, table, columns, key=key, masked={}, tell=tell)
            for column in columns:
                rows = _common(originals[column.name], masks[column.name])
                if rows:
                    name = table.parent or table.full_name
                    yield OwnOriginals(table=name, column=column.name, rows=rows)


def _comparable(policy: Policy, table: Table, column: Column) -> bool:
    # A constant is the same for all: that somebody has it tells nothing. Nothing is no value.
    decision = policy.decision(table, column)
    return decision is not None and decision.rule not in {None, "null", "constant"}


def _key_of(source: Connection[TupleRow], table: Table) -> tuple[Column, ...]:
    quoted = sql.Identifier(table.schema, table.name).as_string(source)
    row = source.execute(format_(_KEY, quoted=quoted)).fetchone()
    names = row[0] if row else ()
    return tuple(column for column in table.columns if column.name in names)


def _masked_key(policy: Policy, table: Table, key: tuple[Column, ...]) -> dict[str, ColumnDecision]:
    decided = {column.name: policy.decision(table, column) for column in key}
    return {name: d for name, d in decided.items() if d is not None and d.rule in RULES}


def _digests(
    connection: Connection[TupleRow],
    table: Table,
    columns: Sequence[Column],
    *,
    key: tuple[Column, ...],
    masked: dict[str, ColumnDecision],
    tell: Tell,
) -> "dict[str, array[int]]":
    found = {column.name: array("Q") for column in columns}
    for chunk in chunks_of(connection, table):
        tell(Progress(said=f"comparing masks with originals in {table.full_name}"))

        def pick(mapped: dict[str, Composable]) -> Composable:
            names = joined(*_separated([mapped[column.name] for column in key]))
            return sql.SQL(", ").join(_joined_digests(names, column) for column in columns)

        statement = masked_rows(table, masked, pick, chunk)
        row = connection.execute(statement, binary=True).fetchone()
        for column, digests in zip(columns, row or (), strict=False):
            found[column.name].extend(read_digests(digests))
    return found


def _separated(parts: list[Composable]) -> Iterator[Composable]:
    for part in parts:
        yield format_("({part})::text || chr(1)", part=part)


def _joined_digests(key: Composable, column: Column) -> Composable:
    raw = sql.Identifier("r", column.name)
    value = format_("nullif({raw}::text, '')", raw=raw)
    if column.base_type in DAYS:
        value = format_("CASE WHEN isfinite({raw}) THEN {raw}::text END", raw=raw)
    bytes_ = format_("convert_to({key} || {value}, 'UTF8')", key=key, value=value)
    return format_("string_agg({digest}, '')", digest=digest_of(bytes_))


def _common(originals: "array[int]", masks: "array[int]") -> int:
    """Count what is in both, with sets of a bounded size."""
    shares = len(originals) // _ROWS_A_SET + 1
    return sum(
        len({d for d in originals if d % shares == share}.intersection(masks))
        for share in range(shares)
    )
