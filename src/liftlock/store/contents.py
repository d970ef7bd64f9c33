"""What moves carry, as JSON in the books: packages, scope, baseline."""

from collections.abc import Iterable
from typing import NotRequired, TypedDict

from psycopg.types.json import Jsonb

from liftlock.domain.contents import Baseline, Content, Scope, Undoing
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Digest, Installed, ModuleCode


class InstalledRow(TypedDict):
    """One module."""

    code: str
    version: str
    digest: str


class ScopeRow(TypedDict):
    """What an alignment replaces."""

    systemdb_and_files: bool
    data: bool


class BaselineRow(TypedDict):
    """Production as it was."""

    modules: list[InstalledRow]
    schema: dict[str, str]


class UndoingRow(TypedDict):
    """What an Undo takes back."""

    environment: str
    move: int
    falls: list[int]


class ContentRow(TypedDict):
    """The column `moves.content`."""

    packages: list[InstalledRow]
    scope: ScopeRow
    baseline: BaselineRow
    undoing: NotRequired[UndoingRow]


def as_modules(rows: Iterable[InstalledRow]) -> tuple[Installed, ...]:
    """Make modules of a column, in their order."""
    return tuple(
        Installed(
            code=ModuleCode(row["code"]), version=row["version"], digest=Digest(row["digest"])
        )
        for row in rows
    )


def content_column(content: Content) -> Jsonb:
    """Return a content as the column `moves.content`."""
    row: ContentRow = {
        "packages": [_module_row(m) for m in content.packages],
        "scope": {
            "systemdb_and_files": content.scope.systemdb_and_files,
            "data": content.scope.data,
        },
        "baseline": {
            "modules": [_module_row(m) for m in content.baseline.modules],
            "schema": dict(content.baseline.schema),
        },
    }
    if content.undoing is not None:
        row["undoing"] = {
            "environment": content.undoing.environment,
            "move": content.undoing.move,
            "falls": list(content.undoing.falls),
        }
    return Jsonb(row)


def as_content(row: ContentRow) -> Content:
    """Make a content of the column `moves.content`."""
    baseline = row["baseline"]
    return Content(
        packages=as_modules(row["packages"]),
        scope=Scope(**row["scope"]),
        baseline=Baseline(
            modules=as_modules(baseline["modules"]),
            schema=tuple(sorted(baseline["schema"].items())),
        ),
        undoing=_as_undoing(row.get("undoing")),
    )


def _as_undoing(row: UndoingRow | None) -> Undoing | None:
    if row is None:
        return None
    return Undoing(
        environment=Kind(row["environment"]), move=row["move"], falls=tuple(row["falls"])
    )


def _module_row(module: Installed) -> InstalledRow:
    return {"code": module.code, "version": module.version, "digest": module.digest}
