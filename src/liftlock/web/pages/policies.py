"""Masking policies: drafted and submitted in Development, read and approved in Production."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from liftlock.books import Transaction
from liftlock.domain.environments import Kind
from liftlock.domain.organisations import Organisation
from liftlock.domain.policies import parse
from liftlock.domain.policy_versions import AnotherRepository
from liftlock.domain.sessions import Kept
from liftlock.errors import Forbidden, LiftlockError, NotFound
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import policies, policy_versions, sessions
from liftlock.services.policies import Checked
from liftlock.web.edge import Tx
from liftlock.web.fields import CodeInPath, Number
from liftlock.web.pages.frame import UNFIT, Of, Signed, SignedIn, attempt, once, render, see_other
from liftlock.web.pages.security import Posted, Typed

router = APIRouter(prefix="/policies")

OK = 200
LOOKS = frozenset({"check", "fill"})
"""What a form may ask for that changes nothing: its answer is a page that can be opened again."""


@router.get("")
def show(request: Request, tx: Tx, signed: Signed, of: Of) -> Response:
    """Show what there is for each repository."""
    shelves, names = policy_versions.list_all(tx, signed.person, of.id)
    return render(
        request, signed, "policies/page.html",
        shelves=shelves,
        names=names,
        may_draft=any(signed.may(Action.DRAFT_POLICY, each) for each in signed.environments),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One repository's policy before one person."""

    request: Request
    tx: Transaction
    signed: SignedIn
    of: Organisation
    repository: str

    def page(self, refusal: LiftlockError | None = None) -> Response:
        """Return the page of the policy; with why an approval was refused."""
        opened = policy_versions.of_repository(
            self.tx, self.signed.person, self.of.id, self.repository
        )
        return render(
            self.request, self.signed, "policies/one.html",
            status=UNFIT if refusal else OK,
            opened=opened,
            refusal=refusal,
        )  # fmt: skip

    def editor(
        self,
        document: str,
        *,
        checked: Checked | None = None,
        refusal: LiftlockError | None = None,
        is_filled: bool = False,
    ) -> Response:
        """Return the editor with a document; and what it leaves open, or why it was refused."""
        return render(
            self.request, self.signed, "policies/draft.html",
            status=UNFIT if refusal else OK,
            repository=self.repository,
            document=document,
            checked=checked,
            refusal=refusal,
            is_filled=is_filled,
        )  # fmt: skip

    def answered(
        self, act: Callable[[], Response], again: Callable[[LiftlockError], Response]
    ) -> Response:
        """Do something; what was typed is shown again beside a refusal."""
        done = attempt(self.tx, act)
        if isinstance(done, Forbidden | NotFound):
            raise done
        return again(done) if isinstance(done, LiftlockError) else done

    def look(self, given: Typed) -> Response:
        """Keep what was typed, and open the page that holds it against Production."""
        _require_about(self.repository, given.document("document"))
        self.keep((name, value) for name, value in given if name in {"document", "do"})
        return see_other(self.request, self.draft)

    @property
    def draft(self) -> str:
        """Return the address of the editor."""
        return f"/policies/{self.repository}/draft"

    def keep(self, fields: Iterable[tuple[str, str]]) -> None:
        """Keep what was typed for the editor, until something is submitted."""
        kept = Kept(page=self.draft, fields=tuple(fields))
        sessions.keep(self.tx, self.signed.session.id, kept)

    def looked_at(self, document: str) -> Response:
        """Hold what was typed against Production; nothing is changed."""
        match self.signed.typed.one("do"):
            case "check":
                found = policies.check(self.tx, self.signed.person, self.of.id, document)
                return self.editor(document, checked=found)
            case "fill":
                filled = policies.filled_in(self.tx, self.signed.person, self.of.id, document)
                found = policies.check(self.tx, self.signed.person, self.of.id, filled)
                return self.editor(filled, checked=found, is_filled=True)
            case _:
                return self.editor(document)

    def submit(self, given: Typed) -> Response:
        """Submit a document as the next version."""
        document = given.document("document")
        _require_about(self.repository, document)
        made = policies.submit(self.tx, self.signed.person, self.of.id, document)
        sessions.keep(self.tx, self.signed.session.id, None)
        said = f"Version {made.version} waits for an approval by an administrator of Production."
        return see_other(self.request, f"/policies/{self.repository}", said)

    def approve(self, version: int) -> Response:
        """Put a version in force."""
        _ = policies.approve(self.tx, self.signed.person, self.of.id, self.repository, version)
        said = f"Version {version} of the policy for {self.repository} is in force."
        return see_other(self.request, f"/policies/{self.repository}", said)


def desk(request: Request, tx: Tx, signed: Signed, of: Of, repository: CodeInPath) -> Desk:
    """Return the policy that this address is about, before who is signed in."""
    return Desk(request=request, tx=tx, signed=signed, of=of, repository=repository)


@router.get("/{repository}")
def show_one(at: Annotated[Desk, Depends(desk)]) -> Response:
    """Show a repository's policy: in force, waiting, what differs, its versions."""
    return at.page()


@router.get("/{repository}/versions/{version}")
def show_version(at: Annotated[Desk, Depends(desk)], version: Number) -> Response:
    """Show one version, and how it differs from the one before."""
    found, differences, names = policy_versions.show(
        at.tx, at.signed.person, at.of.id, at.repository, version
    )
    return render(
        at.request, at.signed, "policies/version.html",
        version=found,
        differences=differences,
        names=names,
    )  # fmt: skip


@router.get("/{repository}/draft")
def draft(at: Annotated[Desk, Depends(desk)]) -> Response:
    """Show the editor with what was typed last, else what waits, else what is in force."""
    development = at.signed.environment(Kind.DEVELOPMENT)
    who_may.require(at.signed.person, Action.DRAFT_POLICY, at.of, development)
    opened = policy_versions.of_repository(at.tx, at.signed.person, at.of.id, at.repository)
    latest = opened.waiting or opened.in_force
    begun = latest.document if latest else f"repository = {json.dumps(at.repository)}\n"
    if not at.signed.typed:
        return at.editor(begun)
    document = at.signed.typed.one("document", begun).replace("\r\n", "\n")
    at.keep(at.signed.typed)
    return at.answered(
        lambda: at.looked_at(document), lambda refusal: at.editor(document, refusal=refusal)
    )


@router.post("/{repository}/draft")
def submit(at: Annotated[Desk, Depends(desk)], given: Posted) -> Response:
    """Submit a document; or check it, or fill it in, which changes nothing anywhere."""
    document = given.one("document").replace("\r\n", "\n")

    def again(refusal: LiftlockError) -> Response:
        return at.editor(document, refusal=refusal)

    if given.one("do") in LOOKS:
        return at.answered(lambda: at.look(given), again)
    return once(at.tx, at.signed, given, lambda: at.answered(lambda: at.submit(given), again))


@router.post("/{repository}/approve")
def approve(at: Annotated[Desk, Depends(desk)], given: Posted) -> Response:
    """Put the version that was read in force, on behalf of Production."""
    number = given.one("version")
    version = int(number) if number.isdecimal() and len(number) < len("1000000") else 0
    return at.answered(lambda: at.approve(version), at.page)


def _require_about(repository: str, document: str) -> None:
    """Refuse a document that speaks of another repository. Raises: UnreadablePolicy and it."""
    said = parse(document).repository
    if said != repository:
        raise AnotherRepository(said=said, repository=repository)
