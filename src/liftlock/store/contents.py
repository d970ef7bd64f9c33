"""What moves carry, as JSON in the books: packages, scope, baseline."""

from collections.abc import Iterable
from typing import TypedDict

from psycopg.types.json import Jsonb

from liftlock.domain.contents import Baseline, Content, Scope
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


class ContentRow(TypedDict):
    """The column `moves.content`."""

    packages: list[InstalledRow]
    scope: ScopeRow
    baseline: BaselineRow


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
    )


def _module_row(module: Installed) -> InstalledRow:
    return {"code": module.code, "version": module.version, "digest": module.digest}
