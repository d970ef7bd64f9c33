"""The one door to the durable engine: DBOS Transact, in the books' database, schema `dbos`.

The engine remembers which acts of a move are done, so that a move goes on after a crash where it
stopped. What it stores are ids, names and short words; nothing of anybody's data. Only workers
start it; whoever else wants a move carried out enqueues it by SQL, in the transaction that says in
the books that it is running.

Private parts of the engine are used here and nowhere else: the claim token `owner_xid`,
`_recover_pending_workflows`, columns of `dbos.workflow_status`. Each has a contract test; the
version is pinned exactly.

Where an execution ends without the engine noting how, its workflow would be called running for as
long as this process lives. So the claims that are worked at are known here, and `unattended` says
which others the engine believes to be ours.
"""

import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import LiteralString, TypeAlias

import sqlalchemy
from dbos import DBOS, DBOSConfig
from dbos._context import get_local_dbos_context
from pydantic import SecretStr

from liftlock import settings
from liftlock.books import Transaction, as_url
from liftlock.domain.moves import MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.errors import Unavailable
from liftlock.workflows import engine_database


class EngineNotReady(Unavailable):
    """The engine cannot start: its tables are not there, or their server does not answer."""

    code = "engine.not_ready"
    sentence = (
        "The engine cannot start on the books' database ({reason}). "
        "Run `liftlock init`, then start the worker again."
    )


APPLICATION = "liftlock"
VERSION = "liftlock-1"
"""For ever: a workflow of another version would be pending for ever.

A changed table of steps gets another workflow name and another queue.
"""
QUEUE = "moves.v1"

Body: TypeAlias = Callable[[MoveId], None]
Plain: TypeAlias = "dict[str, str | int | bool | None]"

ENQUEUE: LiteralString = """
SELECT dbos.enqueue_workflow(
    workflow_name => %(workflow)s,
    queue_name => %(queue)s,
    positional_args => ARRAY[to_json(%(move)s::bigint)],
    workflow_id => %(workflow_id)s,
    queue_partition_key => %(organisation)s,
    app_version => %(version)s,
    application_name => %(application)s)
"""
OWNS: LiteralString = """
SELECT true FROM dbos.workflow_status
WHERE workflow_uuid = %(workflow_id)s AND owner_xid = %(owner)s AND status = 'PENDING'
FOR SHARE
"""
EXECUTORS_AT_WORK: LiteralString = """
SELECT DISTINCT executor_id FROM dbos.workflow_status
WHERE status = 'PENDING' AND application_name = %(application)s
"""
GIVE_UP: LiteralString = """
UPDATE dbos.workflow_status SET status = 'CANCELLED'
WHERE status IN ('PENDING', 'ENQUEUED') AND application_name = %(application)s
"""
CLAIMS: LiteralString = """
SELECT owner_xid FROM dbos.workflow_status
WHERE status = 'PENDING' AND application_name = %(application)s AND executor_id = %(executor)s
  AND owner_xid IS NOT NULL
"""
GIVE_BACK: LiteralString = """
UPDATE dbos.workflow_status
SET status = 'ENQUEUED', owner_xid = NULL, started_at_epoch_ms = NULL,
    updated_at = extract(epoch FROM now()) * 1000
WHERE status = 'PENDING' AND application_name = %(application)s AND executor_id = %(executor)s
  AND owner_xid = ANY(%(claims)s)
"""
STANDING: LiteralString = """
SELECT workflow_uuid, status, extract(epoch FROM now()) - updated_at / 1000.0
FROM dbos.workflow_status
WHERE workflow_uuid = ANY(%(workflow_ids)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a workflow stands with the engine."""

    status: str
    """`ENQUEUED`, `PENDING`, `SUCCESS`, `ERROR`, `MAX_RECOVERY_ATTEMPTS_EXCEEDED`, `CANCELLED`."""
    since_s: float
    """How long ago it last changed."""

    @property
    def waits(self) -> bool:
        """Say whether no worker has taken it."""
        return self.status == "ENQUEUED"

    @property
    def is_over(self) -> bool:
        """Say whether the engine will do nothing more about it."""
        return self.status not in {"ENQUEUED", "PENDING"}


@dataclass(slots=True)
class _Here:
    """What of the engine is in this process."""

    connections: sqlalchemy.Engine | None = None
    claims: set[str] = field(default_factory=set[str])
    """The claim tokens of the executions that are at work."""

    def let_go(self) -> None:
        if self.connections is not None:
            engine_database.close(self.connections)
            self.connections = None


_HERE = _Here()


def migrate(database_url: SecretStr) -> None:
    """Make the engine's own tables in the books' database, or bring them up to date."""
    DBOS.migrate(as_url(database_url).get_secret_value())


def start(
    database_url: SecretStr,
    *,
    executor_id: str,
    bodies: Mapping[str, Body],
    polling_s: float = 1.0,
    at_once: int = 4,
) -> None:
    """Take work from the queue from now on, as this executor, which must have a row in `workers`.

    `bodies` are the workflows by name. At most `at_once` moves run in this process, never two of
    one organisation.

    Raises:
        EngineNotReady: the books' database lacks the engine's tables, or does not answer.
    """
    settings.forget_environment("DBOS_")
    _HERE.connections = engine_database.opened(database_url)
    _ = DBOS(config=_config(_HERE.connections, executor_id))
    _log_through_ours()
    for name, body in bodies.items():
        _ = DBOS.workflow(name=name, max_recovery_attempts=1000)(_plain(body))
    DBOS.listen_queues([QUEUE])
    _launch()
    _ = DBOS.register_queue(
        QUEUE,
        partition_concurrency=1,
        worker_concurrency=at_once,
        polling_interval_sec=polling_s,
        on_conflict="always_update",
    )


def stop() -> None:
    """Take no more work and let go of the database; what still runs cannot be recorded any more."""
    DBOS.destroy(destroy_registry=True)
    _HERE.let_go()


def enqueue(
    tx: Transaction, workflow: str, workflow_id: str, move: MoveId, organisation: OrganisationId
) -> None:
    """Hand a move to the engine in the caller's transaction; the same id twice is one workflow."""
    _ = tx.connection.execute(
        ENQUEUE,
        {
            "workflow": workflow,
            "queue": QUEUE,
            "move": move,
            "workflow_id": workflow_id,
            "organisation": str(organisation),
            "version": VERSION,
            "application": APPLICATION,
        },
    )


def once(name: str, body: Callable[[], Plain]) -> Plain:
    """Carry out `body` in the running workflow, or return what it came to before.

    `body` must not raise an `Exception`: it would be stored, values and all. A `BaseException`
    passes and leaves nothing behind, so that another worker carries it out.
    """
    return DBOS.run_step({"name": name}, body)


def owns(tx: Transaction) -> bool:
    """Say whether this execution still owns its workflow; nobody takes it before `tx` ends."""
    context = get_local_dbos_context()
    if context is None:
        return False
    owner = {"workflow_id": context.workflow_id, "owner": context.owner_xid}
    return tx.connection.execute(OWNS, owner).fetchone() is not None


def executors_at_work(tx: Transaction) -> frozenset[str]:
    """Return the executors, dead or alive, under whose name a workflow is running."""
    rows = tx.connection.execute(EXECUTORS_AT_WORK, {"application": APPLICATION}).fetchall()
    return frozenset(str(row[0]) for row in rows)


def recover(dead: Sequence[str]) -> int:
    """Give the running workflows of dead executors back to the queue; return how many."""
    return len(DBOS._recover_pending_workflows(list(dead)))  # noqa: SLF001


def unattended(tx: Transaction, executor_id: str) -> frozenset[str]:
    """Return the claims that the engine calls this executor's, and nobody in this process works at.

    One that has only just been made, or whose end is being noted, is among them for a moment.
    """
    given = {"application": APPLICATION, "executor": executor_id}
    rows = tx.connection.execute(CLAIMS, given).fetchall()
    return frozenset(str(row[0]) for row in rows) - frozenset(tuple(_HERE.claims))


def give_back(tx: Transaction, executor_id: str, claims: Sequence[str]) -> int:
    """Give workflows back to their queue, by the claims on them; return how many."""
    given = {"application": APPLICATION, "executor": executor_id, "claims": list(claims)}
    return tx.connection.execute(GIVE_BACK, given).rowcount


def standing(tx: Transaction, workflow_ids: Sequence[str]) -> Mapping[str, Standing]:
    """Return how these workflows stand; one that the engine does not know is missing."""
    rows = tx.connection.execute(STANDING, {"workflow_ids": list(workflow_ids)}).fetchall()
    return {str(row[0]): Standing(status=str(row[1]), since_s=float(row[2])) for row in rows}


def give_up_all(tx: Transaction) -> int:
    """Have nothing carried on that the engine has begun; return of how many workflows.

    Only where no worker runs: what one works at would go on, and its outcome be lost.
    """
    return tx.connection.execute(GIVE_UP, {"application": APPLICATION}).rowcount


def forget_ended(before: datetime) -> int:
    """Delete the engine's memory of workflows that ended before this; return of how many."""
    ended = DBOS.list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
        completed_before=before.isoformat(),
        limit=1000,
        load_input=False,
        load_output=False,
    )
    DBOS.delete_workflows([workflow.workflow_id for workflow in ended])
    return len(ended)


def _launch() -> None:
    try:
        DBOS.launch()
    except Exception as error:  # noqa: BLE001  what it meets at its start is not ours to name
        stop()
        raise EngineNotReady(reason=type(error).__name__) from None


def _config(connections: sqlalchemy.Engine, executor_id: str) -> DBOSConfig:
    return DBOSConfig(
        name=APPLICATION,
        system_database_engine=connections,
        application_version=VERSION,
        executor_id=executor_id,
        log_level="WARNING",
        enable_otlp=False,
        run_migrations=False,
    )


def _plain(body: Body) -> Callable[[int], str]:
    def workflow(move: int) -> str:
        with _at_work():
            body(MoveId(move))
        return "ended"

    return workflow


@contextmanager
def _at_work() -> Generator[None]:
    """Let it be known that this claim is worked at here, until the block ends in whatever way."""
    context = get_local_dbos_context()
    claim = context.owner_xid if context is not None else None
    if claim is None:
        yield
        return
    _HERE.claims.add(claim)
    try:
        yield
    finally:
        _HERE.claims.discard(claim)


def _log_through_ours() -> None:
    """The engine's messages go where all of ours go, without what an exception says: values."""
    theirs = logging.getLogger("dbos")
    theirs.handlers.clear()
    theirs.propagate = True
    theirs.addFilter(_without_exceptions)


def _without_exceptions(record: logging.LogRecord) -> bool:
    if record.exc_info is not None and record.exc_info[0] is not None:
        record.msg, record.args = f"{record.getMessage()} ({record.exc_info[0].__name__})", ()
        record.exc_info = record.exc_text = None
    return True
