"""Compiles a policy into one SELECT per table: values are masked before they travel.

The SELECT stands inside the source's `COPY (…) TO STDOUT`. It uses built-in functions alone, makes
no object, and runs on a hot standby. Columns that are derived from the same value in the same
domain share one keyed hash; the subselect is fenced by OFFSET 0, else the planner would copy the
hash into each expression that uses it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.sql import Composable, Composed
from pydantic import SecretStr

from liftlock.domain import masking_rules as facts
from liftlock.domain.decisions import ColumnDecision, Handling, Policy
from liftlock.domain.environments import DataPolicy
from liftlock.domain.policy_coverage import UndecidedColumn, column_length
from liftlock.domain.schemas import Column, Table
from liftlock.downalign.masking.expressions import KEY_SETTING, folded, format_, keyed_hash
from liftlock.downalign.masking.rules import COMPILE, LISTS_ALIAS, Value, array_of, day_of, lists_of
from liftlock.errors import Invalid

_KEY = re.compile(r"[0-9a-fA-F]{64}")
# One hash a row and domain: OFFSET 0 keeps the planner from taking the subselect apart.
_SELECT: LiteralString = "SELECT {columns} FROM {rows} AS r{lists}"
_LISTS: LiteralString = " CROSS JOIN (SELECT {arrays} OFFSET 0) AS {alias}"
_ROWS: LiteralString = "(SELECT {columns} FROM ONLY {table} AS r{where} OFFSET 0)"
_SET_KEY: LiteralString = "SELECT set_config({setting}, %(key)s, false) IS NOT NULL"


class UnusableKey(Invalid):
    """A masking key is not what `policy rotate-key` makes."""

    code = "masking.unusable_key"
    sentence = (
        "The organisation's masking key is not 32 bytes in hexadecimal;"
        " make one with policy rotate-key."
    )


def prepare(connection: psycopg.Connection, key: SecretStr) -> None:
    """Give a session of the source the masking key; no statement's text ever holds it.

    Raises: UnusableKey.
    """
    digits = key.get_secret_value()
    if not _KEY.fullmatch(digits):
        raise UnusableKey
    statement = sql.SQL(_SET_KEY).format(setting=sql.Literal(KEY_SETTING))
    _ = psycopg.Cursor(connection).execute(statement, {"key": digits})


def copied_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns that travel, in order: all but those that the target computes."""
    return tuple(column for column in table.columns if not column.generated)


def select_statement(
    table: Table, policy: Policy, data_policy: DataPolicy, where: Composable | None = None
) -> Composed:
    """Return the SELECT of a table's `copied_columns`, masked as decided.

    `where` (an expression over `ctid`, say) limits the rows. For a replica nothing is masked. A
    session needs `prepare` first. The policy must have passed `policy_coverage.refusals`.

    Raises: UndecidedColumn.
    """
    masked = _masked(table, policy) if data_policy is DataPolicy.ANONYMIZED else {}
    return masked_select(table, masked, where)


def masked_select(
    table: Table, masked: Mapping[str, ColumnDecision], where: Composable | None = None
) -> Composed:
    """Return the SELECT of a table's copied columns with the named ones masked."""
    return masked_rows(table, masked, lambda mapped: sql.SQL(", ").join(mapped.values()), where)


def masked_rows(
    table: Table,
    masked: Mapping[str, ColumnDecision],
    pick: Callable[[dict[str, Composable]], Composable],
    where: Composable | None = None,
) -> Composed:
    """Return a SELECT over a table's rows `r`.

    `pick` makes its list from each copied column's expression.
    """
    columns = copied_columns(table)
    hashes = _hashes(table, masked)
    mapped = {c.name: expression(c, masked.get(c.name), hashes) for c in columns}
    rows = _rows(table, columns, hashes, where)
    return format_(_SELECT, columns=pick(mapped), rows=rows, lists=_lists(masked))


def _lists(masked: Mapping[str, ColumnDecision]) -> Composable:
    names = lists_of(decision.rule for decision in masked.values())
    if not names:
        return sql.SQL("")
    arrays = sql.SQL(", ").join(map(array_of, names))
    return format_(_LISTS, arrays=arrays, alias=sql.Identifier(LISTS_ALIAS))


def expression(column: Column, decision: ColumnDecision | None, hashes: "Hashes") -> Composable:
    """Return the expression of one column over the rows `r`: itself, or its mask."""
    name = sql.Identifier("r", column.name)
    if decision is None or decision.rule is None:
        return name
    value = Value(
        column=column,
        options=decision.options,
        raw=name,
        hash=hashes.name_for(column, decision),
        length=column_length(column),
    )
    return COMPILE[decision.rule](value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """The keyed hashes of a row, each computed once: by domain, seed column and folding."""

    expressions: Mapping[tuple[str, str, bool], Composable]

    def name_for(self, column: Column, decision: ColumnDecision) -> Composable:
        """Return the name of the hash that a mask is made of; NULL for a rule without one."""
        key = hash_key(column, decision)
        if key is None:
            return sql.SQL("NULL")
        return sql.Identifier("r", self.alias(key))

    def alias(self, key: tuple[str, str, bool]) -> str:
        """Return the name under which the subselect computes a hash."""
        return f"liftlock hash {list(self.expressions).index(key)}"


def hash_key(column: Column, decision: ColumnDecision) -> tuple[str, str, bool] | None:
    """Return domain, seed column and folding of a decision's hash; None for a rule without one."""
    rule = facts.RULES[decision.rule or ""]
    if not rule.hashed:
        return None
    domain = str(decision.options.get("domain", rule.name))
    seed = str(decision.options.get("by", column.name))
    return domain, seed, rule.folds_with(decision.options)


def _masked(table: Table, policy: Policy) -> dict[str, ColumnDecision]:
    masked: dict[str, ColumnDecision] = {}
    for column in copied_columns(table):
        decision = policy.decision(table, column)
        if decision is None:
            raise UndecidedColumn(table=table.full_name, column=column.name)
        if decision.handling is not Handling.KEEP:
            masked[column.name] = decision
    return masked


def _hashes(table: Table, masked: Mapping[str, ColumnDecision]) -> Hashes:
    by_name = {column.name: column for column in table.columns}
    keys = [hash_key(by_name[name], decision) for name, decision in masked.items()]
    return Hashes(
        expressions={
            key: keyed_hash(key[0], _seed(by_name[key[1]], fold=key[2]))
            for key in keys
            if key is not None
        }
    )


def _seed(column: Column, *, fold: bool) -> Composable:
    """Return the text that a hash is made of: the same for the same value on every server."""
    name = sql.Identifier("r", column.name)
    if column.base_type in facts.DAYS:
        day = day_of(column, name)
        return format_(
            "CASE WHEN isfinite({day}) THEN ({day} - DATE '2000-01-01')::text END", day=day
        )
    text = format_("{name}::text", name=name)
    return folded(text) if fold and facts.plain_type(column.base_type) in facts.TEXT else text


def _rows(
    table: Table, columns: tuple[Column, ...], hashes: Hashes, where: Composable | None
) -> Composable:
    name = sql.Identifier(table.schema, table.name)
    condition = format_(" WHERE {where}", where=where) if where is not None else sql.SQL("")
    computed = [
        format_("{hash} AS {alias}", hash=hash_, alias=sql.Identifier(hashes.alias(key)))
        for key, hash_ in hashes.expressions.items()
    ]
    plain: list[Composable] = [sql.Identifier("r", column.name) for column in columns]
    return format_(
        _ROWS, columns=sql.SQL(", ").join([*plain, *computed]), table=name, where=condition
    )
