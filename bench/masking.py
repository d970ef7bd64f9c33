"""Nanoseconds a row of each masking rule: `python bench/masking.py CONNINFO [ROWS]`.

Each figure is the best of three runs of the rule's own SELECT over a table of one column, less the
time of the plain SELECT. The table is temporary, the values are generated.
"""

# ruff: noqa: INP001  a program of its own, in no package

import sys
from collections.abc import Iterator

import psycopg
from psycopg import sql
from psycopg.sql import Composable
from pydantic import SecretStr

from liftlock.domain.decisions import ColumnDecision, Handling
from liftlock.domain.masking_rules import RULES, Rule
from liftlock.domain.schemas import Column, Table
from liftlock.downalign.masking.compiling import masked_select, prepare

RUNS = 3
NS_A_MS = 1_000_000
ROWS = 200_000
TYPES = {"birth_date": sql.SQL("date"), "uuid": sql.SQL("uuid")}
VALUES = {
    "birth_date": sql.SQL("DATE '1940-01-01' + i % 25000"),
    "uuid": sql.SQL("gen_random_uuid()"),
    "free_text": sql.SQL("repeat('some words about it ', i % 40)"),
}
DEFAULT_VALUE = sql.SQL("'Some Value ' || i")
FILL = sql.SQL("CREATE TEMPORARY TABLE {} AS SELECT {}::{} AS v FROM generate_series(1, {}) AS i")
EXPLAIN = sql.SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {}")


def table_of(rule: Rule) -> Table:
    """Return the table of one column that a rule is measured on."""
    base = TYPES.get(rule.name, sql.SQL("text")).as_string()
    column = Column(name="v", type=base, base_type=base, not_null=False)
    return Table(schema="pg_temp", name=f"bench_{rule.name}", columns=(column,))


def decision_of(rule: Rule) -> ColumnDecision:
    """Return the decision to use a rule as it is."""
    options = {"value": "x"} if rule.name == "constant" else {}
    return ColumnDecision(handling=Handling.MASK, rule=rule.name, options=options)


def best_ms(connection: psycopg.Connection, statement: Composable) -> float:
    """Return the shortest time of several runs."""
    rows = [connection.execute(EXPLAIN.format(statement)).fetchone() for _ in range(RUNS)]
    return min(float(row[0][0]["Execution Time"]) for row in rows if row)


def measured(connection: psycopg.Connection, rows: int) -> Iterator[tuple[str, float]]:
    """Yield each rule with its nanoseconds a row."""
    for rule in RULES.values():
        table = table_of(rule)
        name = sql.Identifier(table.name)
        value = VALUES.get(rule.name, DEFAULT_VALUE)
        type_ = TYPES.get(rule.name, sql.SQL("text"))
        _ = connection.execute(FILL.format(name, sql.SQL("({})").format(value), type_, rows))
        _ = connection.execute(sql.SQL("ANALYZE {}").format(name))
        plain = best_ms(connection, masked_select(table, {}))
        masked = best_ms(connection, masked_select(table, {"v": decision_of(rule)}))
        yield rule.name, (masked - plain) * NS_A_MS / rows


def main() -> None:
    """Measure all rules."""
    conninfo, *rest = sys.argv[1:]
    with psycopg.connect(conninfo, autocommit=True) as connection:
        _ = connection.execute("SET max_parallel_workers_per_gather = 0")
        _ = connection.execute("SET jit = off")
        prepare(connection, SecretStr("ab" * 32))
        for name, ns in measured(connection, int(rest[0]) if rest else ROWS):
            _ = sys.stdout.write(f"{name:12} {ns:8.0f} ns a row\n")


if __name__ == "__main__":
    main()
