"""The frame of every page: who is signed in, which organisation, how pages are drawn, answered."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias, TypeVar, cast

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined
from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.environments import Environment, EnvironmentNotFound, Kind
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Person
from liftlock.domain.sessions import Session
from liftlock.domain.sign_ins import SignInNeeded
from liftlock.errors import Forbidden, Invalid, LiftlockError
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import (
    environments,
    installations,
    notifications,
    organisations,
    sessions,
    submissions,
)
from liftlock.web.edge import Tx
from liftlock.web.navigation import SELF_SERVICE, Navigation, navigation
from liftlock.web.pages import security, words
from liftlock.web.pages.security import Posted, TheRules, Typed

T = TypeVar("T")

SEE_OTHER = 303
UNFIT = 422
OK = "ok"


class PasswordFirst(Forbidden):
    """Signed in by a code: a password comes before everything else."""

    code = "password.first"
    sentence = "Set a password of your own first."


class OrganisationFirst(Invalid):
    """A platform operator belongs to none, and has not chosen one."""

    code = "organisation.first"
    sentence = "Choose the organisation that you want to look at."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who asks for a page, and what every page needs to know."""

    person: Person
    session: Session
    organisation: Organisation | None
    """The person's own; an operator's chosen one; None before an operator has chosen."""
    environments: tuple[Environment, ...]
    """Of the organisation; empty for those who may not read them."""
    zone: str
    now: datetime
    waiting: int
    """How many messages are unread."""
    typed: Typed
    """What fills the form of this page again: it was typed when the session had ended."""

    def environment(self, kind: Kind) -> Environment:
        """Return the organisation's environment of this kind. Raises: EnvironmentNotFound."""
        found = next((each for each in self.environments if each.kind is kind), None)
        if found is None:
            raise EnvironmentNotFound(environment=kind.title)
        return found

    def may(self, action: Action, environment: Environment | None = None) -> bool:
        """Tell whether the person may do this: what a page shows, and what it hides."""
        of = self.organisation
        return of is not None and who_may.may(self.person, action, of, environment)


def anyhow_signed_in(request: Request, tx: Tx, given: Posted, rules: TheRules) -> SignedIn:
    """Return who is signed in, even one who must set a password first. Raises: SignInNeeded."""
    token = request.cookies.get(security.name_of(request, security.SESSION))
    found = sessions.resume(tx, SecretStr(token), rules.lifetime) if token else None
    if found is None:
        raise SignInNeeded
    signed = _signed(request, tx, *found, given)
    request.state.signed = signed
    return signed


SignedAnyhow: TypeAlias = Annotated[SignedIn, Depends(anyhow_signed_in)]


def signed_in(signed: SignedAnyhow) -> SignedIn:
    """Return who is signed in. Raises: SignInNeeded, PasswordFirst."""
    if signed.session.must_set_password:
        raise PasswordFirst
    return signed


Signed: TypeAlias = Annotated[SignedIn, Depends(signed_in)]


def spoken_of(signed: Signed) -> Organisation:
    """Return the organisation that the page is about. Raises: OrganisationFirst."""
    if signed.organisation is None:
        raise OrganisationFirst
    return signed.organisation


Of: TypeAlias = Annotated[Organisation, Depends(spoken_of)]


def render(
    request: Request,
    signed: SignedIn | None,
    template: str,
    *,
    status: int = 200,
    **context: object,
) -> HTMLResponse:
    """Draw a page; `context` is what its template needs beyond the frame.

    The frame gives: `signed`, `organisation`, `navigation`, `path`, `page`, `theme`, `csrf`,
    `once`, `said`, `zone`, `now`, `typed` (of the request's form where the page is drawn again)
    and `refusal` (None unless given).
    """
    frame: dict[str, object] = {
        "signed": signed,
        "organisation": signed.organisation if signed else None,
        "navigation": _navigation(request, signed),
        "path": request.url.path,
        "page": page_of(request),
        "theme": security.theme(request),
        "csrf": security.token(request),
        "once": secrets.token_urlsafe(16),
        "said": security.said(request),
        "zone": signed.zone if signed else "UTC",
        "now": signed.now if signed else None,
        "typed": signed.typed if signed else Typed(),
        "refusal": None,
    }
    html = TEMPLATES.get_template(template).render(frame | context)
    response = HTMLResponse(html, status, headers=dict(security.HEADERS))
    _set_cookies(request, response)
    return response


def see_other(request: Request, address: str, said: str = "", tone: str = OK) -> RedirectResponse:
    """Answer a form: open this page of the console, which says `said` once."""
    response = RedirectResponse(security.local(address), SEE_OTHER, headers=dict(security.HEADERS))
    if said:
        security.say(request, response, said, tone)
    return response


def attempt(tx: Transaction, act: Callable[[], T]) -> T | LiftlockError:
    """Return what `act` returns, or its refusal, of which nothing is left in the books."""
    try:
        with tx.attempt():
            return act()
    except LiftlockError as refusal:
        return refusal


def once(tx: Transaction, signed: SignedIn, given: Typed, act: Callable[[], Response]) -> Response:
    """Answer a form that would do something twice: the second time as the first, without acting.

    The form has `ui.once()` in it. An answer that is no redirect has done nothing, and may be sent
    again.
    """
    token = given.one("once")
    before = submissions.taken(tx, signed.person, token) if token else None
    if before is not None:
        return RedirectResponse(before, SEE_OTHER, headers=dict(security.HEADERS))
    response = act()
    if token and response.status_code == SEE_OTHER:
        submissions.answered(tx, token, response.headers["location"])
    elif token:
        submissions.not_taken(tx, token)
    return response


def page_of(request: Request) -> str:
    """Return the address of the page that is drawn; of a form's answer: that of the form."""
    kept = getattr(request.state, "form_page", None)
    return cast("str", kept) if kept else security.here(request)


def _signed(
    request: Request, tx: Transaction, person: Person, session: Session, given: Typed
) -> SignedIn:
    organisation = _organisation(tx, person, session)
    return SignedIn(
        person=person,
        session=session,
        organisation=organisation,
        environments=_environments(tx, person, organisation),
        zone=installations.load(tx).zone,
        now=tx.now,
        waiting=notifications.unread(tx, person),
        typed=given or _given_back(request, tx, session),
    )


def _organisation(tx: Transaction, person: Person, session: Session) -> Organisation | None:
    id_ = person.organisation or session.organisation
    return organisations.find(tx, person, id_) if id_ else None


def _environments(
    tx: Transaction, person: Person, organisation: Organisation | None
) -> tuple[Environment, ...]:
    if organisation is None or not who_may.may(person, Action.READ, organisation):
        return ()
    return environments.list_all(tx, person, organisation.id)


def _given_back(request: Request, tx: Transaction, session: Session) -> Typed:
    """Return what was typed on this page when the session before ended; once."""
    kept = session.kept
    if request.method not in security.SAFE or kept is None or kept.page != security.here(request):
        return Typed()
    sessions.keep(tx, session.id, None)
    return Typed(kept.fields)


def _navigation(request: Request, signed: SignedIn | None) -> Navigation:
    if signed is None or signed.session.must_set_password:
        return Navigation()
    path = request.url.path
    return navigation(signed.person, signed.organisation, path, signed.waiting)


def _set_cookies(request: Request, response: Response) -> None:
    if hasattr(request.state, "visit"):
        security.give(request, response, security.VISIT, security.visit(request))
    if security.said(request):
        security.take(request, response, security.FLASH)


def _templates() -> Templates:
    made = Templates(
        loader=PackageLoader("liftlock.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cast("dict[str, object]", made.filters).update(words.FILTERS)
    named = {"Kind": Kind, "Action": Action, "SELF_SERVICE": SELF_SERVICE}
    cast("dict[str, object]", made.globals).update(named)
    return made


TEMPLATES = _templates()
