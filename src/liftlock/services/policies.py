"""Masking policies: drafted in Development, approved in Production, merged with modules' own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from liftlock.books import Transaction
from liftlock.domain import policies as rules
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import DatabaseRole, Environment, Kind
from liftlock.domain.modules import Installed, ModuleCode
from liftlock.domain.organisations import Organisation, OrganisationId
from liftlock.domain.people import Person, PersonId
from liftlock.domain.policies import FILES, Policy, Undecided
from liftlock.domain.policy_versions import (
    OwnPolicy,
    PolicyNotApproved,
    PolicyNotFound,
    PolicyNotWaiting,
    PolicyState,
    PolicyVersion,
    UnknownRepository,
)
from liftlock.domain.schemas import Table
from liftlock.downalign import large_objects, tables
from liftlock.downalign.catalogs import settled
from liftlock.downalign.masking import discovering
from liftlock.environments import trees
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.modules import readback
from liftlock.services import environments, notifications, organisations
from liftlock.store import audit_events, packages, people, policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a document, merged with the modules' decisions, leaves open or gets wrong."""

    policy: Policy
    undecided: tuple[Undecided, ...]
    refused: tuple[str, ...]
    """Why a decided mask cannot be carried out."""
    idle: tuple[str, ...]
    """Tables and columns that are decided and not there."""


def check(tx: Transaction, who: Person, organisation_id: OrganisationId, document: str) -> Checked:
    """Hold a document against Production as it is now; nothing is kept.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, UnreadablePolicy,
        UnknownRepository,
        ConflictingDecisions, ServerUnreachable.
    """
    organisation, production = _reached(tx, who, organisation_id, Action.DRAFT_POLICY)
    said = rules.parse(document)
    parts = environments.parts(tx, production)
    _require_known(parts, said)
    modules = readback.installed(parts)
    merged_ = _merged(tx, organisation.id, parts, modules, {said.repository: said})
    return _check(parts, merged_[said.repository])


def submit(
    tx: Transaction, who: Person, organisation_id: OrganisationId, document: str
) -> PolicyVersion:
    """Keep a document as its repository's next version, which waits for an approval.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, UnreadablePolicy,
        UnknownRepository.
    """
    organisation, production = _reached(tx, who, organisation_id, Action.DRAFT_POLICY)
    said = rules.parse(document)
    _require_known(environments.parts(tx, production), said)
    version = policies.add(
        tx, organisation.id, repository=said.repository, document=document, by=who.id
    )
    submitted = _version(tx, organisation.id, said.repository, version)
    _audit(tx, Tag.POLICY_SUBMITTED, who, organisation, submitted)
    asked = f"{who.name} submitted version {version}. It counts once Production's approve it."
    notifications.tell_of_policy(
        tx, Tag.POLICY_SUBMITTED, production, said.repository, asked, but=who.id
    )
    return submitted


def approve(
    tx: Transaction, who: Person, organisation_id: OrganisationId, repository: str, version: int
) -> PolicyVersion:
    """Put a submitted version in force, on behalf of Production.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, PolicyNotFound, PolicyNotWaiting,
        OwnPolicy.
    """
    organisation, production = _reached(tx, who, organisation_id, Action.APPROVE_POLICY)
    waiting = _version(tx, organisation.id, repository, version)
    if waiting.state is not PolicyState.SUBMITTED:
        raise PolicyNotWaiting(repository=repository, version=version, state=waiting.state)
    if organisation.four_eyes and waiting.submitted.by == who.id:
        raise OwnPolicy(repository=repository, version=version)
    policies.approve(tx, organisation.id, repository, version, who.id)
    approved = _version(tx, organisation.id, repository, version)
    _audit(tx, Tag.POLICY_APPROVED, who, organisation, approved)
    notifications.tell_of_policy(
        tx,
        Tag.POLICY_APPROVED,
        production,
        repository,
        f"{who.name} approved version {version}.",
        to=waiting.submitted.by,
        but=who.id,
    )
    return approved


def show(
    tx: Transaction, who: Person, organisation_id: OrganisationId, repository: str
) -> PolicyVersion:
    """Return the latest version for a repository, in force or not.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, PolicyNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    found = policies.latest(tx, organisation.id, repository)
    if found is None:
        raise PolicyNotFound(repository=repository, version="any")
    return found


def list_all(
    tx: Transaction, who: Person, organisation_id: OrganisationId
) -> tuple[PolicyVersion, ...]:
    """Return every version of the organisation's policies.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    return tuple(policies.of_organisation(tx, organisation.id))


def names(tx: Transaction, of: Iterable[PolicyVersion]) -> Mapping[PersonId, str]:
    """Return who everybody is that submitted or approved these versions."""
    signed = (s for version in of for s in (version.submitted, version.approved) if s)
    return people.names(tx, {signature.by for signature in signed})


def discover(tx: Transaction, who: Person, organisation_id: OrganisationId, repository: str) -> str:
    """Draft a document for all of Production's repository that modules do not decide themselves.

    Names, types, references and comments are read, values are not; nothing is kept.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, UnknownRepository,
        ConflictingDecisions, ServerUnreachable.
    """
    organisation, production = _reached(tx, who, organisation_id, Action.DRAFT_POLICY)
    parts = environments.parts(tx, production)
    _require_known(parts, Policy(repository=repository))
    decided = _merged(tx, organisation.id, parts, readback.installed(parts), {})[repository]
    return rules.render(_draft(parts, decided))


def filled_in(tx: Transaction, who: Person, organisation_id: OrganisationId, document: str) -> str:
    """Return a document with a proposal for everything that neither it nor a module decides.

    What it decides stays; its comments and its layout do not.

    Raises: as `check` and `discover`.
    """
    said = rules.parse(document)
    draft = rules.parse(discover(tx, who, organisation_id, said.repository))
    return rules.render(rules.merge({ModuleCode("proposals"): draft}, said))


def _draft(parts: Parts, decided: Policy) -> Policy:
    if decided.repository == FILES:
        paths = trees.entries(parts.files)
        return discovering.draft_files(p for p in paths if decided.path_decision(p) is None)
    with settled(parts.database(decided.repository)) as connection:
        return rules.left_open(discovering.discover(connection, decided.repository), decided)


def require_approved(tx: Transaction, organisation: OrganisationId) -> None:
    """Refuse while a repository has a submitted policy and none in force.

    Raises: PolicyNotApproved.
    """
    every = policies.of_organisation(tx, organisation)
    in_force = {version.repository for version in every if version.state is PolicyState.APPROVED}
    waiting = {v.repository for v in every if v.state is PolicyState.SUBMITTED} - in_force
    if waiting:
        raise PolicyNotApproved(repositories=sorted(waiting))


def merged(
    tx: Transaction, production: Environment, parts: Parts, modules: Sequence[Installed]
) -> Mapping[str, Policy]:
    """Return the policies that count, by database label and for `files`.

    They are those of Production's modules; the approved ones have the last word.

    Raises: ConflictingDecisions.
    """
    in_force = policies.in_force(tx, production.organisation)
    operator = {version.repository: rules.parse(version.document) for version in in_force}
    return _merged(tx, production.organisation, parts, modules, operator)


def _merged(
    tx: Transaction,
    organisation: OrganisationId,
    parts: Parts,
    modules: Sequence[Installed],
    operator: Mapping[str, Policy],
) -> dict[str, Policy]:
    pushed = packages.with_digests(tx, organisation, [module.digest for module in modules])
    places: dict[str, DatabaseRole | None] = {d.label: d.role for d in parts.databases}
    places[FILES] = None
    return {
        label: rules.merge(
            {p.manifest.code: p.manifest.policy_for(label, role, p.scripts) for p in pushed},
            operator.get(label, Policy(repository=label)),
        )
        for label, role in places.items()
    }


def draft_alone(database: Database) -> str:
    """Draft a document for all of a database, whatever modules would decide.

    Raises: ServerUnreachable.
    """
    with settled(database) as connection:
        return rules.render(discovering.discover(connection, database.label))


def check_alone(database: Database, policy: Policy) -> Checked:
    """Hold a policy against a database, whatever modules would decide.

    Raises: ServerUnreachable.
    """
    return _check_in(database, policy)


def _check(parts: Parts, policy: Policy) -> Checked:
    if policy.repository == FILES:
        return _checked(policy, (), paths=trees.entries(parts.files))
    return _check_in(parts.database(policy.repository), policy)


def _check_in(database: Database, policy: Policy) -> Checked:
    with settled(database) as connection:
        has_large_objects = bool(large_objects.read(connection))
        return _checked(policy, tables.read(connection), has_large_objects=has_large_objects)


def _checked(
    policy: Policy,
    there: Sequence[Table],
    *,
    has_large_objects: bool = False,
    paths: Sequence[str] = (),
) -> Checked:
    return Checked(
        policy=policy,
        undecided=rules.undecided(policy, there, has_large_objects=has_large_objects, paths=paths),
        refused=rules.refusals(policy, there),
        idle=rules.idle(policy, there),
    )


def _reached(
    tx: Transaction, who: Person, organisation_id: OrganisationId, action: Action
) -> tuple[Organisation, Environment]:
    """Return the organisation and its Production, once the person may do this."""
    organisation = organisations.find(tx, who, organisation_id)
    production = environments.of_kind(tx, organisation.id, Kind.PRODUCTION)
    concerned = production
    if action is Action.DRAFT_POLICY:
        concerned = environments.of_kind(tx, organisation.id, Kind.DEVELOPMENT)
    who_may.require(who, action, organisation, concerned)
    return organisation, production


def _require_known(parts: Parts, policy: Policy) -> None:
    known = [database.label for database in parts.databases] + [FILES]
    if policy.repository not in known:
        raise UnknownRepository(repository=policy.repository, known=known)


def _version(
    tx: Transaction, organisation: OrganisationId, repository: str, version: int
) -> PolicyVersion:
    found = policies.load(tx, organisation, repository, version)
    if found is None:
        raise PolicyNotFound(repository=repository, version=version)
    return found


def _audit(
    tx: Transaction, tag: Tag, who: Person, organisation: Organisation, version: PolicyVersion
) -> None:
    said: dict[str, str | int | bool] = {
        "repository": version.repository,
        "version": version.version,
        "digest": rules.digest(rules.parse(version.document)),
    }
    audit_events.append(tx, tag, organisation.id, who.id, fields=said)
