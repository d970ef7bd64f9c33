"""Asking installed modules whether they work: SQL that must return true, commands that return 0."""

from collections.abc import Sequence

from liftlock.domain.manifest_parts import Check, ModuleCommand
from liftlock.domain.modules import Digest, Package
from liftlock.domain.progress import Progress, Tell
from liftlock.environments.parts import Parts
from liftlock.environments.servers import (
    Database,
    StatementRefused,
    as_application,
    named_errors,
)
from liftlock.modules import commands, watching
from liftlock.modules.migrating import SESSION, meant
from liftlock.modules.refusals import CheckBroke, CheckSaidNo
from liftlock.modules.stores import ModuleStore


def check(parts: Parts, digests: Sequence[Digest], store: ModuleStore, tell: Tell) -> int:
    """Ask every check of these packages and return how many there were. SQL can only read.

    Raises: CheckSaidNo, CheckBroke, NoSuchRepository, PackageNotFound, TamperedPackage, those of
    servers and commands, and whatever `tell` raises.
    """
    asked = 0
    for content in [store.read(digest) for digest in digests]:
        for question in content.manifest.checks:
            tell(Progress(said=f"{content.package.code}: {question.name}", done=asked))
            _ask(parts, content.package, question, tell)
            asked += 1
    return asked


def _ask(parts: Parts, package: Package, question: Check, tell: Tell) -> None:
    if question.command is not None:
        _ask_command(parts, package, question, question.command, tell)
    elif question.sql is not None and question.database is not None:
        for database in meant(parts, package.code, question.database):
            _ask_database(database, package, question, question.sql, tell)


def _ask_command(
    parts: Parts, package: Package, question: Check, command: ModuleCommand, tell: Tell
) -> None:
    finished = commands.run_for(parts, package, command, tell)
    if finished.code != 0:
        raise CheckSaidNo(
            check=question.name,
            module=package.code,
            where=f" (exit code {finished.code})",
            output=finished.output,
        )


def _ask_database(
    database: Database, package: Package, question: Check, sql: str, tell: Tell
) -> None:
    try:
        answer = _answer(database, sql, Progress(said=f"{package.code}: {question.name}"), tell)
    except StatementRefused as refusal:
        raise CheckBroke(
            check=question.name,
            module=package.code,
            database=database.label,
            sqlstate=refusal.fields["sqlstate"],
        ) from None
    if answer is not True:
        raise CheckSaidNo(check=question.name, module=package.code, where=f" in {database.label}")


def _answer(database: Database, sql: str, progress: Progress, tell: Tell) -> object:
    with as_application(database) as connection, named_errors(database):
        _ = connection.execute(SESSION)
        connection.read_only = True
        with connection.transaction():
            rows = watching.execute(connection, sql.encode(), tell, progress).fetchmany(2)
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else None
