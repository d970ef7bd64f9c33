"""Proposals: what a new move may carry, what it may touch, how its life begins. Pure."""

from collections.abc import Sequence

from liftlock.domain.contents import Baseline, Content, Scope, needs_validation, what_changed
from liftlock.domain.environments import EnvironmentId, Kind
from liftlock.domain.modules import Installed, after, drift
from liftlock.domain.move_refusals import StagingTestedAgainstAnotherProduction
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Signature
from liftlock.domain.slots import Slot
from liftlock.domain.statuses import MoveKind, State
from liftlock.errors import Conflict, Invalid, Stale


class NothingTested(Conflict):
    """No completed Move to Staging whose modules a Move to Production could take."""

    code = "proposal.nothing_tested"
    sentence = "Staging holds no completed Move to Staging. Move modules there and test them first."


class StagingDrifted(Conflict):
    """Staging no longer holds what the last Move to Staging put there."""

    code = "proposal.staging_drifted"
    sentence = (
        "Staging is not what the last Move to Staging left: {differences}. "
        "Schedule another Move to Staging."
    )


class ProductionHasAlready(Conflict):
    """Nothing of the set is new to Production."""

    code = "proposal.production_has_already"
    sentence = "Production has these modules already: {modules}. There is nothing to move."


class OfferChanged(Stale):
    """What would be moved is not what the person had before them."""

    code = "proposal.offer_changed"
    sentence = (
        "The modules have changed since this page was opened. Nothing has been scheduled: look at "
        "them again, then confirm."
    )


class NothingToAlign(Invalid):
    """A Down Align with an empty scope."""

    code = "proposal.nothing_to_align"
    sentence = (
        "Choose what to synchronise: SystemDB repository and files configuration, "
        "Data repositories (Anonymization), or both."
    )


class ScopesGoTogether(Conflict):
    """One database holds both what the two scopes replace."""

    code = "proposal.scopes_go_together"
    sentence = (
        "SystemDB and data are in one database ({database}), so one cannot be aligned without "
        "the other. Choose both."
    )


class RepositoriesNewer(Conflict):
    """Repositories would stay newer than the modules that come, and nobody said it is meant."""

    code = "proposal.repositories_newer"
    sentence = (
        "With SystemDB and files alone, {repositories} stay newer than the modules that come from "
        "Production. Say that you understand this, or choose the data repositories as well."
    )


class ProductionIsNoTarget(Invalid):
    """No setting changes this."""

    code = "proposal.production_is_no_target"
    sentence = "Production is never the target of a down alignment. Choose Staging or Development."


def propose(
    *,
    id: MoveId,  # noqa: A002  the field's name
    organisation: OrganisationId,
    kind: MoveKind,
    source: EnvironmentId,
    target: EnvironmentId,
    slot: Slot,
    content: Content,
    submitted: Signature,
    tested_note: str = "",
) -> Move:
    """Return a new move in its first state.

    A Down Align is validated by nobody, an Undo only in Production. A Move to Production is
    accepted from the start by who submitted it and so vouched for Staging's test.
    """
    return Move(
        id=id,
        organisation=organisation,
        kind=kind,
        state=first_state(kind, content),
        source=source,
        target=target,
        slot=slot,
        content=content,
        submitted=submitted,
        accepted=submitted if kind is MoveKind.MOVE_TO_PRODUCTION else None,
        tested_note=tested_note.strip(),
    )


def first_state(kind: MoveKind, content: Content) -> State:
    """Return the state that a new move has: what nobody validates waits for nobody."""
    return State.PROPOSED if needs_validation(kind, content) else State.VALIDATED


def exact_set(
    tested: Move | None, staging: tuple[Installed, ...], present: Baseline
) -> tuple[Installed, ...]:
    """Return what a Move to Production carries: what the last Move to Staging installed, no choice.

    `tested` is the last completed Move to Staging that was not undone, `staging` what Staging
    itself reports now, `present` Production as it is now.

    Raises:
        NothingTested: there is no such move.
        StagingDrifted: Staging reports anything else than that move left there.
        ProductionHasAlready: Production has every one of these packages.
        StagingTestedAgainstAnotherProduction: Production is not the one Staging was aligned to.
    """
    if tested is None:
        raise NothingTested
    content = tested.content
    require_not_drifted(after(content.baseline.modules, content.packages), staging)
    if set(content.packages) <= set(present.modules):
        raise ProductionHasAlready(modules=[f"{m.code} {m.version}" for m in content.packages])
    require_same_production(content.baseline, present)
    return content.packages


def require_not_drifted(expected: tuple[Installed, ...], staging: tuple[Installed, ...]) -> None:
    """Refuse a Staging that reports anything else than it should hold.

    Raises:
        StagingDrifted: says what differs.
    """
    differences = drift(expected, staging)
    if differences:
        raise StagingDrifted(differences=list(differences))


def require_same_production(tested_against: Baseline, present: Baseline) -> None:
    """Refuse when Production is not the one that Staging was aligned to.

    Raises:
        StagingTestedAgainstAnotherProduction: says what has changed.
    """
    changed = what_changed(tested_against, present)
    if changed:
        raise StagingTestedAgainstAnotherProduction(changed=list(changed))


def down_align_scope(
    *, systemdb_and_files: bool, data: bool, shared_database: str | None = None
) -> Scope:
    """Return the scope that a person chose for a Down Align.

    `shared_database` is the label of the database that is SystemDB and data repository in one.

    Raises:
        NothingToAlign: neither was chosen.
        ScopesGoTogether: one was chosen, and one database has both roles.
    """
    if not (systemdb_and_files or data):
        raise NothingToAlign
    if shared_database is not None and not (systemdb_and_files and data):
        raise ScopesGoTogether(database=shared_database)
    return Scope(systemdb_and_files=systemdb_and_files, data=data)


def require_alignable(target: Kind) -> None:
    """Refuse Production as the target of a down alignment.

    Raises:
        ProductionIsNoTarget: it is.
    """
    if target is Kind.PRODUCTION:
        raise ProductionIsNoTarget


def require_none_newer(repositories: Sequence[str]) -> None:
    """Refuse a Down Align that leaves repositories newer than the modules that come.

    Raises:
        RepositoriesNewer: names them.
    """
    if repositories:
        raise RepositoriesNewer(repositories=list(repositories))
