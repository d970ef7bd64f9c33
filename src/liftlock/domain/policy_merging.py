"""Merging policies: those of modules with each other, the operator's word last. Pure."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TypeVar

from liftlock.domain.decisions import ColumnDecision, Policy, TableCopy, TablePolicy
from liftlock.errors import Conflict

_Key = TypeVar("_Key")
_Thing = TypeVar("_Thing")


class ConflictingDecisions(Conflict):
    """Two modules decide one thing differently, and the operator does not say which counts."""

    code = "policy.conflicting_decisions"
    sentence = (
        "Modules disagree in repository {repository}: {decisions}."
        " Decide these in the environment's own policy."
    )


def merge(module_policies: Mapping[str, Policy], operator: Policy) -> Policy:
    """Return the policy that counts for the operator's repository.

    The operator's word is last; `Policy(repository=…)` says nothing. `module_policies` is by module
    code. Scripts and preservers of modules come first, in the mapping's order; the operator's of
    the same name takes a module's place. The operator's globs come before the modules'.

    Raises: ConflictingDecisions.
    """
    said = _Said(module_policies, operator)
    merged = Policy(
        repository=operator.repository,
        tables=_tables(said),
        large_objects=said.one("large objects", lambda p: p.large_objects),
        paths=tuple(said.named("path", lambda p: p.paths, lambda d: d.glob, operator_first=True)),
        preservers=tuple(said.named("preserver", lambda p: p.preservers, lambda d: d.table)),
        preserved_paths=tuple(dict.fromkeys(said.each(lambda p: p.preserved_paths))),
        scripts=tuple(said.named("script", lambda p: p.scripts, lambda s: s.name)),
        catalog=said.by_key("object", lambda p: p.catalog),
    )
    if said.conflicts:
        raise ConflictingDecisions(
            repository=operator.repository, decisions=sorted(set(said.conflicts))
        )
    return merged


def left_open(draft: Policy, decided: Policy) -> Policy:
    """Return a database's draft without the columns, tables and large objects decided already."""
    tables = {
        name: TablePolicy(columns=_left_open(table, decided.tables.get(name) or TablePolicy()))
        for name, table in draft.tables.items()
    }
    return replace(
        draft,
        tables={name: table for name, table in tables.items() if table.columns},
        large_objects=None if decided.large_objects else draft.large_objects,
    )


def _left_open(draft: TablePolicy, decided: TablePolicy) -> Mapping[str, ColumnDecision]:
    if decided.copy not in {None, TableCopy.FULL}:
        return {}
    return {name: d for name, d in draft.columns.items() if name not in decided.columns}


class _Said:
    """What modules and operator say, and where modules disagree."""

    def __init__(self, modules: Mapping[str, Policy], operator: Policy) -> None:
        self._modules = modules
        self._operator = operator
        self.conflicts: list[str] = []

    def each(self, of: Callable[[Policy], Iterable[_Thing]]) -> Iterable[_Thing]:
        for policy in (*self._modules.values(), self._operator):
            yield from of(policy)

    def one(self, what: str, of: Callable[[Policy], _Thing | None]) -> _Thing | None:
        decided = of(self._operator)
        if decided is not None:
            return decided
        by_module = {
            code: value for code, p in self._modules.items() if (value := of(p)) is not None
        }
        values = list(by_module.values())
        if any(value != values[0] for value in values):
            self.conflicts.append(f"{what} ({', '.join(by_module)})")
        return values[0] if values else None

    def by_key(
        self, what: str, of: Callable[[Policy], Mapping[_Key, _Thing]]
    ) -> dict[_Key, _Thing]:
        merged: dict[_Key, _Thing] = {}
        for key in dict.fromkeys(self.each(of)):
            value = self.one(f"{what} {key}", lambda p, key=key: of(p).get(key))
            if value is not None:
                merged[key] = value
        return merged

    def named(
        self,
        what: str,
        of: Callable[[Policy], Sequence[_Thing]],
        name_of: Callable[[_Thing], str],
        *,
        operator_first: bool = False,
    ) -> Iterable[_Thing]:
        def by_name(policy: Policy) -> Mapping[str, _Thing]:
            return {name_of(thing): thing for thing in of(policy)}

        merged = self.by_key(what, by_name)
        if not operator_first:
            return merged.values()
        own = by_name(self._operator)
        return [*own.values(), *(thing for name, thing in merged.items() if name not in own)]


def _tables(said: _Said) -> dict[str, TablePolicy]:
    names = dict.fromkeys(said.each(lambda p: p.tables))
    return {name: _table(said, name) for name in names}


def _table(said: _Said, name: str) -> TablePolicy:
    def columns(policy: Policy) -> Mapping[str, ColumnDecision]:
        return policy.tables.get(name, TablePolicy()).columns

    return TablePolicy(
        copy=said.one(f"table {name}", lambda p: p.tables.get(name, TablePolicy()).copy),
        columns=said.by_key(f"column {name}.", columns),
    )


def digest(policy: Policy) -> str:
    """Return the digest of a policy's meaning, whatever the order of tables and columns."""
    canonical = json.dumps(asdict(policy), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
