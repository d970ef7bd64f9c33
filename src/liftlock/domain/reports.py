"""Reports: what a move's steps have left in the books about what they did. Pure.

Figures and names only: no value of anybody's data. An older release may have left less: what is
missing is not shown, and nothing here refuses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from liftlock.domain.modules import Digest, Installed, ModuleCode, by_code

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Facts: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What came down from Production."""

    rows: int
    files: int
    files_bytes: int
    files_left_out: int
    spread_ms: float
    """How far apart the snapshots of the databases were."""
    held_for: timedelta
    """How long the snapshots were held."""
    taken_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedColumn:
    """One masked column."""

    database: str
    column: str
    rule: str
    rows: int
    distinct_before: int
    distinct_after: int
    survivors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """Large objects of a database, or the paths of a glob, and what became of them."""

    what: str
    handling: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survived:
    """Where real values were found that should not have been there."""

    database: str
    column: str
    survivors: int
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Masking:
    """The masking report of the state that went live."""

    columns: tuple[MaskedColumn, ...]
    large_objects: tuple[Handled, ...]
    paths: tuple[Handled, ...]
    survived: tuple[Survived, ...]
    survivors: int
    originals: int
    """How many different real values were looked for."""
    tables: int
    rows: int
    objects: int
    shared_with_production: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preserved:
    """What survived in the target, and what ran there."""

    rows: tuple[tuple[str, str, int], ...]
    """Database, table, rows."""
    files: int
    scripts: tuple[str, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded:
    """Sessions of others that were ended when the target was closed."""

    database: str
    role: str
    application: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledNow:
    """A module that was installed, with its migrations."""

    module: str
    migrations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that the steps have left."""

    copied: Copied | None
    masking: Masking | None
    preserved: Preserved | None
    sessions: tuple[SessionsEnded, ...]
    installed: tuple[InstalledNow, ...]
    checks: int | None
    """How many checks passed; None: it did not come to them."""
    before: tuple[Installed, ...]
    """The target's modules before the move."""
    after: tuple[Installed, ...]
    """The target's modules after the move, read back; empty unless it was completed."""

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to show."""
        done = (self.copied, self.masking, self.preserved, self.checks)
        return not (any(each is not None for each in done) or self.sessions or self.installed)

    @property
    def lost(self) -> tuple[Installed, ...]:
        """Return the modules that the target had before and has not any more, by code."""
        if not self.after:
            return ()
        now = by_code(self.after)
        return tuple(module for module in self.before if now.get(module.code) != module)


def report(facts: Mapping[str, Facts]) -> Report:
    """Return what the steps of a move have left, by their names."""
    of = {name: _Left(left) for name, left in facts.items()}
    nothing = _Left({})
    preserved = of.get("preserve", nothing)
    masking = preserved.part("masking") or of.get("verify", nothing)
    return Report(
        copied=_copied(of.get("copy_and_mask", nothing)),
        masking=_masking(masking),
        preserved=_preserved(preserved),
        sessions=tuple(_session(each) for each in of.get("drain", nothing).each("sessions_ended")),
        installed=tuple(_installed(each) for each in of.get("install", nothing).each("modules")),
        checks=of["check"].number("checks") if of.get("check") else None,
        before=_before(of.get("before", nothing)),
        after=tuple(sorted(_module(each) for each in of.get("attest", nothing).each("modules"))),
    )


class _Left:
    """Facts of one step, read with what is missing as nothing."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def __bool__(self) -> bool:
        return bool(self._facts)

    def text(self, name: str) -> str:
        value = self._facts.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        return int(self.amount(name))

    def amount(self, name: str) -> float:
        value = self._facts.get(name)
        return value if isinstance(value, int | float) else 0

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._facts.get(name)
        return tuple(str(each) for each in value) if isinstance(value, list) else ()

    def part(self, name: str) -> "_Left":
        value = self._facts.get(name)
        return _Left(value if isinstance(value, dict) else {})

    def each(self, name: str) -> Iterable["_Left"]:
        value = self._facts.get(name)
        listed = value if isinstance(value, list) else []
        return (_Left(each) for each in listed if isinstance(each, dict))

    def parts(self) -> Iterable[tuple[str, "_Left"]]:
        return ((name, self.part(name)) for name in self._facts)

    def names(self) -> Iterable[str]:
        return self._facts.keys()


def _copied(left: _Left) -> Copied | None:
    if not left:
        return None
    taken_at = left.text("taken_at")
    return Copied(
        rows=left.number("rows"),
        files=left.number("files"),
        files_bytes=left.number("files_bytes"),
        files_left_out=left.number("files_left_out"),
        spread_ms=left.amount("spread_ms"),
        held_for=timedelta(seconds=left.amount("snapshot_s")),
        taken_at=datetime.fromisoformat(taken_at) if taken_at else None,
    )


def _masking(left: _Left) -> Masking | None:
    if not left:
        return None
    return Masking(
        columns=tuple(_column(each) for each in left.each("columns")),
        large_objects=tuple(
            _handled(each, "database", "count") for each in left.each("large_objects")
        ),
        paths=tuple(_handled(each, "glob", "files") for each in left.each("paths")),
        survived=tuple(_survived(each) for each in left.each("survivors")),
        survivors=left.number("survivors_total"),
        originals=left.number("originals"),
        tables=left.number("tables"),
        rows=left.number("rows"),
        objects=left.number("objects"),
        shared_with_production=left.texts("shared_with_production"),
        note=left.text("note"),
    )


def _column(left: _Left) -> MaskedColumn:
    return MaskedColumn(
        database=left.text("database"),
        column=left.text("column"),
        rule=left.text("rule"),
        rows=left.number("rows"),
        distinct_before=left.number("distinct_before"),
        distinct_after=left.number("distinct_after"),
        survivors=left.number("survivors"),
    )


def _handled(left: _Left, what: str, count: str) -> Handled:
    return Handled(what=left.text(what), handling=left.text("handling"), count=left.number(count))


def _survived(left: _Left) -> Survived:
    return Survived(
        database=left.text("database"),
        column=left.text("column"),
        survivors=left.number("survivors"),
        where=left.text("where"),
    )


def _preserved(left: _Left) -> Preserved | None:
    if not left:
        return None
    return Preserved(
        rows=tuple(
            (database, table, tables.number(table))
            for database, tables in left.part("rows").parts()
            for table in tables.names()
        ),
        files=left.number("files"),
        scripts=left.texts("scripts"),
        skipped=left.texts("skipped"),
    )


def _session(left: _Left) -> SessionsEnded:
    return SessionsEnded(
        database=left.text("database"),
        role=left.text("role"),
        application=left.text("application"),
        count=left.number("count"),
    )


def _installed(left: _Left) -> InstalledNow:
    return InstalledNow(module=left.text("module"), migrations=left.texts("migrations"))


def _before(left: _Left) -> tuple[Installed, ...]:
    modules = left.part("modules")
    found = ((code, modules.text(code).rpartition(" ")) for code in modules.names())
    return tuple(
        sorted(
            Installed(code=ModuleCode(code), version=version, digest=Digest(digest))
            for code, (version, _, digest) in found
        )
    )


def _module(left: _Left) -> Installed:
    return Installed(
        code=ModuleCode(left.text("code")),
        version=left.text("version"),
        digest=Digest(left.text("digest")),
    )
