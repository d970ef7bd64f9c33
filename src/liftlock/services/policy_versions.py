"""Versions of masking policies as pages show them: in force, waiting, and what differs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from liftlock.books import Transaction
from liftlock.domain import policies as rules
from liftlock.domain.environments import Kind
from liftlock.domain.organisations import Organisation, OrganisationId
from liftlock.domain.people import Person, PersonId
from liftlock.domain.policies import FILES
from liftlock.domain.policy_differences import Difference, differences
from liftlock.domain.policy_versions import (
    PolicyNotFound,
    PolicyState,
    PolicyVersion,
)
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import environments, organisations, policies
from liftlock.store import policies as kept

MOST_VERSIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What there is for one repository."""

    repository: str
    in_force: PolicyVersion | None
    waiting: PolicyVersion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Shelf):
    """All that a page shows of one repository's policy."""

    versions: tuple[PolicyVersion, ...]
    """The latest ones, without their documents."""
    names: Mapping[PersonId, str]
    differences: tuple[Difference, ...]
    """What the waiting version decides otherwise than the one in force."""
    may_draft: bool
    may_approve: bool
    is_own: bool
    """Four-eyes keeps this person, who submitted what waits, from approving it."""


def list_all(
    tx: Transaction, who: Person, organisation_id: OrganisationId
) -> tuple[tuple[Shelf, ...], Mapping[PersonId, str]]:
    """Return what there is for each of Production's repositories, and who everybody is.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, EnvironmentNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    heads = kept.heads(tx, organisation.id)
    known = _repositories(tx, who, organisation)
    listed = dict.fromkeys((*known, *(version.repository for version in heads)))
    return tuple(_shelf(each, heads) for each in listed), policies.names(tx, heads)


def of_repository(
    tx: Transaction, who: Person, organisation_id: OrganisationId, repository: str
) -> Opened:
    """Return all that a page shows of a repository's policy.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, EnvironmentNotFound,
        PolicyNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    versions = kept.versions(tx, organisation.id, repository, MOST_VERSIONS)
    if not versions and repository not in _repositories(tx, who, organisation):
        raise PolicyNotFound(repository=repository, version="any")
    in_force = kept.read(tx, organisation.id, repository, state=PolicyState.APPROVED)
    waiting = kept.read(tx, organisation.id, repository, state=PolicyState.SUBMITTED)
    own = waiting is not None and organisation.four_eyes and waiting.submitted.by == who.id
    return Opened(
        repository=repository,
        in_force=in_force,
        waiting=waiting,
        versions=tuple(versions),
        names=policies.names(tx, (v for v in (*versions, in_force, waiting) if v)),
        differences=_differences(in_force, waiting) if waiting else (),
        may_draft=_may(tx, who, organisation, Action.DRAFT_POLICY, Kind.DEVELOPMENT),
        may_approve=_may(tx, who, organisation, Action.APPROVE_POLICY, Kind.PRODUCTION),
        is_own=own,
    )


def show(
    tx: Transaction, who: Person, organisation_id: OrganisationId, repository: str, version: int
) -> tuple[PolicyVersion, tuple[Difference, ...], Mapping[PersonId, str]]:
    """Return one version, how it differs from the one before, and who everybody is.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, PolicyNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    found = kept.read(tx, organisation.id, repository, version=version)
    if found is None:
        raise PolicyNotFound(repository=repository, version=version)
    before = kept.read(tx, organisation.id, repository, version=version - 1)
    return found, _differences(before, found), policies.names(tx, (found,))


def _repositories(tx: Transaction, who: Person, organisation: Organisation) -> tuple[str, ...]:
    production = environments.of_kind(tx, organisation.id, Kind.PRODUCTION)
    registered = environments.show(tx, who, production.id)
    return (*(database.label for database in registered.databases), FILES)


def _shelf(repository: str, heads: Iterable[PolicyVersion]) -> Shelf:
    found = {version.state: version for version in heads if version.repository == repository}
    return Shelf(
        repository=repository,
        in_force=found.get(PolicyState.APPROVED),
        waiting=found.get(PolicyState.SUBMITTED),
    )


def _differences(before: PolicyVersion | None, after: PolicyVersion) -> tuple[Difference, ...]:
    old = rules.parse(before.document) if before else None
    return differences(old, rules.parse(after.document))


def _may(
    tx: Transaction, who: Person, organisation: Organisation, action: Action, kind: Kind
) -> bool:
    return who_may.may(who, action, organisation, environments.of_kind(tx, organisation.id, kind))
