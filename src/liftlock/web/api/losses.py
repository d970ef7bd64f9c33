"""Loss previews over JSON: what an alignment would take from an environment."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from liftlock.domain.environments import Kind
from liftlock.services import losses
from liftlock.web.api.packages import InstalledShown, installed_shown
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.once import OnceRoute

router = APIRouter(prefix="/environments", tags=["environments"], route_class=OnceRoute)


class RowsShown(BaseModel):
    """Rows of one table that Production does not have."""

    repository: str
    table: str
    rows: int


class LossesShown(BaseModel):
    """What an alignment would take away, what is preserved aside."""

    modules: list[InstalledShown]
    """Installed there, and not in Production."""
    rows: list[RowsShown]
    files: list[str]
    """Paths that are not as in Production, the first 1000 of them."""
    files_total: int
    newer: list[str]
    """Repositories that would stay newer than the modules that come."""


@router.get("/{kind}/losses")
def preview(
    tx: Tx,
    who: Who,
    organisation: Of,
    kind: Kind,
    *,
    systemdb_and_files: Annotated[bool, Query()] = True,
    data: Annotated[bool, Query()] = True,
) -> LossesShown:
    """Return what an alignment of this scope would take from an environment; Staging's is whole."""
    found = losses.preview(
        tx, who, organisation.id, kind, systemdb_and_files=systemdb_and_files, data=data
    )
    return LossesShown(
        modules=installed_shown(found.modules),
        rows=[RowsShown(repository=r.repository, table=r.table, rows=r.rows) for r in found.rows],
        files=list(found.files),
        files_total=found.files_total,
        newer=list(found.newer),
    )
