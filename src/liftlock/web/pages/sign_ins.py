"""Signing in and out."""

from fastapi import APIRouter, Request, Response

from liftlock.domain.sign_ins import SignInRefused, SignInUnderWay, TooManyTries
from liftlock.identity.local_passwords import LocalPasswords, LoginAndSecret
from liftlock.services import sessions, sign_ins
from liftlock.web import problems
from liftlock.web.edge import Tx
from liftlock.web.pages import security
from liftlock.web.pages.frame import SignedAnyhow, render, see_other
from liftlock.web.pages.security import Posted, Typed

router = APIRouter()


@router.get("/sign-in")
def sign_in(request: Request) -> Response:
    """Show where to sign in."""
    following = security.local(request.query_params.get("next", "/"))
    return render(request, None, "sign_in.html", login="", next=following, kept="")


@router.post("/sign-in")
def signed_in(request: Request, tx: Tx, given: Posted) -> Response:
    """Sign somebody in; a wrong try is kept."""
    proof = LoginAndSecret(login=given.line("login").lower(), secret=given.secret("password"))
    kept = security.kept_from_text(given.one("kept"))
    outcome = sign_ins.sign_in(tx, LocalPasswords(), proof, security.visitor(request), kept)
    if isinstance(outcome, SignInRefused | SignInUnderWay | TooManyTries):
        return _again(request, given, outcome)
    response = see_other(request, kept.page if kept else security.local(given.one("next")))
    security.give(request, response, security.SESSION, outcome.get_secret_value())
    security.take(request, response, security.VISIT)
    return response


@router.post("/sign-out")
def sign_out(request: Request, tx: Tx, signed: SignedAnyhow) -> Response:
    """End this session."""
    sessions.end(tx, signed.person, signed.session.id)
    response = see_other(request, "/sign-in", "You are signed out.")
    security.take(request, response, security.SESSION)
    return response


@router.post("/form-again")
def form_again(request: Request, tx: Tx, signed: SignedAnyhow, given: Posted) -> Response:
    """Open the page whose form was sent too late, filled with what was typed."""
    kept = security.kept_from_text(given.one("kept"))
    sessions.keep(tx, signed.session.id, kept)
    return see_other(request, kept.page if kept else "/")


def _again(
    request: Request, given: Typed, refusal: SignInRefused | SignInUnderWay | TooManyTries
) -> Response:
    return render(
        request,
        None,
        "sign_in.html",
        status=problems.status_of(refusal),
        login=given.one("login"),
        next=security.local(given.one("next")),
        kept=given.one("kept"),
        refusal=refusal,
    )
