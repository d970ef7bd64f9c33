"""Workers over JSON, for platform operators."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.services import workers
from liftlock.web.edge import Tx, Who
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Paging

router = APIRouter(prefix="/workers", tags=["workers"], route_class=OnceRoute)


class WorkerShown(BaseModel):
    """A process that carries moves out, and when it last showed that it lives."""

    worker: str
    version: str
    started_at: datetime
    beat_at: datetime


@router.get("", responses=PAGED)
def list_workers(tx: Tx, who: Who, page: Paging) -> list[WorkerShown]:
    """Return the workers of this installation."""
    return [
        WorkerShown(
            worker=each.executor_id,
            version=each.version,
            started_at=each.started_at,
            beat_at=each.beat_at,
        )
        for each in page.cut(workers.watch(tx, who), lambda worker: (worker.executor_id,))
    ]
