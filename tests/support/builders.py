"""Nouns for tests: each has what it must have, and takes what the test is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from liftlock.domain.contents import Baseline, Content, Scope, Undoing
from liftlock.domain.environments import DataPolicy, Environment, EnvironmentId, Kind
from liftlock.domain.modules import Digest, Installed, ModuleCode, Package
from liftlock.domain.moves import TARGET, Move, MoveId
from liftlock.domain.organisations import Organisation, OrganisationId, Plan
from liftlock.domain.people import Grant, Person, PersonId, Role, Signature
from liftlock.domain.slots import SOON_GRACE, Interval, Slot, wall_at
from liftlock.domain.statuses import MoveKind, State

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
ANA, BEN, CEM = PersonId(1), PersonId(2), PersonId(3)
ACME = Organisation(
    id=OrganisationId(1),
    code="acme",
    title="Acme",
    plan=Plan.ENTERPRISE,
    self_service=True,
    four_eyes=True,
)
DEVELOPMENT, STAGING, PRODUCTION = (
    Environment(
        id=EnvironmentId(number),
        organisation=ACME.id,
        kind=kind,
        data_policy=None if kind is Kind.PRODUCTION else DataPolicy.ANONYMIZED,
    )
    for number, kind in enumerate(Kind, start=1)
)
ENVIRONMENTS = {Kind.DEVELOPMENT: DEVELOPMENT, Kind.STAGING: STAGING, Kind.PRODUCTION: PRODUCTION}


def installed(code: str, version: str = "1.0", build: str = "a") -> Installed:
    """Return a module as an environment reports it."""
    digest = Digest("sha256:" + f"{code}{version}{build}".encode().hex().ljust(64, "0")[:64])
    return Installed(code=ModuleCode(code), version=version, digest=digest)


def a_package(
    code: str, version: str = "1.0", build: str = "a", requires: dict[str, str] | None = None
) -> Package:
    """Return a package of a module; `requires` is code to range."""
    module = installed(code, version, build)
    needs = {ModuleCode(other): wanted for other, wanted in (requires or {}).items()}
    return Package(
        code=module.code, version=version, digest=module.digest, title=code, requires=needs
    )


def a_baseline(*modules: Installed, **schema: str) -> Baseline:
    """Return Production with these modules and these digests of its databases' schemas."""
    return Baseline(modules=modules, schema=tuple(sorted(schema.items())))


def a_slot(
    begin: datetime = NOON,
    length: timedelta = timedelta(hours=1),
    zone: str = "Europe/Paris",
    *,
    soon: bool = False,
) -> Slot:
    """Return a slot; one that is *soon* is half an hour longer than `length`."""
    end = begin + length + (SOON_GRACE if soon else timedelta())
    interval = Interval(begin=begin, end=end)
    return Slot(interval=interval, zone=zone, wall=wall_at(begin, zone), soon=soon)


def a_move(
    kind: MoveKind = MoveKind.MOVE_TO_STAGING, state: State = State.PROPOSED, **also: object
) -> Move:
    """Return a move of this kind in this state, submitted by Ana the day before its slot."""
    target = TARGET.get(kind, Kind.PRODUCTION)
    scope = Scope(systemdb_and_files=True, data=True)
    undoing = Undoing(environment=target, move=3) if kind is MoveKind.UNDO else None
    packages = () if kind is MoveKind.UNDO else (installed("crm"),)
    move = Move(
        id=MoveId(7),
        organisation=ACME.id,
        kind=kind,
        state=state,
        source=DEVELOPMENT.id,
        target=ENVIRONMENTS[target].id,
        slot=a_slot(),
        content=Content(packages=packages, scope=scope, baseline=a_baseline(), undoing=undoing),
        submitted=Signature(by=ANA, at=NOON - timedelta(days=1)),
    )
    return replace(move, **also)


def a_person(
    *grants: Grant, person: PersonId = ANA, organisation: OrganisationId | None = ACME.id
) -> Person:
    """Return a person of Acme with these grants."""
    return Person(id=person, organisation=organisation, login="ana", name="Ana Ruiz", grants=grants)


def an_administrator(*environments: Environment) -> Person:
    """Return a Delegated Administrator of these environments."""
    return a_person(*(Grant(role=Role.ADMINISTRATOR, environment=e.id) for e in environments))
