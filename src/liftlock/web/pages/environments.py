"""The organisation at a glance: its three environments and what moves between them."""

from fastapi import APIRouter, Request, Response

from liftlock.services import environments
from liftlock.web.edge import Tx
from liftlock.web.pages.frame import Of, Signed, render

router = APIRouter()


@router.get("/")
def overview(request: Request, tx: Tx, signed: Signed, of: Of) -> Response:
    """Show the overview."""
    known = environments.list_all(tx, signed.person, of.id)
    return render(request, signed, "overview.html", environments=known)
