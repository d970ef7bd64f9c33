"""What a policy does not decide, and what it decides wrongly for the tables that are there. Pure.

Both stop an anonymized alignment before it starts: `undecided` because of what nobody thought of,
`refusals` because a rule cannot keep its promises on a column (its type, its length, its
uniqueness, its references).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from liftlock.domain.decisions import ColumnDecision, Handling, Policy, TableCopy
from liftlock.domain.masking_proposals import propose, propose_for_path
from liftlock.domain.masking_rules import RULES, SEEDS, TEXT, Rule, plain_type
from liftlock.domain.schemas import Column, Table
from liftlock.errors import Invalid

_LENGTH = re.compile(r"character(?: varying)?\((\d+)\)")
_SAFE = 1000
"""Two of a column's masks meet with a chance of at most one in twice this, or the rule is
refused.
"""


class UndecidedColumn(Invalid):
    """An anonymized alignment met a column that no policy decides."""

    code = "policy.undecided_column"
    sentence = (
        "No policy decides column {column} of {table}; add a decision and have the policy approved."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Something that no decision covers, and what one could be."""

    what: str
    """`column public.customers.email`, `large objects`, `path attachments/** (12 files)`."""
    proposal: str
    """What to write into the policy: a rule, `keep`, or a handling."""
    why: str


def undecided(
    policy: Policy,
    tables: Sequence[Table],
    *,
    has_large_objects: bool = False,
    paths: Iterable[str] = (),
) -> tuple[Undecided, ...]:
    """Return all that no decision covers: columns of tables that travel, large objects, paths."""
    return (
        *_undecided_columns(policy, tables),
        *_undecided_large_objects(policy, has_large_objects=has_large_objects),
        *_undecided_paths(policy, paths),
    )


def _undecided_columns(policy: Policy, tables: Sequence[Table]) -> Iterator[Undecided]:
    seen: set[str] = set()
    for table, column in _travelling(policy, tables):
        what = f"column {table.parent or table.full_name}.{column.name}"
        if policy.decision(table, column) is None and what not in seen:
            seen.add(what)
            proposed = propose(column, tables)
            yield Undecided(what=what, proposal=proposed.text, why=proposed.why)


def _travelling(policy: Policy, tables: Sequence[Table]) -> Iterator[tuple[Table, Column]]:
    for table in tables:
        if policy.copy_of(table) is TableCopy.FULL:
            for column in table.columns:
                if not column.generated:
                    yield table, column


def _undecided_large_objects(policy: Policy, *, has_large_objects: bool) -> Iterator[Undecided]:
    if has_large_objects and policy.large_objects is None:
        yield Undecided(
            what="large objects",
            proposal=Handling.PLACEHOLDER,
            why="nobody can tell what is in them",
        )


def _undecided_paths(policy: Policy, paths: Iterable[str]) -> Iterator[Undecided]:
    proposals = [propose_for_path(path) for path in paths if policy.path_decision(path) is None]
    # Files are named by folder, since a file's name may say whose it is.
    for proposal, files in Counter(proposals).items():
        counted = f" ({files} files)" if files > 1 else ""
        yield Undecided(
            what=f"path {proposal.decision.glob}{counted}", proposal=proposal.text, why=proposal.why
        )


def idle(policy: Policy, tables: Sequence[Table]) -> tuple[str, ...]:
    """Return what the policy decides and is not there: typing errors, or dropped since."""
    there = {t.parent or t.full_name: {c.name for c in t.columns} for t in tables}
    found: list[str] = []
    for name, decided in policy.tables.items():
        if name not in there:
            found.append(name)
        found += [f"{name}.{c}" for c in decided.columns if c not in there.get(name, {c})]
    return tuple(found)


def refusals(policy: Policy, tables: Sequence[Table]) -> tuple[str, ...]:
    """Return why decided masks cannot be carried out on these tables; nothing when they can."""
    by_name = {t.parent or t.full_name: t for t in tables}
    found: list[str] = []
    for table, column in _travelling(policy, tables):
        decision = policy.decision(table, column)
        if decision is not None:
            name = f"{table.parent or table.full_name}.{column.name}"
            found += [f"{name}: {r}" for r in _column_refusals(table, column, decision)]
            found += [
                f"{name}: {r}" for r in _reference_refusals(policy, by_name, column, decision)
            ]
    for table in tables:
        found += _together_refusals(policy, table)
    return tuple(dict.fromkeys(found))


def _column_refusals(table: Table, column: Column, decision: ColumnDecision) -> Iterator[str]:
    if decision.rule is None:
        return
    rule = RULES[decision.rule]
    yield from _type_refusals(column, rule)
    if rule.name == "null" and column.not_null:
        yield "rule null cannot be: the column is NOT NULL"
    if column.identity:
        yield f"rule {rule.name} cannot be: the column is an identity column"
    if column.unique:
        yield from _unique_refusals(table, rule, decision)
    yield from _length_refusals(column, rule, decision)
    yield from _seed_refusals(table, column, decision)


def _type_refusals(column: Column, rule: Rule) -> Iterator[str]:
    if not rule.takes(column.base_type):
        takes = "no arrays" if rule.types is None else ", ".join(sorted(rule.types))
        yield f"rule {rule.name} does not take type {column.type}; it takes {takes}"


def _unique_refusals(table: Table, rule: Rule, decision: ColumnDecision) -> Iterator[str]:
    if rule.name == "null":
        return
    if not rule.keeps_unique_with(decision.options):
        yield f"the column is unique and rule {rule.name}{_because(decision)} does not keep it so"
        return
    values = rule.values(decision.options) or 0
    if table.rows_estimated**2 * _SAFE > values:
        yield f"rule {rule.name} makes too few values to keep {table.rows_estimated} rows unique"


def _because(decision: ColumnDecision) -> str:
    used = [option for option in ("fold", "by") if decision.options.get(option)]
    return f" with option {' and '.join(used)}" if used else ""


def column_length(column: Column) -> int | None:
    """Return the most characters that a text column takes; None when there is no limit."""
    if column.length is not None:
        return column.length
    found = _LENGTH.fullmatch(column.type)
    return int(found[1]) if found else None


def _length_refusals(column: Column, rule: Rule, decision: ColumnDecision) -> Iterator[str]:
    length = column_length(column)
    if length is None:
        return
    needs = rule.shortest(decision.options)
    if rule.name == "constant":
        needs = len(str(decision.options.get("value", "")))
    if needs > length:
        yield f"rule {rule.name} needs {needs} characters, the column takes {length}"


def _seed_refusals(table: Table, column: Column, decision: ColumnDecision) -> Iterator[str]:
    if "by" not in decision.options:
        return
    by = str(decision.options["by"])
    seed = next((c for c in table.columns if c.name == by), None)
    if column.references is not None:
        yield "option by cannot be: the column references another, and takes its mask"
    if seed is None:
        yield f"option by names column {by}, which the table does not have"
    elif not seed.not_null or seed.generated:
        yield f"option by names column {by}, which must be NOT NULL and not generated"
    elif plain_type(seed.base_type) not in SEEDS:
        yield f"option by names column {by}, whose type {seed.type} cannot be derived from"


def _reference_refusals(
    policy: Policy, by_name: Mapping[str, Table], column: Column, decision: ColumnDecision
) -> Iterator[str]:
    target, _, name = (column.references or "").rpartition(".")
    table = by_name.get(target)
    if table is None or decision.rule == "null":
        return
    if policy.copy_of(table) is not TableCopy.FULL:
        yield (
            f"it references {target}, whose rows do not travel:"
            " mask it by rule null, or leave its table empty, too"
        )
        return
    referenced = next((c for c in table.columns if c.name == name), None)
    if referenced is not None and not _same_mask(policy, table, referenced, column, decision):
        yield f"it references {column.references} and must be decided like it"


def _same_mask(
    policy: Policy, table: Table, referenced: Column, column: Column, decision: ColumnDecision
) -> bool:
    other = policy.decision(table, referenced)
    if other is None:
        return True
    if other.rule is None and decision.rule is None:
        return True
    cut_alike = plain_type(column.base_type) not in TEXT or column_length(column) == column_length(
        referenced
    )
    return other == decision and cut_alike


def _together_refusals(policy: Policy, table: Table) -> Iterator[str]:
    """A key over several columns stays one only when each mask in it keeps apart what was."""
    if policy.copy_of(table) is not TableCopy.FULL:
        return
    columns = {column.name: column for column in table.columns}
    for key in table.unique_together:
        for name in key:
            decision = policy.decision(table, columns[name]) if name in columns else None
            if decision is not None and not _keeps_apart(decision):
                listed = ", ".join(key)
                yield (
                    f"{table.parent or table.full_name}.{name}: ({listed}) is unique and rule"
                    f" {decision.rule}{_because(decision)} does not keep it so"
                )


def _keeps_apart(decision: ColumnDecision) -> bool:
    if decision.rule is None:
        return True
    return decision.rule == "null" or RULES[decision.rule].keeps_unique_with(decision.options)
