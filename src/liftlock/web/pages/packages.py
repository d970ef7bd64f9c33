"""Modules: what is installed where and how that differs; what is in the store; installing it."""

from fastapi import APIRouter, Request, Response

from liftlock.books import Transaction
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Digest, ModuleCode
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.packages import ModuleRow
from liftlock.domain.people import Person
from liftlock.domain.progress import Progress
from liftlock.errors import Forbidden, LiftlockError
from liftlock.identity.who_may import Action
from liftlock.modules.installing import InstallReport
from liftlock.modules.stores import ModuleStore
from liftlock.services import packages
from liftlock.web.edge import Store, Tx
from liftlock.web.fields import Code, CodeInPath
from liftlock.web.pages.frame import UNFIT, Of, Signed, SignedIn, attempt, once, render, see_other
from liftlock.web.pages.security import FieldUnfit, Posted, Typed

router = APIRouter(prefix="/modules")


@router.get("")
def show(
    request: Request, tx: Tx, signed: Signed, of: Of, *, find: Code = "", only: Code = ""
) -> Response:
    """Show every module; `find` narrows by code or title, `only` to those that differ."""
    found, rows = packages.compare(tx, signed.person, of.id)
    return render(
        request, signed, "packages/page.html",
        rows=[row for row in rows if _fits(row, find) and (row.differs or not only)],
        are_any=bool(rows),
        unread=[(kind, each) for kind, each in found.items() if isinstance(each, LiftlockError)],
        read=[kind for kind in Kind if kind in found],
        find=find,
        only=only,
    )  # fmt: skip


@router.get("/{code}")
def show_one(request: Request, tx: Tx, signed: Signed, of: Of, code: CodeInPath) -> Response:
    """Show a module: where it is installed, and its builds."""
    builds = packages.builds(tx, signed.person, of.id, ModuleCode(code))
    _, rows = packages.compare(tx, signed.person, of.id)
    return render(
        request, signed, "packages/one.html",
        builds=builds,
        row=next(row for row in rows if row.code == code),
        may_install=_may_install(signed),
    )  # fmt: skip


@router.post("/install")
def install(
    request: Request, tx: Tx, signed: Signed, of: Of, *, given: Posted, store: Store
) -> Response:
    """Install packages into Development, by their digests; what is there already stays."""

    def act() -> Response:
        done = attempt(tx, lambda: _install(tx, signed.person, of.id, given, store))
        if isinstance(done, Forbidden):
            raise done
        if isinstance(done, LiftlockError):
            return render(request, signed, "packages/refused.html", status=UNFIT, refusal=done)
        return see_other(request, "/modules", _said(done))

    return once(tx, signed, given, act)


def _install(
    tx: Transaction,
    who: Person,
    organisation: OrganisationId,
    given: Typed,
    store: ModuleStore,
) -> InstallReport:
    digests = [Digest(each) for each in given.all("digest")]
    if not digests:
        raise FieldUnfit(field="Modules", what="choose at least one")
    return packages.install_into_development(
        tx, who, organisation, digests, store=store, tell=_not_told
    )


def _may_install(signed: SignedIn) -> bool:
    development = next((e for e in signed.environments if e.kind is Kind.DEVELOPMENT), None)
    return signed.may(Action.INSTALL_MODULE, development)


def _fits(row: ModuleRow, wanted: str) -> bool:
    return wanted.casefold() in f"{row.code} {row.title}".casefold()


def _said(done: InstallReport) -> str:
    names = ", ".join(f"{m.module.code} {m.module.version}" for m in done.modules)
    return f"Development has {names} now."


def _not_told(progress: Progress) -> None:
    """Do without: a form waits for its answer."""
    del progress
