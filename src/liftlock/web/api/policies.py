"""Masking policies over JSON; the document itself is TOML."""

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.domain.people import PersonId, Signature
from liftlock.domain.policy_versions import PolicyState, PolicyVersion
from liftlock.services import policies
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.fields import CodeInPath, DocumentText, Given, Number
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Paging

router = APIRouter(prefix="/policies", tags=["policies"], route_class=OnceRoute)


class DocumentGiven(Given):
    """A policy document."""

    document: DocumentText


class PolicyListed(BaseModel):
    """One version of a repository's policy, without its document."""

    repository: str
    version: int
    state: PolicyState
    submitted_by: str
    submitted_at: datetime
    approved_by: str | None
    approved_at: datetime | None


class PolicyShown(PolicyListed):
    """One version of a repository's policy."""

    document: str


class DraftShown(BaseModel):
    """A document that decides what nobody has decided yet: to be read, changed, submitted."""

    repository: str
    document: str


class UndecidedShown(BaseModel):
    """Something that no decision covers, with a proposal."""

    what: str
    proposal: str
    why: str


class CheckedShown(BaseModel):
    """What a document leaves open or gets wrong for Production as it is now."""

    undecided: list[UndecidedShown]
    refused: list[str]
    """Why a decision cannot be carried out."""
    idle: list[str]
    """Tables and columns that are decided and not there."""


def listed(version: PolicyVersion, names: Mapping[PersonId, str]) -> PolicyListed:
    """Return what a list shows of a policy."""
    return PolicyListed(
        repository=version.repository,
        version=version.version,
        state=version.state,
        submitted_by=_name(version.submitted, names),
        submitted_at=version.submitted.at,
        approved_by=_name(version.approved, names) if version.approved else None,
        approved_at=version.approved.at if version.approved else None,
    )


def _name(signature: Signature, names: Mapping[PersonId, str]) -> str:
    return names.get(signature.by, f"person {signature.by}")


def _shown(tx: Tx, version: PolicyVersion) -> PolicyShown:
    names = policies.names(tx, [version])
    return PolicyShown(**dict(listed(version, names)), document=version.document)


@router.get("", responses=PAGED)
def list_policies(tx: Tx, who: Who, organisation: Of, page: Paging) -> list[PolicyListed]:
    """Return every version of the organisation's policies."""
    every = policies.list_all(tx, who, organisation.id)
    found = page.cut(every, lambda version: (version.repository, version.version))
    names = policies.names(tx, found)
    return [listed(version, names) for version in found]


@router.post("/check")
def check(tx: Tx, who: Who, organisation: Of, given: DocumentGiven) -> CheckedShown:
    """Hold a document against Production's present schema and files; nothing is kept."""
    checked = policies.check(tx, who, organisation.id, given.document)
    return CheckedShown(
        undecided=[
            UndecidedShown(what=u.what, proposal=u.proposal, why=u.why) for u in checked.undecided
        ],
        refused=list(checked.refused),
        idle=list(checked.idle),
    )


@router.post("", status_code=201)
def submit(tx: Tx, who: Who, organisation: Of, given: DocumentGiven) -> PolicyShown:
    """Submit a document; Production's administrators approve it."""
    return _shown(tx, policies.submit(tx, who, organisation.id, given.document))


@router.post("/{repository}/{version}/approve")
def approve(
    tx: Tx, who: Who, organisation: Of, repository: CodeInPath, version: Number
) -> PolicyShown:
    """Put a submitted version in force."""
    return _shown(tx, policies.approve(tx, who, organisation.id, repository, version))


@router.get("/{repository}")
def show(tx: Tx, who: Who, organisation: Of, repository: CodeInPath) -> PolicyShown:
    """Return the newest version of a repository's policy, in force or not."""
    return _shown(tx, policies.show(tx, who, organisation.id, repository))


@router.get("/{repository}/draft")
def discover(tx: Tx, who: Who, organisation: Of, repository: CodeInPath) -> DraftShown:
    """Draft decisions for all that nobody has decided yet in Production's present schema."""
    document = policies.discover(tx, who, organisation.id, repository)
    return DraftShown(repository=repository, document=document)
