"""Undos over JSON: what would go if a move was undone now; `POST /moves` schedules one."""

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.domain.moves import MoveId
from liftlock.domain.undos import UndoLosses
from liftlock.services import undos
from liftlock.web.api.packages import InstalledShown, installed_shown
from liftlock.web.edge import Tx, Who
from liftlock.web.fields import Number
from liftlock.web.once import OnceRoute

router = APIRouter(prefix="/moves", tags=["moves"], route_class=OnceRoute)


class FallenShown(BaseModel):
    """A later move that falls with the undone one."""

    id: int
    title: str
    status: str


class GoesShown(BaseModel):
    """A module that the target has now, and what it becomes; `becomes` None: it goes."""

    code: str
    version: str
    digest: str
    becomes: str | None


class WrittenShown(BaseModel):
    """How often rows of one table were inserted, changed or deleted since the move opened it."""

    repository: str
    table: str
    writes: int


class UndoLossesShown(BaseModel):
    """What would go, and what would come back."""

    move: int
    waiting: int | None
    """The Undo of this environment that waits or runs already: no other can be scheduled."""
    falls: list[FallenShown]
    """Later moves that fall with it, earliest first: `POST /moves` wants their numbers."""
    modules: list[GoesShown]
    returns: list[InstalledShown]
    """Modules that the target does not have now."""
    written: list[WrittenShown]
    """By the server's own statistics."""
    written_at_least: bool
    """Whether a server began to count anew since, so that it may have been more."""
    written_unknown: list[str]
    """Repositories that were replaced by hand since, of which nobody knows."""
    files: list[str]
    """Paths that are not as in the restore point, the first 1000 of them."""
    files_total: int
    newer: list[str]
    """Repositories that stay, and keep what newer modules have made of them."""


def shown(found: UndoLosses) -> UndoLossesShown:
    """Return what a caller sees of what would go."""
    return UndoLossesShown(
        move=found.move.id,
        waiting=found.waiting.id if found.waiting else None,
        falls=[
            FallenShown(id=each.id, title=each.kind.title, status=each.status)
            for each in found.falls
        ],
        modules=[
            GoesShown(
                code=each.module.code,
                version=each.module.version,
                digest=each.module.digest,
                becomes=each.becomes,
            )
            for each in found.modules
        ],
        returns=installed_shown(found.returns),
        written=[
            WrittenShown(repository=each.repository, table=each.table, writes=each.writes)
            for each in found.writes.rows
        ],
        written_at_least=found.writes.at_least,
        written_unknown=list(found.writes.unknown),
        files=list(found.files),
        files_total=found.files_total,
        newer=list(found.newer),
    )


@router.get("/{move}/undo")
def preview(tx: Tx, who: Who, move: Number) -> UndoLossesShown:
    """Return what would go if a move was undone now; nothing is changed."""
    return shown(undos.preview(tx, who, MoveId(move)))
