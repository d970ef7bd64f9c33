"""A move: what it carries, who did what to it, and what may be done to it next. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import NewType, Self

from liftlock.domain.contents import (
    Baseline,
    Content,
    ContentDigest,
    Scope,
    content_digest,
    needs_validation,
)
from liftlock.domain.contents import what_changed as what_changed_in_production
from liftlock.domain.environments import EnvironmentId, Kind
from liftlock.domain.move_refusals import (
    AlreadyOpened,
    AlreadyResolved,
    AlreadyValidated,
    DateIsFixed,
    MoveHasBegun,
    MoveIsOver,
    NotErrored,
    NotRunning,
    NotWaiting,
    OwnProposal,
    ReasonMissing,
    StagingTestedAgainstAnotherProduction,
    StaleValidation,
    TransitionRefused,
    ValidatedTooLate,
)
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId, Signature
from liftlock.domain.slots import Slot
from liftlock.domain.statuses import (
    WAITING,
    Cause,
    MoveKind,
    State,
    is_over,
    may_follow,
    status_word,
)

MoveId = NewType("MoveId", int)

SCHEDULED_FROM: Mapping[MoveKind, Kind] = MappingProxyType(
    {
        MoveKind.MOVE_TO_STAGING: Kind.DEVELOPMENT,
        MoveKind.MOVE_TO_PRODUCTION: Kind.STAGING,
        MoveKind.DOWN_ALIGN: Kind.DEVELOPMENT,
    }
)
TARGET: Mapping[MoveKind, Kind] = MappingProxyType(
    {
        MoveKind.MOVE_TO_STAGING: Kind.STAGING,
        MoveKind.MOVE_TO_PRODUCTION: Kind.PRODUCTION,
        MoveKind.DOWN_ALIGN: Kind.DEVELOPMENT,
    }
)
FIXED_SCOPE: Mapping[MoveKind, Scope] = MappingProxyType(
    {
        MoveKind.MOVE_TO_STAGING: Scope(systemdb_and_files=True, data=True),
        MoveKind.MOVE_TO_PRODUCTION: Scope(systemdb_and_files=False, data=False),
    }
)
"""The scope of the moves that leave no choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One booked action on one target environment.

    Its methods return the move as it is afterwards, or refuse. The books write it only where it
    still is what it was.
    """

    id: MoveId
    organisation: OrganisationId
    kind: MoveKind
    state: State
    source: EnvironmentId
    """Where modules come from; for a Down Align, Production."""
    target: EnvironmentId
    slot: Slot
    content: Content
    submitted: Signature
    accepted: Signature | None = None
    """Who vouched: a Move to Staging's validator; for a Move to Production, Staging's tester."""
    validated: Signature | None = None
    """Who validated it in the target environment."""
    validated_content: ContentDigest | None = None
    """The digest of what was validated."""
    date_modified: Signature | None = None
    changed: tuple[str, ...] = ()
    """The flag *stale*: what of Production has changed since, as last seen. Empty: nothing."""
    way_free_at: datetime | None = None
    """When the move that held this one up had ended."""
    tested_note: str = ""
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    cause: Cause | None = None
    cause_said: str = ""
    stop_asked: Signature | None = None
    steps: tuple[str, ...] = ()
    """The names of its steps, frozen when it begins."""
    attempt: int = 0
    """Raised each time copy_and_mask begins; attempt names carry it."""
    resolved: Signature | None = None
    resolved_note: str = ""
    undone_by: MoveId | None = None
    """The completed Undo that undid it, or with which it fell."""

    @property
    def status(self) -> str:
        """Return the status as people read it, to the letter: *ProposedMoveToStaging*."""
        return status_word(self.kind, self.state)

    @property
    def digest(self) -> ContentDigest:
        """Return the digest of what a validation of it would cover now."""
        return content_digest(self.content, self.slot)

    @property
    def needs_validation(self) -> bool:
        """Tell whether somebody of its target must validate it."""
        return needs_validation(self.kind, self.content)

    @property
    def blocks(self) -> bool:
        """Tell whether no other move may begin: this one runs, or is errored and unresolved."""
        errored = self.state is State.ERRORED and self.resolved is None
        return errored or self.state is State.RUNNING

    @property
    def is_stale(self) -> bool:
        """Tell whether it waits, and what was validated or proposed holds no longer."""
        return self.state in WAITING and bool(self.changed)

    @property
    def holds_slot(self) -> bool:
        """Tell whether its booking counts: it is waiting or running."""
        return not is_over(self.state)

    def against(self, present: Baseline) -> Self:
        """Return the move as a validation would cover it with Production as it is now.

        A Move to Production keeps its baseline: it was tested against that one.
        """
        if self.kind is MoveKind.MOVE_TO_PRODUCTION:
            return self
        return replace(self, content=replace(self.content, baseline=present))

    def stale(self, present: Baseline) -> tuple[str, ...]:
        """Say what has changed in Production since it was scheduled or validated.

        Nothing when the validation still holds, and for what nobody validates: a Down Align takes
        Production as it finds it, an Undo elsewhere does not look at it.
        """
        if not self.needs_validation:
            return ()
        return what_changed_in_production(self.content.baseline, present)

    def validate(
        self, *, by: PersonId, at: datetime, seen: ContentDigest, present: Baseline, four_eyes: bool
    ) -> Self:
        """Return the move accepted for its target; its baseline is Production as it is now.

        `seen` is the digest of what the person had before them. A stale validation is given again.

        Raises:
            NotWaiting: it is past being validated.
            AlreadyValidated: it is, and nothing has changed.
            ValidatedTooLate: its slot has begun.
            OwnProposal: four-eyes is on, and the person submitted it or modified its date.
            StagingTestedAgainstAnotherProduction: Production has changed since a Move to Production
                was tested, so nobody can validate it any more.
            StaleValidation: it is not what the person had seen; the field `present` is the digest
                of what it is now.
        """
        self._require_waiting_for_validation(at, present)
        self._require_other_than_proposers(by, four_eyes=four_eyes)
        fresh = self._as_seen(seen, present)
        signature = Signature(by=by, at=at)
        return replace(
            fresh,
            state=State.VALIDATED,
            validated=signature,
            validated_content=seen,
            changed=(),
            accepted=signature if self.kind is MoveKind.MOVE_TO_STAGING else self.accepted,
        )

    def _as_seen(self, seen: ContentDigest, present: Baseline) -> Self:
        fresh = self.against(present)
        changed = self.stale(present)
        if fresh.stale(present):
            raise StagingTestedAgainstAnotherProduction(changed=list(changed))
        if fresh.digest != seen:
            said = changed or ("its date, modules or scope were modified",)
            raise StaleValidation(move=self.id, changed=list(said), present=fresh.digest)
        return fresh

    def _require_waiting_for_validation(self, at: datetime, present: Baseline) -> None:
        if self.state not in WAITING or not self.needs_validation:
            raise NotWaiting(move=self.id, status=self.status)
        if self.state is State.VALIDATED and not self.stale(present):
            raise AlreadyValidated(move=self.id, status=self.status)
        self._require_time_to_validate(at)

    def _require_time_to_validate(self, at: datetime) -> None:
        if at >= self.slot.validation_ends:
            raise ValidatedTooLate(move=self.id)

    def _require_other_than_proposers(self, by: PersonId, *, four_eyes: bool) -> None:
        if not four_eyes:
            return
        if by == self.submitted.by:
            raise OwnProposal(move=self.id, did="submitted")
        if self.date_modified is not None and by == self.date_modified.by:
            raise OwnProposal(move=self.id, did="modified the date of")

    def modify_date(self, *, by: PersonId, at: datetime, slot: Slot) -> Self:
        """Return the proposal on another slot: any validation falls, and `by` may give no new one.

        Raises:
            DateIsFixed: nobody validates it, so there is no proposal.
            MoveHasBegun: it runs.
            MoveIsOver: it has ended, or was never validated in time.
            ValidatedTooLate: its slot has begun unvalidated.
        """
        self._require_waiting()
        if not self.needs_validation:
            raise DateIsFixed(kind=self.kind.title, move=self.id)
        if self.state is State.PROPOSED:
            self._require_time_to_validate(at)
        vouched = None if self.kind is MoveKind.MOVE_TO_STAGING else self.accepted
        return replace(
            self,
            state=State.PROPOSED,
            slot=slot,
            accepted=vouched,
            validated=None,
            validated_content=None,
            changed=self.changed if self.kind is MoveKind.MOVE_TO_PRODUCTION else (),
            date_modified=Signature(by=by, at=at),
        )

    def withdraw(self, *, at: datetime) -> Self:
        """Return the move taken back by those who scheduled it.

        Raises:
            MoveHasBegun: it runs.
            MoveIsOver: it has ended.
        """
        self._require_waiting()
        return self._over(State.CANCELED, Cause.WITHDRAWN, "", at)

    def cancel(self, *, reason: str, at: datetime) -> Self:
        """Return the move refused by its target, with the reason that the proposer is told.

        Raises:
            ReasonMissing: none was given.
            MoveHasBegun: it runs.
            MoveIsOver: it has ended.
        """
        self._require_waiting()
        kept = self._said(reason, "canceling", "a reason")
        return self._over(State.CANCELED, Cause.CANCELED, kept, at)

    def expire(self, *, cause: Cause, said: str, at: datetime) -> Self:
        """Return the move ended without having begun; `said` is what people are told.

        Raises:
            MoveHasBegun: it runs.
            MoveIsOver: it has ended.
        """
        self._require_waiting()
        return self._over(State.EXPIRED, cause, said, at)

    def begin(self, *, at: datetime, steps: tuple[str, ...]) -> Self:
        """Return the running move with the names of its steps, frozen from now on.

        Raises:
            TransitionRefused: it is not validated.
        """
        return replace(self._to(State.RUNNING), begun_at=at, steps=steps)

    def next_attempt(self) -> Self:
        """Return the running move with the next attempt number, which its copies' names carry.

        Raises:
            NotRunning: it does not run.
        """
        self._require_running()
        return replace(self, attempt=self.attempt + 1)

    def end(
        self, state: State, *, at: datetime, cause: Cause | None = None, said: str = ""
    ) -> Self:
        """Return the move after its run: completed, failed (target as before, proved) or errored.

        Raises:
            TransitionRefused: it does not run, or a run does not end so.
        """
        if self.state is not State.RUNNING:
            raise TransitionRefused(move=self.id, status=self.status, wanted=state)
        return replace(self._to(state), ended_at=at, cause=cause, cause_said=said)

    def ask_stop(self, *, by: PersonId, at: datetime, opened: bool = False) -> Self:
        """Return the running move with the wish that it stop; asking twice changes nothing.

        `opened` says whether the target has been opened to people.

        Raises:
            NotRunning: it does not run.
            AlreadyOpened: it is past the point where the target could be put back.
        """
        self._require_running()
        if opened:
            raise AlreadyOpened(move=self.id)
        return self if self.stop_asked else replace(self, stop_asked=Signature(by=by, at=at))

    def mark_as_repaired(self, *, by: PersonId, at: datetime, note: str) -> Self:
        """Return the errored move resolved by a person's word, with a note. Its status stays.

        Raises:
            NotErrored: there is nothing to resolve.
            AlreadyResolved: it has been resolved.
            ReasonMissing: no note was given.
        """
        self.require_unresolved()
        kept = self._said(note, "marking as repaired", "a note")
        return replace(self, resolved=Signature(by=by, at=at), resolved_note=kept)

    def put_back_again(self, *, by: PersonId, at: datetime) -> Self:
        """Return the errored move resolved: at `by`'s wish a worker has put its target back.

        Raises:
            NotErrored: there is nothing to resolve.
            AlreadyResolved: it has been resolved.
        """
        self.require_unresolved()
        return replace(self, resolved=Signature(by=by, at=at), resolved_note="put back again")

    def require_unresolved(self) -> None:
        """Refuse a move that no person has to look at.

        Raises:
            NotErrored: there is nothing to resolve.
            AlreadyResolved: it has been resolved.
        """
        if self.state is not State.ERRORED:
            raise NotErrored(move=self.id, status=self.status)
        if self.resolved is not None:
            raise AlreadyResolved(move=self.id, status=self.status)

    def undone(self, *, by: MoveId) -> Self:
        """Return the completed move after the completed Undo `by`.

        Raises:
            TransitionRefused: it was not completed.
        """
        return replace(self._to(State.UNDONE), undone_by=by)

    def counts_again(self) -> Self:
        """Return the undone move after its Undo has been undone.

        Raises:
            TransitionRefused: it was not undone.
        """
        return replace(self._to(State.COMPLETED), undone_by=None)

    def _require_waiting(self) -> None:
        if self.state is State.RUNNING:
            raise MoveHasBegun(move=self.id, status=self.status)
        if self.state not in WAITING:
            raise MoveIsOver(move=self.id, status=self.status)

    def _require_running(self) -> None:
        if self.state is not State.RUNNING:
            raise NotRunning(move=self.id, status=self.status)

    def _said(self, text: str, action: str, what: str) -> str:
        kept = text.strip()
        if not kept:
            raise ReasonMissing(move=self.id, action=action, what=what)
        return kept

    def _to(self, state: State) -> Self:
        if not may_follow(self.kind, self.state, state):
            raise TransitionRefused(move=self.id, status=self.status, wanted=state)
        return replace(self, state=state)

    def _over(self, state: State, cause: Cause, said: str, at: datetime) -> Self:
        return replace(self._to(state), cause=cause, cause_said=said, ended_at=at)
