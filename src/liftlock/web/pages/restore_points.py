"""Restore points: what the targets were before their moves, and how long that is kept."""

from fastapi import APIRouter, Request, Response

from liftlock.domain.environments import Kind
from liftlock.domain.restore_points import KEPT_AT_MOST, KEPT_AT_MOST_IN_PRODUCTION, KEPT_FOR
from liftlock.identity.who_may import Action
from liftlock.services import restore_points
from liftlock.web.edge import Tx
from liftlock.web.pages.frame import Of, Signed, render

router = APIRouter()


@router.get("/restore-points")
def show(request: Request, tx: Tx, signed: Signed, of: Of) -> Response:
    """Show the restore points of all environments."""
    kept = restore_points.kept(tx, signed.person, of.id)
    return render(
        request, signed, "restore_points/page.html",
        by_kind=[(kind, [k for k in kept if k.point.kind is kind]) for kind in reversed(Kind)],
        kept=kept,
        may_undo={e.kind for e in signed.environments if signed.may(Action.UNDO, e)},
        days=KEPT_FOR.days,
        most=KEPT_AT_MOST,
        most_in_production=KEPT_AT_MOST_IN_PRODUCTION,
    )  # fmt: skip
