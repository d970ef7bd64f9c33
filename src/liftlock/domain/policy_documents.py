"""Policies as TOML: read, with line and column of whatever is wrong, and written. Pure."""

import json
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from liftlock.domain.decisions import (
    FILES,
    KEEP,
    ColumnDecision,
    Handling,
    OnClash,
    Option,
    PathDecision,
    Policy,
    Preserver,
    Script,
    TableCopy,
    TablePolicy,
)
from liftlock.domain.documents import Document, Section, UnreadableDocument
from liftlock.domain.masking_rules import RULES

_Thing = TypeVar("_Thing", Handling, TableCopy, OnClash)
_PATHS = ("paths", "preserved_paths")
_DATABASE = ("tables", "large_objects", "preservers", "scripts", "catalog")
_TABLE_NAME = re.compile(r"[^.]+\.[^.].*")
_OBJECT = re.compile(r"[a-z_]+:.+")


class UnreadablePolicy(UnreadableDocument):
    """A policy breaks TOML's rules, or has a key, a rule or a handling that nobody knows."""

    code = "policy.unreadable"


def parse(text: str) -> Policy:
    """Read a policy's text; its key `repository` says whose it is: a database's label, or `files`.

    Raises: UnreadablePolicy, with line and column.
    """
    top = Document.read("policy", text, UnreadablePolicy).top
    return from_section(top.text("repository"), top, "repository")


def from_section(repository: str, section: Section, *besides: str) -> Policy:
    """Read a policy that is a section of another document.

    `besides` are keys of the section that are not ours.

    Raises: the document's own refusal, with line and column.
    """
    section.only(*besides, *(_PATHS if repository == FILES else _DATABASE))
    return Policy(
        repository=repository,
        tables=_tables(section.section("tables")),
        large_objects=_large_objects(section),
        paths=_all(section, "paths", _path, lambda d: d.glob),
        preservers=_all(section, "preservers", _preserver, lambda p: p.table),
        preserved_paths=section.texts("preserved_paths"),
        scripts=_all(section, "scripts", _script, lambda s: s.name),
        catalog=_catalog(section.section("catalog")),
    )


def _choice(
    section: Section, key: str, kind: type[_Thing], only: tuple[_Thing, ...]
) -> _Thing | None:
    said = section.optional_text(key)
    if said is None:
        return None
    if said not in only:
        raise section.refusal(at=key, problem=f"unknown {key} {said}; known: {', '.join(only)}")
    return kind(said)


def _tables(section: Section) -> Mapping[str, TablePolicy]:
    found: dict[str, TablePolicy] = {}
    for name, table in section.named_sections():
        if not _TABLE_NAME.fullmatch(name):
            raise section.refusal(
                at=name, problem=f'table {name} must be written "schema.table", in quotes'
            )
        table.only("copy", "columns")
        columns = table.section("columns")
        found[name] = TablePolicy(
            copy=_choice(table, "copy", TableCopy, tuple(TableCopy)),
            columns={column: _column(columns, column) for column in columns.content},
        )
    return found


def _column(columns: Section, name: str) -> ColumnDecision:
    said = columns.content[name]
    if said == Handling.KEEP:
        return KEEP
    if isinstance(said, str):
        return _masked(columns, name, said, {})
    if not isinstance(said, dict):
        raise columns.refusal(
            at=name, problem=f"{name} must be keep, the name of a rule, or {{ rule = …, … }}"
        )
    section = columns.section(name)
    rule = section.text("rule")
    options = {key: value for key, value in section.content.items() if key != "rule"}
    return _masked(section, "rule", rule, options)


def _masked(section: Section, key: str, rule: str, given: Mapping[str, object]) -> ColumnDecision:
    known = RULES.get(rule)
    if known is None:
        raise section.refusal(
            at=key, problem=f"unknown rule {rule}; known: keep, {', '.join(RULES)}"
        )
    options: dict[str, Option] = {}
    for option, value in given.items():
        check = known.options.get(option)
        if check is None:
            takes = ", ".join(known.options) or "none"
            raise section.refusal(
                at=option, problem=f"unknown option {option} of rule {rule}; known: {takes}"
            )
        if not isinstance(value, str | int):
            raise section.refusal(
                at=option, problem=f"{option} must be a text, a whole number, true or false"
            )
        if (problem := check(value)) is not None:
            raise section.refusal(at=option, problem=f"{option} {problem}")
        options[option] = value
    if (missing := known.missing_option(options)) is not None:
        raise section.refusal(at=key, problem=f"rule {rule} needs option {missing}")
    return ColumnDecision(handling=Handling.MASK, rule=rule, options=options)


def _large_objects(section: Section) -> Handling | None:
    return _choice(
        section,
        "large_objects",
        Handling,
        (Handling.KEEP, Handling.PLACEHOLDER, Handling.LEAVE_OUT),
    )


def _path(section: Section) -> PathDecision:
    section.only("glob", "handling", "rename", "scanned")
    handling = _choice(
        section, "handling", Handling, (Handling.KEEP, Handling.PLACEHOLDER, Handling.LEAVE_OUT)
    )
    if handling is None:
        raise section.refusal(at="handling", problem="key handling is missing in paths")
    glob = section.text("glob")
    if glob.startswith("/") or ".." in glob.split("/"):
        raise section.refusal(at="glob", problem="glob must be relative and stay inside the files")
    return PathDecision(
        glob=glob,
        handling=handling,
        rename=section.optional_text("rename"),
        scanned=section.flag("scanned", default=True),
    )


def _preserver(section: Section) -> Preserver:
    section.only("table", "rows", "natural_key", "on_clash")
    on_clash = _choice(section, "on_clash", OnClash, tuple(OnClash)) or OnClash.STOP
    natural_key = section.texts("natural_key")
    if on_clash is OnClash.RENUMBER and not natural_key:
        raise section.refusal(at="on_clash", problem="on_clash = renumber needs a natural_key")
    return Preserver(
        table=section.text("table"),
        rows=section.optional_text("rows"),
        natural_key=natural_key,
        on_clash=on_clash,
    )


def _script(section: Section) -> Script:
    section.only("name", "sql", "command", "check")
    if ("sql" in section.content) == ("command" in section.content):
        raise section.refusal(at=None, problem="a script needs either sql or command")
    return Script(
        name=section.text("name"),
        sql=section.optional_text("sql"),
        command=section.texts("command") or None,
        check=section.optional_text("check"),
    )


_Named = TypeVar("_Named")


def _all(
    section: Section, key: str, read: Callable[[Section], _Named], name_of: Callable[[_Named], str]
) -> tuple[_Named, ...]:
    found: dict[str, _Named] = {}
    for item in section.sections(key):
        thing = read(item)
        name = name_of(thing)
        if name in found:
            raise item.refusal(at=None, problem=f"{name} stands twice in {key}")
        found[name] = thing
    return tuple(found.values())


def _catalog(section: Section) -> Mapping[str, Handling]:
    found: dict[str, Handling] = {}
    for name in section.content:
        if not _OBJECT.fullmatch(name):
            raise section.refusal(
                at=name, problem=f"{name} must be kind:name, such as publication:p"
            )
        chosen = _choice(section, name, Handling, (Handling.KEEP, Handling.LEAVE_OUT))
        found[name] = chosen or Handling.LEAVE_OUT
    return found


def render(policy: Policy) -> str:
    """Return a policy as text; `parse` reads the same policy from it."""
    lines = [f"repository = {_quoted(policy.repository)}"]
    if policy.large_objects is not None:
        lines.append(f"large_objects = {_quoted(policy.large_objects)}")
    if policy.preserved_paths:
        lines.append(f"preserved_paths = {_quoted(list(policy.preserved_paths))}")
    for name, table in policy.tables.items():
        lines += ["", *_table_lines(name, table)]
    for path in policy.paths:
        lines += ["", "[[paths]]", *_pairs(_path_keys(path))]
    for preserver in policy.preservers:
        lines += ["", "[[preservers]]", *_pairs(_preserver_keys(preserver))]
    for script in policy.scripts:
        lines += ["", "[[scripts]]", *_pairs(_script_keys(script))]
    if policy.catalog:
        lines += ["", "[catalog]", *_pairs({_quoted(k): v for k, v in policy.catalog.items()})]
    return "\n".join(lines) + "\n"


def _table_lines(name: str, table: TablePolicy) -> list[str]:
    lines = [f"[tables.{_quoted(name)}]"]
    if table.copy is not None:
        lines.append(f"copy = {_quoted(table.copy)}")
    if table.columns:
        lines.append(f"[tables.{_quoted(name)}.columns]")
        lines += [f"{_key(c)} = {_decision(d)}" for c, d in table.columns.items()]
    return lines


def _decision(decision: ColumnDecision) -> str:
    if not decision.options:
        return _quoted(decision.rule or Handling.KEEP)
    options = "".join(f", {_key(k)} = {_quoted(v)}" for k, v in decision.options.items())
    return f"{{ rule = {_quoted(decision.rule)}{options} }}"


def _path_keys(path: PathDecision) -> dict[str, object]:
    scanned = None if path.scanned else False
    return {"glob": path.glob, "handling": path.handling, "rename": path.rename, "scanned": scanned}


def _preserver_keys(preserver: Preserver) -> dict[str, object]:
    clash = None if preserver.on_clash is OnClash.STOP else preserver.on_clash
    return {
        "table": preserver.table,
        "rows": preserver.rows,
        "natural_key": list(preserver.natural_key) or None,
        "on_clash": clash,
    }


def _script_keys(script: Script) -> dict[str, object]:
    command = list(script.command) if script.command else None
    return {"name": script.name, "sql": script.sql, "command": command, "check": script.check}


def _pairs(keys: Mapping[str, object]) -> list[str]:
    return [f"{key} = {_quoted(value)}" for key, value in keys.items() if value is not None]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _quoted(value: object) -> str:
    # JSON's strings, numbers, lists and booleans are TOML's, but for DEL, which JSON leaves as it
    # is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
