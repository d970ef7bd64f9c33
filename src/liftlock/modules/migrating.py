"""Applying a module's migrations: each once in each database, in order, by its own transaction.

What a database has had is written into that database with the change itself, so a repeat goes on
where it stopped. A migration that is no transaction leaves a mark when it begins; while the mark
has no end, nothing is repeated.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.pq import TransactionStatus

from liftlock.domain.manifest_parts import DATA, Migration, names_of
from liftlock.domain.modules import ModuleCode
from liftlock.domain.progress import Progress, Tell, last_word
from liftlock.environments.parts import Parts
from liftlock.environments.servers import (
    Database,
    StatementRefused,
    as_application,
    named_errors,
)
from liftlock.modules import records, splitting, watching
from liftlock.modules.contents import PackageContent
from liftlock.modules.records import Mark
from liftlock.modules.refusals import (
    AppliedMeanwhile,
    HalfDoneMigration,
    MigrationChanged,
    MigrationFailed,
    NoSuchRepository,
)
from liftlock.modules.splitting import Statement

SESSION: bytes = b"SET client_encoding TO 'UTF8'; SET standard_conforming_strings TO on"
BACK_TO_OURSELVES: bytes = b"RESET SESSION AUTHORIZATION; RESET ROLE"
INVALID_TRANSACTION_TERMINATION = "2D000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One migration that one database lacks."""

    content: PackageContent
    migration: Migration
    database: Database

    @property
    def module(self) -> ModuleCode:
        """Return whose migration it is."""
        return self.content.manifest.code

    @property
    def said(self) -> str:
        """Return what a report says of it."""
        return f"{self.database.label}: {self.migration.file}"

    @property
    def named(self) -> dict[str, str]:
        """Return the fields by which a refusal names it."""
        return {
            "migration": self.migration.file,
            "module": self.module,
            "database": self.database.label,
        }

    @property
    def mark(self) -> Mark:
        """Return what the database will say of it."""
        digest = self.content.sql_digest(self.migration.file)
        return Mark(name=self.migration.file, digest=digest, finished=True)


def lacking(parts: Parts, content: PackageContent) -> tuple[Change, ...]:
    """Return what the databases lack of a module, in order. Reads only.

    Raises: NoSuchRepository, MigrationChanged, HalfDoneMigration, ServerUnreachable.
    """
    known = {d.label: _known(d, content) for d in databases_of(parts, content)}
    return tuple(
        change
        for change in _changes(parts, content)
        if not _is_applied(change, known[change.database.label].get(change.migration.file))
    )


def databases_of(parts: Parts, content: PackageContent) -> tuple[Database, ...]:
    """Return the databases that a module's migrations change.

    Raises: NoSuchRepository.
    """
    by_label = {change.database.label: change.database for change in _changes(parts, content)}
    return tuple(by_label.values())


def meant(parts: Parts, module: str, name: str) -> tuple[Database, ...]:
    """Return the databases that a manifest means by a name: `systemdb`, `data` or a label.

    Raises: NoSuchRepository.
    """
    found = tuple(d for d in parts.databases if name in names_of(d.label, d.role))
    if not found and name != DATA:
        raise NoSuchRepository(module=module, database=name, environment=parts.kind.title)
    return found


def apply(change: Change, tell: Tell) -> None:
    """Apply one migration to one database.

    Raises: MigrationFailed, HalfDoneMigration, AppliedMeanwhile, ServerUnreachable, ServerDiskFull,
    and whatever `tell` raises.
    """
    statements = splitting.split(change.content.sql(change.migration.file))
    if change.migration.transactional:
        _apply_in_transaction(change, statements, tell)
    else:
        _apply_by_statement(change, statements, tell)


def _apply_in_transaction(change: Change, statements: tuple[Statement, ...], tell: Tell) -> None:
    for statement in statements:
        if statement.controls_transaction:
            raise _failed(change, statement, sqlstate=INVALID_TRANSACTION_TERMINATION)
    with _session(change.database) as connection, connection.transaction():
        if not records.start_migration(connection, change.module, change.mark):
            raise AppliedMeanwhile(**change.named)
        _run(connection, change, (*statements, _deferred(statements)), tell)
        _ = connection.execute(BACK_TO_OURSELVES)
        records.finish_migration(connection, change.module, change.migration.file)
        last_word(tell, f"{change.module}: {change.said} is applied")


def _apply_by_statement(change: Change, statements: tuple[Statement, ...], tell: Tell) -> None:
    with _session(change.database) as connection:
        if not records.start_migration(connection, change.module, change.mark):
            raise HalfDoneMigration(**change.named)
        _run(connection, change, statements, tell)
        if connection.info.transaction_status is not TransactionStatus.IDLE:
            raise HalfDoneMigration(**change.named)
    with as_application(change.database) as connection, connection.transaction():
        records.finish_migration(connection, change.module, change.migration.file)
        last_word(tell, f"{change.module}: {change.said} is applied")


def _deferred(statements: tuple[Statement, ...]) -> Statement:
    # What is checked at the end only shall fail where it can still be named.
    number, line = (statements[-1].number, statements[-1].line) if statements else (0, 1)
    return Statement(number=number, line=line, text="SET CONSTRAINTS ALL IMMEDIATE", words=())


@contextmanager
def _session(database: Database) -> Generator[psycopg.Connection]:
    with as_application(database) as connection:
        _ = connection.execute(SESSION)
        yield connection


def _known(database: Database, content: PackageContent) -> dict[str, Mark]:
    with as_application(database) as connection:
        return records.migrations(connection, content.manifest.code)


def _changes(parts: Parts, content: PackageContent) -> Iterator[Change]:
    seen: set[tuple[str, str]] = set()
    for migration in content.manifest.migrations:
        for database in meant(parts, content.manifest.code, migration.database):
            if (database.label, migration.file) not in seen:  # one database may be meant twice
                seen.add((database.label, migration.file))
                yield Change(content=content, migration=migration, database=database)


def _is_applied(change: Change, known: Mark | None) -> bool:
    if known is None:
        return False
    if not known.finished:
        raise HalfDoneMigration(**change.named)
    if known.digest != change.mark.digest:
        raise MigrationChanged(**change.named)
    return True


def _run(
    connection: psycopg.Connection, change: Change, statements: tuple[Statement, ...], tell: Tell
) -> None:
    for statement in statements:
        progress = Progress(
            said=f"{change.module}: {change.said}",
            done=statement.number - 1,
            of=len(statements),
            unit="statements",
        )
        try:
            with named_errors(change.database):
                _ = watching.execute(connection, statement.text.encode(), tell, progress)
        except StatementRefused as refusal:
            raise _failed(
                change,
                statement,
                sqlstate=str(refusal.fields["sqlstate"]),
                where=str(refusal.fields["where"]),
            ) from None


def _failed(
    change: Change, statement: Statement, *, sqlstate: str, where: str = ""
) -> MigrationFailed:
    return MigrationFailed(
        **change.named,
        statement=statement.number,
        line=statement.line,
        sqlstate=sqlstate,
        where=where,
    )
