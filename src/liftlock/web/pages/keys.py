"""API keys of one's own: created and shown once, revoked."""

from fastapi import APIRouter, Request, Response

from liftlock.domain.keys import KeyId
from liftlock.errors import LiftlockError
from liftlock.services import people, sessions
from liftlock.web.edge import Tx
from liftlock.web.fields import Number
from liftlock.web.pages.frame import UNFIT, Signed, attempt, once, render, see_other
from liftlock.web.pages.security import Posted

router = APIRouter()


@router.get("/settings/keys")
def ask(request: Request, signed: Signed) -> Response:
    """Show where to name a new key."""
    return render(request, signed, "settings/key.html")


@router.post("/settings/keys")
def create(request: Request, tx: Tx, signed: Signed, given: Posted) -> Response:
    """Create a key; the settings page shows it, this once."""

    def act() -> Response:
        made = attempt(tx, lambda: people.create_key(tx, signed.person, name=given.named("name")))
        if isinstance(made, LiftlockError):
            return render(request, signed, "settings/key.html", status=UNFIT, refusal=made)
        sessions.show_once(tx, signed.session.id, made.key)
        return see_other(request, "/settings#keys", f"The key {made.name} is created.")

    return once(tx, signed, given, act)


@router.post("/settings/keys/{key}/revoke")
def revoke(request: Request, tx: Tx, signed: Signed, key: Number) -> Response:
    """Revoke a key of one's own."""
    people.revoke_key(tx, signed.person, KeyId(key))
    return see_other(request, "/settings#keys", "The key is revoked.")
