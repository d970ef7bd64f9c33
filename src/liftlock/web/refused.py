"""Refusals that no form shows: pages of their own, with the same status as the API's problems."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fastapi import Request, Response

from liftlock.domain import prerequisites
from liftlock.domain.prerequisites import (
    DelegatedAdministratorMissing,
    Prerequisite,
    PrerequisiteMissing,
)
from liftlock.domain.proposals import StagingDrifted
from liftlock.domain.sign_ins import SignInNeeded
from liftlock.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LiftlockError,
    NotFound,
    Stale,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from liftlock.identity.who_may import Action
from liftlock.web import problems
from liftlock.web.pages import security
from liftlock.web.pages.frame import (
    OrganisationFirst,
    PasswordFirst,
    SignedIn,
    render,
    see_other,
)
from liftlock.web.pages.security import StaleForm

TITLES: Mapping[type[LiftlockError], tuple[str, str]] = MappingProxyType(
    {
        PrerequisiteMissing: ("Self-service is not available yet", "lock"),
        StagingDrifted: ("Staging is not what was tested", "git-compare-arrows"),
        Invalid: ("That does not work", "circle-x"),
        Unauthenticated: ("Sign in first", "log-in"),
        Forbidden: ("You may not do this", "shield-x"),
        NotFound: ("Nothing here", "search-x"),
        Stale: ("It has changed since you saw it", "git-compare-arrows"),
        Conflict: ("It has changed meanwhile", "calendar-x"),
        Unavailable: ("Not reachable right now", "server"),
        TooMany: ("Too often", "clock"),
    }
)
"""Title and icon of a refusal's page, the first that fits."""
NOT_AVAILABLE = (
    "It needs three things, and not all of them are in place. Until they are, nothing can be "
    "scheduled or validated here."
)
NOT_YOURS = (
    "Self-service is in place, and others use it. What you have asked for needs a role that you "
    "do not have; what you may do is in the navigation."
)
NOTHING_HERE = "There is no page at this address. Check it for a typing error."
NOT_SO = "This address is not opened in this way. Go back to the page and use its buttons."
TOO_LARGE = "That is more than a form may send. Nothing was done."
UNREADABLE = "What the browser has sent cannot be read. Open the page again."
BROKEN = (
    "Something unexpected happened. Nothing was changed; the server's log has the place. "
    "Try again, and tell the platform operator if it stays so."
)
HTTP_WORDS: Mapping[int, str] = MappingProxyType({404: NOTHING_HERE, 405: NOT_SO, 413: TOO_LARGE})
UNAUTHENTICATED, NOT_FOUND, BUG = 401, 404, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One of the three prerequisites, as a refusal's page lists them."""

    what: Prerequisite
    refusal: PrerequisiteMissing | None


def answer(request: Request, refusal: LiftlockError) -> Response:
    """Return the page, or the way on, that a refusal means to a person with a browser."""
    match refusal:
        case SignInNeeded():
            return _to_sign_in(request)
        case StaleForm():
            return _form_again(request)
        case PasswordFirst():
            return see_other(request, "/settings/password")
        case OrganisationFirst():
            return see_other(request, "/organisations", str(refusal), "info")
        case PrerequisiteMissing() if _publishes(request):
            return see_other(request, "/modules")
        case _:
            return _page(request, refusal)


def not_served(request: Request, status: int) -> Response:
    """Return the page for an address, or a request, that nobody serves."""
    words = HTTP_WORDS.get(status, UNREADABLE)
    title, icon = TITLES[NotFound if status == NOT_FOUND else Invalid]
    return _drawn(request, status, title, icon, words)


def broken(request: Request) -> Response:
    """Return the page for a bug."""
    return _drawn(request, BUG, "Something went wrong", "octagon-alert", BROKEN)


def needs(signed: SignedIn | None, refusal: PrerequisiteMissing) -> tuple[Need, ...]:
    """Return all three prerequisites, with why each that is missing is so."""
    missing = {str(refusal.fields["missing"]): refusal}
    if signed and signed.organisation:
        others = prerequisites.all_missing(signed.person, signed.organisation, None)
        missing = {str(each.fields["missing"]): each for each in others} | missing
    return tuple(Need(what=what, refusal=missing.get(what)) for what in Prerequisite)


def _signed(request: Request) -> SignedIn | None:
    signed = getattr(request.state, "signed", None)
    return signed if isinstance(signed, SignedIn) else None


def _publishes(request: Request) -> bool:
    """Tell whether the overview was asked for by somebody who may see modules alone."""
    signed = _signed(request)
    return request.url.path == "/" and signed is not None and signed.may(Action.READ_PACKAGES)


def _page(request: Request, refusal: LiftlockError) -> Response:
    title, icon = next((said for kind, said in TITLES.items() if isinstance(refusal, kind)))
    three = needs(_signed(request), refusal) if isinstance(refusal, PrerequisiteMissing) else ()
    status = problems.status_of(refusal)
    missing = [type(need.refusal) for need in three if need.refusal]
    if missing == [DelegatedAdministratorMissing]:
        title, icon = TITLES[Forbidden]
        return _drawn(request, status, title, icon, NOT_YOURS, three=three)
    words = NOT_AVAILABLE if three else str(refusal)
    return _drawn(request, status, title, icon, words, three=three)


def _drawn(
    request: Request,
    status: int,
    title: str,
    icon: str,
    words: str,
    *,
    three: tuple[Need, ...] = (),
) -> Response:
    return render(
        request, _signed(request), "refusal.html",
        status=status, code=status, title=title, icon=icon, text=words, needs=three,
        again=status >= BUG, move=_move(request, status),
    )  # fmt: skip


def _move(request: Request, status: int) -> str:
    """Return the page of the move that is no longer as it was seen; empty: it is about none."""
    of = request.url.path.split("/")[1:3]
    changed = status in {problems.STATUS[Conflict], problems.STATUS[Stale]}
    return f"/{'/'.join(of)}" if changed and of[0] == "moves" and of[-1].isdigit() else ""


def _to_sign_in(request: Request) -> Response:
    """Ask to sign in, and keep where it was going, or what had been typed."""
    kept = getattr(request.state, "kept", None)
    if "hx-request" in request.headers:
        headers = {**security.HEADERS, "HX-Redirect": security.sign_in_address(request)}
        return Response(status_code=UNAUTHENTICATED, headers=headers)
    if request.method in security.SAFE or kept is None:
        return see_other(request, security.sign_in_address(request))
    return render(
        request, None, "sign_in.html",
        status=UNAUTHENTICATED, login="", next="/", kept=security.kept_as_text(kept),
    )  # fmt: skip


def _form_again(request: Request) -> Response:
    kept = getattr(request.state, "kept", None)
    page = getattr(request.state, "form_page", "/")
    if kept is None or request.url.path == "/sign-in":
        return see_other(request, page, "That page was old. Please try again.", "info")
    return render(
        request, _signed(request), "form_again.html",
        status=problems.STATUS[Forbidden], kept=security.kept_as_text(kept),
    )  # fmt: skip
