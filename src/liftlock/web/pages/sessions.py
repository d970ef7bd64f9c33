"""Settings of one's own: theme, password, API keys, and where one is signed in."""

from fastapi import APIRouter, Request, Response

from liftlock.books import Transaction
from liftlock.domain.sessions import SessionId
from liftlock.errors import LiftlockError
from liftlock.services import people, sessions
from liftlock.web.edge import Tx
from liftlock.web.fields import Number
from liftlock.web.pages import security
from liftlock.web.pages.frame import UNFIT, Signed, SignedIn, attempt, render, see_other
from liftlock.web.pages.security import Posted, Rules, TheRules

router = APIRouter()


@router.post("/theme")
def theme(request: Request, given: Posted) -> Response:
    """Keep the theme that this browser wants."""
    response = see_other(request, given.one("page"))
    chosen = given.one("theme")
    if chosen in security.THEMES:
        security.give(request, response, security.THEME, chosen, security.A_YEAR_S)
    return response


@router.get("/settings")
def settings(request: Request, tx: Tx, signed: Signed, rules: TheRules) -> Response:
    """Show what is one's own."""
    return _page(request, tx, signed, rules)


@router.post("/settings")
def change_email(
    request: Request, tx: Tx, signed: Signed, rules: TheRules, given: Posted
) -> Response:
    """Say where one's messages go by mail."""
    outcome = attempt(tx, lambda: people.change_own_email(tx, signed.person, given.line("email")))
    if isinstance(outcome, LiftlockError):
        return _page(request, tx, signed, rules, outcome)
    return see_other(request, "/settings", "Your e-mail address is kept.")


def _page(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    rules: Rules,
    refusal: LiftlockError | None = None,
) -> Response:
    return render(
        request,
        signed,
        "settings/settings.html",
        status=UNFIT if refusal else 200,
        refusal=refusal,
        email=people.own_email(tx, signed.person),
        sessions=sessions.list_all(tx, signed.person, rules.lifetime),
        lifetime=rules.lifetime,
        keys=people.list_keys(tx, signed.person),
        new_key=sessions.shown(tx, signed.session.id),
    )


@router.post("/settings/sessions/{session}/end")
def end(request: Request, tx: Tx, signed: Signed, session: Number) -> Response:
    """End one of one's own sessions."""
    sessions.end(tx, signed.person, SessionId(session))
    return see_other(request, "/settings", "That session is ended.")


@router.post("/settings/sessions/end-others")
def end_others(request: Request, tx: Tx, signed: Signed) -> Response:
    """Sign out everywhere but here."""
    ended = sessions.end_all(tx, signed.person, signed.session.id)
    return see_other(request, "/settings", f"Signed out elsewhere: {ended}.")


@router.post("/settings/sessions/end-all")
def end_all(request: Request, tx: Tx, signed: Signed) -> Response:
    """Sign out everywhere."""
    _ = sessions.end_all(tx, signed.person)
    response = see_other(request, "/sign-in", "You are signed out everywhere.")
    security.take(request, response, security.SESSION)
    return response
