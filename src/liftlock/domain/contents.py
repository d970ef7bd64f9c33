"""What a move carries and a validation covers: packages, scope, baseline, their digest. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import NewType

from liftlock.domain.environments import Kind
from liftlock.domain.modules import Digest, Installed, ModuleCode
from liftlock.domain.slots import Slot
from liftlock.domain.statuses import MoveKind

ContentDigest = NewType("ContentDigest", str)
"""`sha256:` and 64 hexadecimal digits over all that a validation covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an alignment replaces. A Move to Staging has both, a Move to Production neither."""

    systemdb_and_files: bool
    data: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Production as it was when the move was scheduled: modules and schema, never data."""

    modules: tuple[Installed, ...]
    schema: tuple[tuple[str, str], ...]
    """Database label to digest of its schema's meaning, sorted by label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """What an Undo takes back."""

    environment: Kind
    """What is put back: the target of the move."""
    move: int
    """The number of the move whose restore point becomes the target again."""
    falls: tuple[int, ...] = ()
    """The numbers of the later moves that fall with it, earliest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a validation is of, the slot beside it: packages in install order, scope, baseline.

    An Undo carries no packages; its scope is the one of the move that it takes back.
    """

    packages: tuple[Installed, ...]
    scope: Scope
    baseline: Baseline
    undoing: Undoing | None = None
    """What an Undo takes back; None for any other move."""


def needs_validation(kind: MoveKind, content: Content) -> bool:
    """Tell whether somebody must validate such a move: of Undos only one of Production."""
    match kind:
        case MoveKind.MOVE_TO_STAGING | MoveKind.MOVE_TO_PRODUCTION:
            return True
        case MoveKind.DOWN_ALIGN:
            return False
        case MoveKind.UNDO:
            return content.undoing is None or content.undoing.environment is Kind.PRODUCTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """One module of a move as people read it: from which version to which."""

    code: ModuleCode
    was: str | None
    """The version that Production had; None: it had none."""
    version: str
    digest: Digest


def deployed(content: Content) -> tuple[Deployed, ...]:
    """Return what a move installs, by code, beside what Production had when it was scheduled.

    A Move to Staging first makes Staging equal to Production, so that is what it starts from, too.
    """
    before = {m.code: m.version for m in content.baseline.modules}
    return tuple(
        Deployed(code=m.code, was=before.get(m.code), version=m.version, digest=m.digest)
        for m in sorted(content.packages)
    )


def content_digest(content: Content, slot: Slot) -> ContentDigest:
    """Return the digest of what a validation covers: packages, slot, scope, baseline, undone move.

    It is the same for the same meaning, on every machine and in every release: the order of
    packages, modules and databases does not count, nor the zone in which an instant is written.
    """
    covered: dict[str, object] = {
        "packages": _modules(content.packages),
        "scope": asdict(content.scope),
        "baseline": {
            "modules": _modules(content.baseline.modules),
            "schema": sorted(map(list, content.baseline.schema)),
        },
        "slot": [_instant(slot.interval.begin), _instant(slot.interval.end), slot.zone],
    }
    if content.undoing is not None:
        undoing = content.undoing
        covered["undoing"] = [undoing.environment, undoing.move, sorted(undoing.falls)]
    canonical = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return ContentDigest("sha256:" + hashlib.sha256(canonical.encode()).hexdigest())


def _modules(modules: Sequence[Installed]) -> list[list[str]]:
    return [[m.code, m.version, m.digest] for m in sorted(modules)]


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def what_changed(old: Baseline, new: Baseline) -> tuple[str, ...]:
    """Say how Production differs from what it was; nothing when both are equal in meaning."""
    return (*_modules_changed(old, new), *_schema_changed(dict(old.schema), dict(new.schema)))


def _modules_changed(old: Baseline, new: Baseline) -> tuple[str, ...]:
    before = {m.code: m for m in old.modules}
    after = {m.code: m for m in new.modules}
    codes = sorted(before.keys() | after.keys())
    return tuple(
        _module_changed(code, before.get(code), after.get(code))
        for code in codes
        if before.get(code) != after.get(code)
    )


def _module_changed(code: ModuleCode, before: Installed | None, after: Installed | None) -> str:
    if before is None and after is not None:
        return f"module {code} {after.version} is new in Production"
    if after is None or before is None:
        return f"module {code} is gone from Production"
    if before.version != after.version:
        return f"module {code} in Production went from {before.version} to {after.version}"
    return f"module {code} {after.version} in Production is another build"


def _schema_changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    labels = sorted(before.keys() | after.keys())
    return tuple(
        _database_changed(label, before, after)
        for label in labels
        if before.get(label) != after.get(label)
    )


def _database_changed(label: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    if label not in before:
        return f"database {label} is new in Production"
    if label not in after:
        return f"database {label} is gone from Production"
    return f"the schema of database {label} in Production has changed"
