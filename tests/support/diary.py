"""What has happened at Acme before now: moves of the past, told step by step at their own times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from acme_books import Acme
from liftlock.domain.moves import Move
from liftlock.domain.progress import Progress
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.domain.steps import StepState
from liftlock.services import moves, proposals, restore_points, runs, steps
from liftlock.services.proposals import DownAlignWish, MoveToProductionWish, MoveToStagingWish
from liftlock.services.slots import Soon, When
from liftlock.store import moves as moves_kept
from liftlock.workflows.registry import step_names

SAID: Mapping[str, str] = {
    "copy_and_mask": "1,204,331 rows, 812 files copied",
    "verify": "2 repositories compared, no real value left",
    "drain": "3 sessions ended",
    "preserve": "14 rows, 1 script",
    "swap": "2 databases, 1 directory",
    "swap_back": "2 databases, 1 directory",
    "take_restore_point": "38.2 GiB kept",
    "install": "4 modules installed",
    "check": "6 checks passed",
    "resume": "open to people",
    "attest": "written down",
}
MINUTES: Mapping[str, float] = {
    "copy_and_mask": 62, "verify": 21, "drain": 1, "preserve": 3, "swap": 0.2, "swap_back": 0.2,
    "take_restore_point": 25, "install": 4, "check": 3, "resume": 0.5, "attest": 0.1,
}  # fmt: skip
FACTS: Mapping[str, Mapping[str, object]] = {}


@dataclass(frozen=True, slots=True)
class Diary:
    """Writes into Acme's books what its people and workers did at some moment."""

    acme: Acme

    def propose(self, kind: MoveKind, at: datetime, when: When | None = None) -> Move:
        """Schedule a move, by who schedules such moves."""
        organisation, soon = self.acme.organisation.id, when or Soon()
        with self.acme.at(at) as tx:
            match kind:
                case MoveKind.MOVE_TO_STAGING:
                    wish = MoveToStagingWish(organisation=organisation, when=soon)
                    return proposals.schedule_move_to_staging(tx, self.acme.ana, wish)
                case MoveKind.MOVE_TO_PRODUCTION:
                    up = MoveToProductionWish(
                        organisation=organisation,
                        when=soon,
                        tested_note="All 41 scripts green; claims tried by hand.",
                    )
                    return proposals.schedule_move_to_production(tx, self.acme.ben, up)
                case _:
                    down = DownAlignWish(
                        organisation=organisation, when=soon, systemdb_and_files=True, data=True
                    )
                    return proposals.schedule_down_align(tx, self.acme.ana, down)

    def validate(self, move: Move, at: datetime) -> Move:
        """Validate a proposal, by the target's administrator."""
        who = self.acme.ben if move.kind is MoveKind.MOVE_TO_STAGING else self.acme.cem
        with self.acme.at(at) as tx:
            return moves.validate(tx, who, move.id, move.digest)

    def begin(self, move: Move, at: datetime) -> datetime:
        """Begin what is due; return when."""
        with self.acme.at(at) as tx:
            assert [m.id for m in runs.begin_due(tx, step_names())] == [move.id]
        return at

    def work(self, move: Move, at: datetime, names: Sequence[str]) -> datetime:
        """Carry out steps, each as long as it usually takes; return when the last has ended."""
        for name in names:
            with self.acme.at(at) as tx:
                steps.begin(tx, move.id, name)
            at += timedelta(minutes=MINUTES[name])
            with self.acme.at(at) as tx:
                steps.tell(tx, move.id, name, Progress(said=SAID[name]))
                facts = dict(FACTS.get(name, {}))
                steps.end(tx, move.id, name, StepState.DONE, said=SAID[name], facts=facts)  # pyright: ignore[reportArgumentType]
                if name in {"swap", "take_restore_point"}:
                    restore_points.record(tx, move.id, 41_017_310_208)
        return at

    def working(self, move: Move, at: datetime, name: str, progress: Progress) -> None:
        """Let a step be under way."""
        with self.acme.at(at) as tx:
            steps.begin(tx, move.id, name)
            steps.tell(tx, move.id, name, progress)

    def breaks(self, move: Move, at: datetime, name: str, said: str) -> datetime:
        """Let a step break, or an undo."""
        with self.acme.at(at) as tx:
            steps.begin(tx, move.id, name)
            steps.tell(tx, move.id, name, Progress(said=said))
            steps.end(tx, move.id, name, StepState.BROKEN, said=said, facts={})
        return at + timedelta(minutes=1)

    def undoes(self, move: Move, at: datetime, *names: str) -> datetime:
        """Take steps back, the last first, and prove it."""
        for name in [f"undo {name}" for name in names] + ["prove"]:
            with self.acme.at(at) as tx:
                steps.begin(tx, move.id, name)
            at += timedelta(minutes=1)
            with self.acme.at(at) as tx:
                steps.end(tx, move.id, name, StepState.DONE, said="as it was", facts={})
        return at

    def end(
        self, move: Move, at: datetime, state: State, cause: Cause | None = None, said: str = ""
    ) -> Move:
        """End a running move."""
        with self.acme.at(at) as tx:
            return runs.end(tx, move.id, state, cause=cause, said=said)

    def started(self, kind: MoveKind, at: datetime) -> tuple[Move, datetime]:
        """Schedule, validate and begin a move; return when it has begun."""
        move = self.propose(kind, at)
        if kind is not MoveKind.DOWN_ALIGN:
            move = self.validate(move, at + timedelta(minutes=3))
        begun = self.begin(move, at + timedelta(minutes=5))
        return move, begun + timedelta(seconds=2)

    def completed(self, kind: MoveKind, at: datetime) -> Move:
        """Carry a whole move out."""
        move, at = self.started(kind, at)
        at = self.work(move, at, step_names()[kind])
        return self.end(move, at, State.COMPLETED)

    def failed(self, kind: MoveKind, at: datetime, said: str) -> Move:
        """Let a move's check say no, so that its target is put back."""
        move, at = self.started(kind, at)
        before = step_names()[kind][: step_names()[kind].index("check")]
        at = self.breaks(move, self.work(move, at, before), "check", said)
        at = self.undoes(move, at, "check", *reversed(before))
        return self.end(move, at, State.FAILED, Cause.CHECK_SAID_NO, said)

    def errored(self, kind: MoveKind, at: datetime) -> Move:
        """Let a move break, and its way back, too."""
        move, at = self.started(kind, at)
        names = step_names()[kind]
        at = self.work(move, at, names[: names.index("install")])
        said = "The server of systemdb went away while acme.crm was installed."
        at = self.breaks(move, at, "install", said)
        at = self.breaks(move, at, "undo swap", "The server of systemdb does not answer.")
        told = "The server of systemdb does not answer; nobody can tell what is there (3 tries)."
        return self.end(move, at, State.ERRORED, Cause.BROKE, told)

    def make_stale(self, move: Move, *what: str) -> None:
        """Let Production have changed since a move was validated."""
        with self.acme.books.transaction() as tx:
            moves_kept.save(tx, replace(move, changed=what), expecting=move.state)
