"""One move: how far it is, what it carries, who said yes, what it did, and what it left."""

from fastapi import APIRouter, Request, Response

from liftlock.domain.environments import EnvironmentId, Kind
from liftlock.domain.move_refusals import MoveNotFound
from liftlock.domain.moves import MoveId
from liftlock.domain.restore_points import KEPT_FOR
from liftlock.identity.who_may import Action
from liftlock.services import reports, stages
from liftlock.web.edge import Tx
from liftlock.web.fields import Number
from liftlock.web.pages.frame import Of, Signed, SignedIn, render

router = APIRouter()


@router.get("/moves/{move}")
def show(request: Request, tx: Tx, signed: Signed, of: Of, move: Number) -> Response:
    """Show a move."""
    there, watched = stages.show(tx, signed.person, MoveId(move))
    if there.move.organisation != of.id:
        raise MoveNotFound(move=move)
    recorded = reports.of_move(tx, signed.person, MoveId(move))
    return render(
        request, signed, "runs/page.html",
        there=there,
        watched=watched,
        recorded=recorded,
        source=_name_of(signed, there.move.source),
        kept_for=KEPT_FOR,
        may_install=signed.may(Action.INSTALL_MODULE, signed.environment(Kind.DEVELOPMENT)),
    )  # fmt: skip


def _name_of(signed: SignedIn, environment: EnvironmentId) -> str:
    return next(e.kind.title for e in signed.environments if e.id == environment)
