"""The four self-service pages: what is planned, what it waits for, and what this person may do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias, TypeVar

from fastapi import APIRouter, Depends, Request, Response

from liftlock.books import Transaction
from liftlock.domain.consoles import Page, page_at
from liftlock.domain.environments import Kind
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Person
from liftlock.errors import Forbidden, LiftlockError
from liftlock.services import consoles
from liftlock.web.edge import Tx
from liftlock.web.pages.frame import (
    UNFIT,
    Of,
    Signed,
    SignedIn,
    attempt,
    once,
    render,
    see_other,
)
from liftlock.web.pages.security import Typed

router = APIRouter()

T = TypeVar("T")
OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody on a page of an organisation, and the transaction of this request."""

    request: Request
    tx: Transaction
    signed: SignedIn
    of: Organisation

    @property
    def who(self) -> Person:
        """Return who it is."""
        return self.signed.person

    def drawn(
        self, template: str, refusal: LiftlockError | None = None, **context: object
    ) -> Response:
        """Return a page; one that shows why its form was refused says so by its status."""
        status = UNFIT if refusal else OK
        return render(
            self.request, self.signed, template, status=status, refusal=refusal, **context
        )

    def go(self, address: str, said: str = "", tone: str = "ok") -> Response:
        """Return the way to another page, which says something once."""
        return see_other(self.request, address, said, tone)

    def attempt(self, act: Callable[[], T]) -> T | LiftlockError:
        """Return what `act` returns, or a refusal that the form can show; nothing is left of it.

        Raises: Forbidden, which gets a page of its own.
        """
        done = attempt(self.tx, act)
        if isinstance(done, Forbidden):
            raise done
        return done

    def do(self, given: Typed, errand: "Errand") -> Response:
        """Do what a form asks once, however often it is sent; show a refusal where it was typed."""

        def act() -> Response:
            done = self.attempt(errand.act)
            if isinstance(done, LiftlockError):
                return errand.again(done)
            return self.go(errand.following, done if isinstance(done, str) else errand.said)

        return once(self.tx, self.signed, given, act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a form does, where it leads to, and what is shown when it is refused."""

    act: Callable[[], object]
    """A text that it returns is said on the next page."""
    following: str
    again: Callable[[LiftlockError], Response]
    said: str = ""


def visit(request: Request, tx: Tx, signed: Signed, of: Of) -> Visit:
    """Return who is on the page of which organisation."""
    return Visit(request=request, tx=tx, signed=signed, of=of)


Visiting: TypeAlias = Annotated[Visit, Depends(visit)]


def page_here(request: Request) -> Page:
    """Return the self-service page that this address is, or is below."""
    console, slug = request.url.path.split("/")[1:3]
    return page_at(Kind(console), slug)


Here: TypeAlias = Annotated[Page, Depends(page_here)]


@router.get("/development/move-to-staging")
@router.get("/development/down-alignment")
@router.get("/staging/move-to-production")
@router.get("/production/production-deployment")
def console(visit: Visiting, page: Here) -> Response:
    """Show a self-service page."""
    return shown(visit, page)


def shown(visit: Visit, page: Page, refusal: LiftlockError | None = None) -> Response:
    """Return a self-service page as the books have it now; with why a form on it was refused."""
    found = consoles.show(visit.tx, visit.who, visit.of.id, page)
    return visit.drawn("consoles/page.html", refusal, console=found)
