"""Masking policies over JSON; the document itself is TOML."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from liftlock.domain.policy_versions import PolicyState, PolicyVersion
from liftlock.services import policies
from liftlock.web.edge import Of, Tx, Who

router = APIRouter(prefix="/policies", tags=["policies"])


class DocumentGiven(BaseModel):
    """A policy document."""

    model_config = ConfigDict(extra="forbid")

    document: str


class PolicyShown(BaseModel):
    """One version of a repository's policy."""

    repository: str
    version: int
    state: PolicyState
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
    idle: list[str]


def shown(version: PolicyVersion) -> PolicyShown:
    """Return what a caller sees of a policy."""
    return PolicyShown(
        repository=version.repository,
        version=version.version,
        state=version.state,
        document=version.document,
    )


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
    return shown(policies.submit(tx, who, organisation.id, given.document))


@router.post("/{repository}/{version}/approve")
def approve(tx: Tx, who: Who, organisation: Of, repository: str, version: int) -> PolicyShown:
    """Put a submitted version in force."""
    return shown(policies.approve(tx, who, organisation.id, repository, version))


@router.get("/{repository}")
def show(tx: Tx, who: Who, organisation: Of, repository: str) -> PolicyShown:
    """Return the newest version of a repository's policy, in force or not."""
    return shown(policies.show(tx, who, organisation.id, repository))
