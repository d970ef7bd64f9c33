"""Losses: what an alignment would take from its target; both sides are only read."""

from liftlock.books import Transaction
from liftlock.domain import proposals as rules
from liftlock.domain.contents import Baseline, Scope
from liftlock.domain.decisions import FILES
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.losses import Losses, RowsLost
from liftlock.domain.modules import by_code, staging_loses
from liftlock.domain.moves import FIXED_SCOPE, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Person
from liftlock.domain.statuses import MoveKind
from liftlock.downalign import losing
from liftlock.downalign.alignments import Alignment
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
        ClosedByMove, UnreadableReadback.
    """
    organisation = organisations.find(tx, who, organisation_id)
    rules.require_alignable(kind)
    target = environments.of_kind(tx, organisation.id, kind)
    who_may.require(who, Action.PREVIEW_LOSSES, organisation, target)
    scope = _scope(tx, target, systemdb_and_files=systemdb_and_files, data=data)
    production = environments.of_kind(tx, organisation.id, Kind.PRODUCTION)
    with contents.looking_at(tx, production, target):
        alignment = contents.alignment(tx, production, target, scope, NO_MOVE)
        found = losing.losses(alignment)
    above, below = contents.installed(tx, production), contents.installed(tx, target)
    present = Baseline(modules=above, schema=())
    lost = staging_loses(below, above, ()) if scope.systemdb_and_files else ()
    there = by_code(above)
    return Losses(
        modules=lost,
        becomes={m.code: there[m.code].version for m in lost if m.code in there},
        rows=tuple(RowsLost(repository=r.database, table=r.table, rows=r.rows) for r in found.rows),
        files=found.files,
        files_total=found.files_total,
        newer=proposals.newer_repositories(tx, target, present, scope),
        kept=_kept(alignment),
    )


def _kept(alignment: Alignment) -> tuple[str, ...]:
    """Return what the policies preserve of the databases and files in scope."""
    labels = {database.label for database in alignment.copy.databases}
    if alignment.scope.systemdb_and_files:
        labels.add(FILES)
    wanted = [policy for label, policy in alignment.policies.items() if label in labels]
    rows = (f"{p.repository}: {kept.table}" for p in wanted for kept in p.preservers)
    paths = (path for p in wanted for path in p.preserved_paths)
    return tuple(sorted({*rows, *paths}))


def _scope(tx: Transaction, target: Environment, *, systemdb_and_files: bool, data: bool) -> Scope:
    if target.kind is Kind.STAGING:
        return FIXED_SCOPE[MoveKind.MOVE_TO_STAGING]
    return rules.down_align_scope(
        systemdb_and_files=systemdb_and_files,
        data=data,
        shared_database=proposals.shared_database(tx, target),
    )
