"""The four self-service pages: what is planned, what it waits for, and what this person may do."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Request, Response

from liftlock.books import Transaction
from liftlock.domain.consoles import Page, page_at
from liftlock.domain.environments import Kind
from liftlock.domain.organisations import OrganisationId
from liftlock.errors import LiftlockError
from liftlock.services import consoles
from liftlock.web.edge import Tx
from liftlock.web.pages.frame import UNFIT, Of, Signed, SignedIn, render

router = APIRouter()

OK = 200


def page_here(request: Request) -> Page:
    """Return the self-service page that this address is, or is below."""
    console, slug = request.url.path.split("/")[1:3]
    return page_at(Kind(console), slug)


Here: TypeAlias = Annotated[Page, Depends(page_here)]


@router.get("/development/move-to-staging")
@router.get("/development/down-alignment")
@router.get("/staging/move-to-production")
@router.get("/production/production-deployment")
def console(request: Request, tx: Tx, signed: Signed, of: Of, page: Here) -> Response:
    """Show a self-service page."""
    return drawn(request, tx, signed, of.id, page)


def drawn(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    organisation: OrganisationId,
    page: Page,
    refusal: LiftlockError | None = None,
) -> Response:
    """Return a self-service page as the books have it now; with why a form on it was refused."""
    found = consoles.show(tx, signed.person, organisation, page)
    return render(
        request,
        signed,
        "consoles/page.html",
        status=UNFIT if refusal else OK,
        console=found,
        refusal=refusal,
    )
