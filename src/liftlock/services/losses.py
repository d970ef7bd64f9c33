"""Losses: what an alignment would take from its target; both sides are only read."""

from liftlock.books import Transaction
from liftlock.domain import proposals as rules
from liftlock.domain.contents import Baseline, Scope
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.losses import Losses, RowsLost
from liftlock.domain.modules import staging_loses
from liftlock.domain.moves import FIXED_SCOPE, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Person
from liftlock.domain.statuses import MoveKind
from liftlock.downalign import losing
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import contents, environments, organisations, proposals

NO_MOVE = MoveId(0)


def preview(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId,
    kind: Kind,
    *,
    systemdb_and_files: bool,
    data: bool,
) -> Losses:
    """Return what an alignment of this scope would take away; Staging is always aligned whole.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, EnvironmentNotFound,
        ProductionIsNoTarget, NothingToAlign, ScopesGoTogether, ServerUnreachable,
        UnreadableReadback.
    """
    organisation = organisations.find(tx, who, organisation_id)
    rules.require_alignable(kind)
    target = environments.of_kind(tx, organisation.id, kind)
    who_may.require(who, Action.PREVIEW_LOSSES, organisation, target)
    scope = _scope(tx, target, systemdb_and_files=systemdb_and_files, data=data)
    production = environments.of_kind(tx, organisation.id, Kind.PRODUCTION)
    found = losing.losses(contents.alignment(tx, production, target, scope, NO_MOVE))
    above, below = contents.installed(tx, production), contents.installed(tx, target)
    present = Baseline(modules=above, schema=())
    return Losses(
        modules=staging_loses(below, above, ()) if scope.systemdb_and_files else (),
        rows=tuple(RowsLost(repository=r.database, table=r.table, rows=r.rows) for r in found.rows),
        files=found.files,
        files_total=found.files_total,
        newer=proposals.newer_repositories(tx, target, present, scope),
    )


def _scope(tx: Transaction, target: Environment, *, systemdb_and_files: bool, data: bool) -> Scope:
    if target.kind is Kind.STAGING:
        return FIXED_SCOPE[MoveKind.MOVE_TO_STAGING]
    return rules.down_align_scope(
        systemdb_and_files=systemdb_and_files,
        data=data,
        shared_database=proposals.shared_database(tx, target),
    )
