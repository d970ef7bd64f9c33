"""Installing packages into an environment: files, migrations, own updater, and the record of it.

Everything is looked at before anything is touched. Each piece knows by itself whether it is done,
so a repeat goes on where it stopped; what may be half done is refused, and the target is put back.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from liftlock.domain.modules import Digest, Installed, Package
from liftlock.domain.progress import Progress, Tell
from liftlock.domain.selections import in_install_order
from liftlock.environments import gates
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, as_application
from liftlock.modules import commands, migrating, payloads, records
from liftlock.modules.contents import PackageContent
from liftlock.modules.migrating import Change
from liftlock.modules.refusals import HalfDoneCommand, InstallCommandFailed, TwoBuildsOfOneModule
from liftlock.modules.stores import ModuleStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleInstalled:
    """What installing one module did; all empty when nothing was to do."""

    module: Installed
    files_replaced: bool
    migrations: tuple[str, ...]
    """`label: file`, in the order in which they were applied."""
    command_ran: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallReport:
    """What installing a set did, in its order."""

    modules: tuple[ModuleInstalled, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    content: PackageContent
    changes: tuple[Change, ...]
    command: bool


def install(
    parts: Parts, digests: Sequence[Digest], store: ModuleStore, tell: Tell
) -> InstallReport:
    """Install packages, each whole, and each after those that it requires.

    Raises: PackageNotFound, TamperedPackage, UnreadablePackage, TwoBuildsOfOneModule,
    CircularDependency, NoSuchRepository, MigrationChanged, HalfDoneMigration and HalfDoneCommand
    before anything is touched; then MigrationFailed, InstallCommandFailed, those of servers, files
    and commands, and whatever `tell` raises.
    """
    contents = {digest: store.read(digest) for digest in digests}
    packages = [content.package for content in contents.values()]
    _require_one_build(packages)
    ordered = in_install_order(packages)
    planned = tuple(_plan(parts, contents[package.digest]) for package in ordered)
    return InstallReport(modules=tuple(_install(parts, plan, tell) for plan in planned))


def _require_one_build(packages: Sequence[Package]) -> None:
    builds = Counter(package.code for package in packages)
    if twice := [code for code, number in builds.items() if number > 1]:
        raise TwoBuildsOfOneModule(module=twice[0])


def _plan(parts: Parts, content: PackageContent) -> _Planned:
    return _Planned(
        content=content,
        changes=migrating.lacking(parts, content),
        command=_command_is_due(parts, content),
    )


def _command_is_due(parts: Parts, content: PackageContent) -> bool:
    """Whether any database has not seen this package's own updater end."""
    if content.manifest.install is None:
        return False
    had = [_has_had_command(database, content) for database in parts.databases]
    return not all(had)


def _has_had_command(database: Database, content: PackageContent) -> bool:
    with as_application(database) as connection:
        mark = records.command(connection, content.manifest.code)
    if mark is not None and not mark.finished:
        raise HalfDoneCommand(module=content.manifest.code, database=database.label)
    return mark is not None and mark.digest == content.package.digest


def _install(parts: Parts, plan: _Planned, tell: Tell) -> ModuleInstalled:
    module = plan.content.package.installed
    tell(Progress(said=f"installing {module.code} {module.version}"))
    for database in _touched(parts, plan):
        records.prepare(database)
    files_replaced = parts.has_files and _install_files(parts, plan.content, tell)
    for change in plan.changes:
        migrating.apply(change, tell)
    if plan.command:
        _run_command(parts, plan.content, tell)
    records.record_installed(parts.systemdb, module, tell)
    return ModuleInstalled(
        module=module,
        files_replaced=files_replaced,
        migrations=tuple(change.said for change in plan.changes),
        command_ran=plan.command,
    )


def _install_files(parts: Parts, content: PackageContent, tell: Tell) -> bool:
    with gates.opened(parts, tell, f"installing the files of {content.manifest.code}") as gate:
        return payloads.install(gate / parts.files.name, content, tell)


def _touched(parts: Parts, plan: _Planned) -> tuple[Database, ...]:
    if plan.command:
        return parts.databases
    changed = {change.database.label for change in plan.changes} | {parts.systemdb.label}
    return tuple(database for database in parts.databases if database.label in changed)


def _run_command(parts: Parts, content: PackageContent, tell: Tell) -> None:
    """Run a module's own updater between two marks in every database that it may change."""
    command, package = content.manifest.install, content.package
    if command is None:
        return
    for database in parts.databases:
        records.start_command(database, package.code, package.digest, tell)
    finished = commands.run_for(parts, package, command, tell)
    if finished.code != 0:
        raise InstallCommandFailed(
            module=package.code, exit_code=finished.code, output=finished.output
        )
    for database in parts.databases:
        records.finish_command(database, package.code, tell)
