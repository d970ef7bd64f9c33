"""Versions of masking policies: submitted below, approved by Production's administrators. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from liftlock.domain.people import Signature
from liftlock.errors import Conflict, Forbidden, Invalid, NotFound


class PolicyState(StrEnum):
    """Whether a version counts."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    """In force."""
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One document about one repository, as it was submitted."""

    repository: str
    version: int
    document: str
    """TOML."""
    state: PolicyState
    submitted: Signature
    approved: Signature | None = None


class PolicyNotFound(NotFound):
    """No such version."""

    code = "policy.not_found"
    sentence = "There is no policy for {repository} in version {version}. Submit one first."


class PolicyNotWaiting(Conflict):
    """Only a submitted version can be approved."""

    code = "policy.not_waiting"
    sentence = "Version {version} of the policy for {repository} is {state}: it does not wait."


class PolicyNotApproved(Conflict):
    """A version was submitted, and Production's administrators have not approved it."""

    code = "policy.not_approved"
    sentence = (
        "The policy for {repositories} was submitted and is not approved. "
        "A Delegated Administrator of Production must approve it."
    )


class OwnPolicy(Forbidden):
    """Four-eyes: who submitted a policy does not approve it."""

    code = "policy.own_policy"
    sentence = (
        "You submitted version {version} of the policy for {repository}, so another administrator "
        "of Production must approve it (four-eyes is on)."
    )


class UnknownRepository(Invalid):
    """A policy speaks of a repository that Production does not have."""

    code = "policy.unknown_repository"
    sentence = "Production has no repository {repository}. A policy can be for {known}."


class AnotherRepository(Invalid):
    """A document was submitted on the page of a repository that it does not speak of."""

    code = "policy.another_repository"
    sentence = (
        "The document's first line says repository {said}, and this page is about {repository}. "
        "Change the line, or open the other page."
    )
