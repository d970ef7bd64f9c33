"""One's own password; after signing in by a code it comes before everything else."""

from fastapi import APIRouter, Request, Response

from liftlock.errors import LiftlockError
from liftlock.services import passwords
from liftlock.services.passwords import Wished
from liftlock.web.edge import Tx
from liftlock.web.pages import security
from liftlock.web.pages.frame import UNFIT, SignedAnyhow, SignedIn, render, see_other
from liftlock.web.pages.security import Posted

router = APIRouter()


@router.get("/settings/password")
def ask(request: Request, signed: SignedAnyhow) -> Response:
    """Show where to set one's password."""
    return _page(request, signed)


@router.post("/settings/password")
def set_own(request: Request, tx: Tx, signed: SignedAnyhow, given: Posted) -> Response:
    """Set one's password; this browser goes on with a new session, all others end."""
    wished = Wished(
        present=given.secret("present_password"),
        password=given.secret("new_password"),
        again=given.secret("new_password_again"),
    )
    visitor = security.visitor(request)
    outcome = passwords.set_own(tx, signed.person, signed.session, visitor, wished)
    if isinstance(outcome, LiftlockError):
        return _page(request, signed, outcome)
    response = see_other(request, "/", "Your password is set. All other sessions have ended.")
    security.give(request, response, security.SESSION, outcome.get_secret_value())
    return response


def _page(request: Request, signed: SignedIn, refusal: LiftlockError | None = None) -> Response:
    status = UNFIT if refusal else 200
    return render(request, signed, "settings/password.html", status=status, refusal=refusal)
