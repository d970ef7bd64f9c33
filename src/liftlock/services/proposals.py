"""Scheduling: what a move would carry, and the proposal or booking that comes of it."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from liftlock.books import Transaction
from liftlock.domain import proposals, selections
from liftlock.domain.audit_events import Tag
from liftlock.domain.contents import Baseline, Content, Scope
from liftlock.domain.environments import DatabaseRole, Environment, Kind
from liftlock.domain.manifest_parts import names_of
from liftlock.domain.modules import (
    Change,
    Difference,
    Digest,
    Installed,
    ModuleCode,
    Package,
    changes,
    staging_loses,
)
from liftlock.domain.move_refusals import UpdaterNeedsBothScopes
from liftlock.domain.moves import FIXED_SCOPE, Move, MoveId
from liftlock.domain.organisations import Organisation, OrganisationId
from liftlock.domain.people import Person, Signature
from liftlock.domain.statuses import MoveKind
from liftlock.errors import Conflict, Invalid, LiftlockError, NotFound
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import contents, environments, notifications, organisations, slots
from liftlock.services.slots import When
from liftlock.store import audit_events, moves, packages


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveToStagingWish:
    """What a person wants to move to Staging, and when."""

    organisation: OrganisationId
    when: When
    cleared: frozenset[ModuleCode] = frozenset()
    """Modules that are not to be moved yet; all that differ from Production are selected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveToProductionWish:
    """When a person wants to move to Production what Staging was tested with."""

    organisation: OrganisationId
    when: When
    tested_note: str = ""
    """What was tested; kept with who said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownAlignWish:
    """What a person wants to synchronise from Production to Development, and when."""

    organisation: OrganisationId
    when: When
    systemdb_and_files: bool
    data: bool
    newer_understood: bool = False
    """The tick: repositories stay newer than the modules that come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a Move to Staging can carry, and what it would do."""

    candidates: tuple[Package, ...]
    """Development's modules that differ from Production: all selected at first."""
    stays: tuple[Installed, ...]
    """What Production has and Development lacks: a move removes nothing."""
    staging_loses: tuple[Installed, ...]
    """What Staging holds today and will lose: neither selected nor Production's."""
    production: tuple[Installed, ...]
    """What Production has now, and Staging at first."""
    refusal: LiftlockError | None
    """Why what is left of the candidates cannot be moved; None when it can."""

    @property
    def things_lost(self) -> tuple[str, ...]:
        """Return each module that Staging loses: *acme.crm 2.0*."""
        return tuple(f"{module.code} {module.version}" for module in self.staging_loses)

    def digest(self) -> str:
        """Return what changes when other modules could be moved, or come to another Production."""
        read = repr((self.candidates, self.stays, self.production))
        return hashlib.sha256(read.encode()).hexdigest()


def offer(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId,
    cleared: Collection[ModuleCode] = (),
) -> Offer:
    """Return what a Move to Staging can carry now, and what it would do without the cleared ones.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, EnvironmentNotFound,
        NotReallyRun, ServerUnreachable.
    """
    organisation = organisations.find(tx, who, organisation_id)
    three = _three(tx, organisation)
    who_may.require(who, Action.SCHEDULE_MOVE_TO_STAGING, organisation, three.development)
    below = contents.installed(tx, three.development)
    above = contents.installed(tx, three.production)
    candidates = selections.candidates(below, above, _pushed(tx, organisation, below))
    chosen = [p.installed for p in candidates if p.code not in cleared]
    loses = staging_loses(contents.installed(tx, three.staging), above, chosen)
    return Offer(
        candidates=candidates,
        stays=_stays(changes(below, above)),
        staging_loses=loses,
        production=above,
        refusal=_why_not(tx, organisation, candidates, above, cleared),
    )


def offer_to_production(tx: Transaction, who: Person, organisation_id: OrganisationId) -> Content:
    """Return what a Move to Production would carry now: what was tested in Staging, read back.

    Raises: as `schedule_move_to_production`, but for the time.
    """
    organisation = organisations.find(tx, who, organisation_id)
    three = _three(tx, organisation)
    who_may.require(who, Action.SCHEDULE_MOVE_TO_PRODUCTION, organisation, three.staging)
    return _tested(tx, organisation, three)


def schedule_move_to_staging(tx: Transaction, who: Person, wish: MoveToStagingWish) -> Move:
    """Propose to bring Development's modules to Staging, which is first made equal to Production.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, EnvironmentNotFound,
        ServerUnreachable; what
        `domain/selections.py` says of the modules; CannotAlign, PolicyNotApproved; what
        `services/slots.py` says of the time.
    """
    organisation = organisations.find(tx, who, wish.organisation)
    three = _three(tx, organisation)
    who_may.require(who, Action.SCHEDULE_MOVE_TO_STAGING, organisation, three.development)
    present = contents.baseline(tx, three.production)
    chosen = _selected(tx, organisation, three, present, wish)
    scope = FIXED_SCOPE[MoveKind.MOVE_TO_STAGING]
    content = Content(packages=chosen, scope=scope, baseline=present)
    id_ = moves.next_id(tx)
    contents.require_alignable(tx, three.production, three.staging, scope, id_)
    wanted = Wanted(
        id=id_,
        kind=MoveKind.MOVE_TO_STAGING,
        when=wish.when,
        source=three.development,
        target=three.staging,
        content=content,
    )
    return book(tx, who, wanted)


def schedule_move_to_production(tx: Transaction, who: Person, wish: MoveToProductionWish) -> Move:
    """Propose to bring to Production exactly what the last Move to Staging installed.

    The person vouches for Staging's test.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, EnvironmentNotFound,
        ServerUnreachable, NothingTested, StagingDrifted, ProductionHasAlready,
        StagingTestedAgainstAnotherProduction, NoRoomForRestorePoint; what
        `services/slots.py` says of the time.
    """
    organisation = organisations.find(tx, who, wish.organisation)
    three = _three(tx, organisation)
    who_may.require(who, Action.SCHEDULE_MOVE_TO_PRODUCTION, organisation, three.staging)
    content = _tested(tx, organisation, three)
    wanted = Wanted(
        id=moves.next_id(tx),
        kind=MoveKind.MOVE_TO_PRODUCTION,
        when=wish.when,
        source=three.staging,
        target=three.production,
        content=content,
        tested_note=wish.tested_note,
    )
    return book(tx, who, wanted)


def schedule_down_align(tx: Transaction, who: Person, wish: DownAlignWish) -> Move:
    """Book a Down Align of Development; nobody validates it.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, EnvironmentNotFound,
        ServerUnreachable, NothingToAlign,
        ScopesGoTogether, RepositoriesNewer, UpdaterNeedsBothScopes, CannotAlign,
        PolicyNotApproved; what `services/slots.py` says of the time.
    """
    organisation = organisations.find(tx, who, wish.organisation)
    three = _three(tx, organisation)
    who_may.require(who, Action.SCHEDULE_DOWN_ALIGN, organisation, three.development)
    scope = proposals.down_align_scope(
        systemdb_and_files=wish.systemdb_and_files,
        data=wish.data,
        shared_database=shared_database(tx, three.development),
    )
    present = contents.baseline(tx, three.production)
    if not wish.newer_understood:
        proposals.require_none_newer(newer_repositories(tx, three.development, present, scope))
    _require_no_updater(tx, three.development, scope)
    id_ = moves.next_id(tx)
    contents.require_alignable(tx, three.production, three.development, scope, id_)
    wanted = Wanted(
        id=id_,
        kind=MoveKind.DOWN_ALIGN,
        when=wish.when,
        source=three.production,
        target=three.development,
        content=Content(packages=(), scope=scope, baseline=present),
    )
    return book(tx, who, wanted)


def newer_repositories(
    tx: Transaction, development: Environment, present: Baseline, scope: Scope
) -> tuple[str, ...]:
    """Return which repositories stay newer than the modules that come with a scope without data.

    A module of which nobody pushed the package may have changed any of them.
    """
    if scope.data:
        return ()
    below = contents.installed(tx, development)
    ahead = {c.development.digest for c in changes(below, present.modules) if c.development}
    pushed = packages.with_digests(tx, development.organisation, ahead)
    repositories = [
        d.label
        for d in environments.parts(tx, development).databases
        if d.role is DatabaseRole.DATA
    ]
    if len(pushed) < len(ahead):
        return tuple(repositories)
    changed = {m.database for package in pushed for m in package.manifest.migrations}
    return tuple(
        label for label in repositories if changed & set(names_of(label, DatabaseRole.DATA))
    )


def _require_no_updater(tx: Transaction, development: Environment, scope: Scope) -> None:
    """Refuse data alone where modules that stay bring updaters: nobody could take these back.

    A module of which nobody pushed the package is judged by the step itself, from the store.
    """
    if scope.systemdb_and_files:
        return
    kept = [module.digest for module in contents.installed(tx, development)]
    pushed = packages.with_digests(tx, development.organisation, kept)
    updaters = [each.package.code for each in pushed if each.manifest.install is not None]
    if updaters:
        raise UpdaterNeedsBothScopes(modules=list[str](updaters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A move that may be proposed, but for its time."""

    id: MoveId
    kind: MoveKind
    when: When
    source: Environment
    target: Environment
    content: Content
    tested_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Three:
    """An organisation's environments."""

    development: Environment
    staging: Environment
    production: Environment


def _three(tx: Transaction, organisation: Organisation) -> _Three:
    return _Three(
        development=environments.of_kind(tx, organisation.id, Kind.DEVELOPMENT),
        staging=environments.of_kind(tx, organisation.id, Kind.STAGING),
        production=environments.of_kind(tx, organisation.id, Kind.PRODUCTION),
    )


def _selected(
    tx: Transaction,
    organisation: Organisation,
    three: _Three,
    present: Baseline,
    wish: MoveToStagingWish,
) -> tuple[Installed, ...]:
    below = contents.agreed(tx, three.development)
    offered = selections.candidates(below, present.modules, _pushed(tx, organisation, below))
    staying = tuple(_pushed(tx, organisation, present.modules).values())
    chosen = selections.select(offered, present.modules, wish.cleared, staying)
    return tuple(package.installed for package in chosen)


def _why_not(
    tx: Transaction,
    organisation: Organisation,
    candidates: tuple[Package, ...],
    production: tuple[Installed, ...],
    cleared: Collection[ModuleCode],
) -> LiftlockError | None:
    staying = tuple(_pushed(tx, organisation, production).values())
    try:
        _ = selections.select(candidates, production, cleared, staying)
    except (Invalid, Conflict, NotFound) as refusal:
        return refusal
    return None


def _tested(tx: Transaction, organisation: Organisation, three: _Three) -> Content:
    tested = moves.last_completed(tx, organisation.id, MoveKind.MOVE_TO_STAGING)
    present = contents.baseline(tx, three.production)
    chosen = proposals.exact_set(tested, contents.agreed(tx, three.staging), present)
    contents.require_room(tx, three.production)
    scope = FIXED_SCOPE[MoveKind.MOVE_TO_PRODUCTION]
    return Content(packages=chosen, scope=scope, baseline=present)


def _pushed(
    tx: Transaction, organisation: Organisation, modules: Sequence[Installed]
) -> dict[Digest, Package]:
    found = packages.with_digests(tx, organisation.id, [m.digest for m in modules])
    return {pushed.package.digest: pushed.package for pushed in found}


def _stays(found: Sequence[Change]) -> tuple[Installed, ...]:
    return tuple(
        c.production for c in found if c.difference is Difference.STAYS and c.production is not None
    )


def shared_database(tx: Transaction, environment: Environment) -> str | None:
    """Return the label of the database that is SystemDB and data repository in one, if any."""
    databases = environments.parts(tx, environment).databases
    return next((d.label for d in databases if d.role is DatabaseRole.BOTH), None)


def book(tx: Transaction, who: Person, wanted: Wanted) -> Move:
    """Book the slot and write the move over it; only from here on others have to wait.

    Whoever calls has let the person through to it.

    Raises: what `services/slots.py` says of the time.
    """
    organisation = organisations.lock(tx, who, wanted.target.organisation)
    slot_id, slot = slots.book(
        tx, who, organisation, kind=wanted.kind, when=wanted.when, target=wanted.target
    )
    move = proposals.propose(
        id=wanted.id,
        organisation=organisation.id,
        kind=wanted.kind,
        source=wanted.source.id,
        target=wanted.target.id,
        slot=slot,
        content=wanted.content,
        submitted=Signature(by=who.id, at=tx.now),
        tested_note=wanted.tested_note,
    )
    moves.add(tx, move, slot_id, wanted.source, wanted.target)
    audit_events.append_of_move(tx, Tag.MOVE_PROPOSED, who.id, move)
    said = f"{who.name} scheduled it for {slot.said(tx.now)}."
    notifications.tell_target(tx, Tag.MOVE_PROPOSED, move, said, but=who.id)
    return move
