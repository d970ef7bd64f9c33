"""Neutralize and after-scripts: in order, each in a transaction, on the copy.

They connect as the application.
What a script did is noted in the copy's mark, so that a repeat runs none twice: before a script
commits, the number of its transaction is written down, and the server knows whether that one was
committed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import Connection
from psycopg.pq import TransactionStatus
from psycopg.rows import scalar_row

from liftlock.domain.policies import Script
from liftlock.domain.progress import Progress, Tell
from liftlock.downalign.watching import watched
from liftlock.environments.commands import Command
from liftlock.environments.names import read_mark, write_mark
from liftlock.environments.parts import Parts
from liftlock.environments.runtimes import run_command
from liftlock.environments.servers import Database, as_application, as_keeper
from liftlock.errors import Conflict

TRANSACTION: LiteralString = "SELECT pg_current_xact_id()::text"
OUTCOME: LiteralString = "SELECT pg_xact_status(%(number)s::xid8)"
FACT = "scripts"
BEGUN, DONE = "begun", "done"
COMMAND_TIMEOUT_S = 3600.0


class ScriptBroke(Conflict):
    """A script was refused by the server, whose words may hold values: names only."""

    code = "script.broke"
    sentence = (
        "Script {script} of {label} broke: SQLSTATE {sqlstate}{where}. Correct it in the policy "
        "or the module."
    )


class ScriptSaidNo(Conflict):
    """A script's own check did not return true."""

    code = "script.check_said_no"
    sentence = (
        "The check of script {script} of {label} did not return true. Correct the script or its "
        "check."
    )


class ScriptLeftItsTransaction(Conflict):
    """A script committed or rolled back by itself."""

    code = "script.left_its_transaction"
    sentence = (
        "Script {script} of {label} ends its transaction by itself. Take COMMIT and ROLLBACK out "
        "of it."
    )


class ScriptCommandFailed(Conflict):
    """A script's command ended with a failure; its output is a field, for people."""

    code = "script.command_failed"
    sentence = (
        "Command {script} of {label} ended with exit code {exit_code}. Read its output, and run "
        "it by hand."
    )


class ScriptInterrupted(Conflict):
    """A command was interrupted, and nobody can tell what it did."""

    code = "script.interrupted"
    sentence = (
        "Command {script} of {label} was interrupted. Begin again: it is never repeated on a "
        "half state."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A script and its place in the order."""

    label: str
    number: int
    script: Script

    @property
    def name(self) -> str:
        """Return how it is noted in the mark."""
        return f"{self.number} {self.script.name}"


def run(numbered: Numbered, copy: Parts, database: Database, tell: Tell) -> None:
    """Run a script unless it has been run on this copy.

    Raises: ScriptBroke, ScriptSaidNo, ScriptLeftItsTransaction, ScriptCommandFailed,
    ScriptInterrupted, ServerUnreachable, what `tell` raises.
    """
    tell(Progress(said=f"running script {numbered.script.name} of {numbered.label}"))
    noted = _noted(database).get(numbered.name)
    if noted == DONE or _is_committed(database, noted):
        return
    if numbered.script.command is not None:
        if noted == BEGUN:
            raise ScriptInterrupted(script=numbered.script.name, label=numbered.label)
        _note(database, numbered, BEGUN)
        _run_command(numbered, copy, tell)
        _note(database, numbered, DONE)
    if numbered.script.sql is not None:
        _run_sql(numbered, database, numbered.script.sql, tell)


def _run_command(numbered: Numbered, copy: Parts, tell: Tell) -> None:
    argv = numbered.script.command or ()
    finished = run_command(copy, Command(argv=argv, timeout_s=COMMAND_TIMEOUT_S), tell)
    if finished.code != 0:
        raise ScriptCommandFailed(
            script=numbered.script.name,
            label=numbered.label,
            exit_code=finished.code,
            output=finished.output,
        )


def _run_sql(numbered: Numbered, database: Database, text: str, tell: Tell) -> None:
    with as_application(database) as connection:
        watched(
            lambda: _in_transaction(numbered, database, connection, text),
            tell=tell,
            progress=lambda: Progress(said=f"running script {numbered.script.name}"),
            connections=(connection,),
        )


def _in_transaction(
    numbered: Numbered, database: Database, connection: Connection, text: str
) -> None:
    try:
        with connection.transaction(), connection.cursor(row_factory=scalar_row) as cursor:
            number = str(cursor.execute(TRANSACTION).fetchone())
            _ = connection.execute(text.encode())
            if connection.info.transaction_status is not TransactionStatus.INTRANS:
                raise ScriptLeftItsTransaction(script=numbered.script.name, label=numbered.label)
            check = numbered.script.check
            if check is not None and cursor.execute(check.encode()).fetchone() is not True:
                raise ScriptSaidNo(script=numbered.script.name, label=numbered.label)
            _note(database, numbered, number)
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise ScriptBroke(
            script=numbered.script.name,
            label=numbered.label,
            sqlstate=error.sqlstate or "none",
            where=_where(error),
        ) from None


def _where(error: psycopg.Error) -> str:
    named = (error.diag.table_name, error.diag.column_name, error.diag.constraint_name)
    return "".join(f", {name}" for name in named if name)


def _noted(database: Database) -> Mapping[str, str]:
    mark = read_mark(database)
    noted = None if mark is None else mark.facts.get(FACT)
    return {} if noted is None else json.loads(str(noted))


def _note(database: Database, numbered: Numbered, said: str) -> None:
    mark = read_mark(database)
    if mark is not None:
        noted = {**_noted(database), numbered.name: said}
        write_mark(database, mark.with_facts(**{FACT: json.dumps(noted)}))


def _is_committed(database: Database, noted: str | None) -> bool:
    if noted is None or not noted.isdecimal():
        return False
    with as_keeper(database) as connection, connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(OUTCOME, {"number": noted}).fetchone() == "committed"
