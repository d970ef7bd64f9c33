# What `liftlock.workflows.engine` uses of DBOS 3.4.0, strictly typed.

from collections.abc import Callable, Sequence
from typing import Literal, ParamSpec, TypedDict, TypeVar

from sqlalchemy import Engine

_P = ParamSpec("_P")
_R = TypeVar("_R")

class DBOSConfig(TypedDict, total=False):
    name: str
    system_database_engine: Engine | None
    log_level: str | None
    application_version: str | None
    executor_id: str | None
    enable_otlp: bool | None
    run_migrations: bool | None

class StepOptions(TypedDict, total=False):
    name: str

class Queue: ...
class WorkflowHandle: ...

class WorkflowStatus:
    workflow_id: str
    status: str

class DBOS:
    def __init__(self, *, config: DBOSConfig) -> None: ...
    @classmethod
    def launch(cls) -> None: ...
    @classmethod
    def destroy(
        cls, *, destroy_registry: bool = False, workflow_completion_timeout_sec: int = 0
    ) -> None: ...
    @classmethod
    def listen_queues(cls, queues: Sequence[str]) -> None: ...
    @classmethod
    def register_queue(
        cls,
        name: str,
        *,
        worker_concurrency: int | None = None,
        partition_concurrency: int | None = None,
        polling_interval_sec: float = 1.0,
        on_conflict: Literal[
            "update_if_latest_version", "always_update", "never_update"
        ] = "update_if_latest_version",
    ) -> Queue: ...
    @classmethod
    def workflow(
        cls, *, name: str | None = None, max_recovery_attempts: int | None = 100
    ) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]: ...
    @classmethod
    def run_step(cls, dbos_step_options: StepOptions | None, func: Callable[[], _R]) -> _R: ...
    @classmethod
    def _recover_pending_workflows(cls, executor_ids: list[str]) -> list[WorkflowHandle]: ...
    @classmethod
    def list_workflows(
        cls,
        *,
        status: str | list[str] | None = None,
        completed_before: str | None = None,
        limit: int | None = None,
        load_input: bool = True,
        load_output: bool = True,
    ) -> list[WorkflowStatus]: ...
    @classmethod
    def delete_workflows(cls, workflow_ids: list[str]) -> None: ...
    @staticmethod
    def migrate(system_database_url: str) -> None: ...
