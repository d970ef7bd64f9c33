"""Organisations: set up, changed and chosen by the platform operator."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from liftlock.books import Transaction
from liftlock.domain.organisations import Organisation, Plan
from liftlock.domain.prerequisites import Prerequisite
from liftlock.errors import LiftlockError
from liftlock.identity import who_may
from liftlock.services import organisations, sessions
from liftlock.services.organisations import Settings
from liftlock.web.edge import Tx
from liftlock.web.fields import CodeInPath
from liftlock.web.pages.frame import UNFIT, Signed, SignedIn, attempt, render, see_other
from liftlock.web.pages.security import Posted, Typed

router = APIRouter()


@router.get("/organisations")
def list_organisations(request: Request, tx: Tx, signed: Signed) -> Response:
    """Show every organisation, and where to set up another."""
    return _list(request, tx, signed)


@router.post("/organisations")
def set_up(request: Request, tx: Tx, signed: Signed, given: Posted) -> Response:
    """Set up an organisation."""
    outcome = attempt(tx, lambda: _created(tx, signed, given))
    if isinstance(outcome, LiftlockError):
        return _list(request, tx, signed, outcome)
    return see_other(request, _address(outcome), f"{outcome.title} is set up.")


@router.get("/organisations/{code}")
def show(request: Request, tx: Tx, signed: Signed, code: CodeInPath) -> Response:
    """Show what an organisation has of what self-service needs."""
    who_may.require_operator(signed.person)
    return _one(request, tx, signed, organisations.show(tx, signed.person, code))


@router.post("/organisations/{code}")
def change(request: Request, tx: Tx, signed: Signed, given: Posted, code: CodeInPath) -> Response:
    """Change an organisation's title, plan, self-service, four-eyes."""
    present = organisations.show(tx, signed.person, code)
    outcome = attempt(tx, lambda: _changed(tx, signed, present, given))
    if isinstance(outcome, LiftlockError):
        return _one(request, tx, signed, present, outcome)
    return see_other(request, _address(outcome), f"{outcome.title} is changed.")


@router.post("/organisations/{code}/choose")
def choose(request: Request, tx: Tx, signed: Signed, code: CodeInPath) -> Response:
    """Look at this organisation from now on."""
    who_may.require_operator(signed.person)
    found = organisations.show(tx, signed.person, code)
    sessions.choose(tx, signed.person, signed.session.id, found.id)
    return see_other(request, "/", f"You look at {found.title} now.")


def _list(
    request: Request, tx: Transaction, signed: SignedIn, refusal: LiftlockError | None = None
) -> Response:
    who_may.require_operator(signed.person)
    return render(
        request, signed, "organisations/organisations.html",
        status=UNFIT if refusal else 200, refusal=refusal,
        rows=[(o, _address(o)) for o in organisations.list_all(tx, signed.person)],
    )  # fmt: skip


def _one(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    of: Organisation,
    refusal: LiftlockError | None = None,
) -> Response:
    counts = organisations.administrators(tx, signed.person, of.id)
    return render(
        request, signed, "organisations/organisation.html",
        status=UNFIT if refusal else 200, refusal=refusal,
        of=of, address=_address(of), plans=tuple((plan, plan) for plan in Plan), counts=counts,
        needs=(
            (Prerequisite.SELF_SERVICE, of.self_service),
            (Prerequisite.ENTERPRISE_PLAN, of.plan is Plan.ENTERPRISE),
            (Prerequisite.DELEGATED_ADMINISTRATOR, any(counts.values())),
        ),
    )  # fmt: skip


def _created(tx: Transaction, signed: SignedIn, given: Typed) -> Organisation:
    code = given.named("code").lower()
    return organisations.create(
        tx,
        signed.person,
        code=code,
        title=given.line("title") or code,
        plan=Plan.ESSENTIAL,
        self_service=False,
    )


def _changed(
    tx: Transaction, signed: SignedIn, present: Organisation, given: Typed
) -> Organisation:
    wished = Settings(
        title=given.line("title") or present.title,
        plan=Plan(given.one("plan")) if given.one("plan") in set(Plan) else present.plan,
        self_service=given.has("self_service"),
        four_eyes=given.has("four_eyes"),
    )
    return organisations.set_up(tx, signed.person, present.code, wished)


def _address(organisation: Organisation) -> str:
    return f"/organisations/{quote(organisation.code, safe='')}"
