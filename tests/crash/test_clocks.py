"""A worker whose clock is an hour fast: what begins when is decided by the clock of the books."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from eventually import eventually
from liftlock.domain.moves import MoveId
from liftlock.domain.statuses import MoveKind, State
from liftlock.services import proposals, workers
from liftlock.services.proposals import DownAlignWish
from liftlock.services.slots import At
from own_books import ZONE
from town import Town


def booked_in_half_an_hour(town: Town) -> MoveId:
    with town.acme.books.transaction() as tx:
        when = tx.now.astimezone(ZoneInfo(ZONE)) + timedelta(minutes=30)
        wish = DownAlignWish(
            organisation=town.organisation,
            when=At(day=when.date(), hour=when.hour, minute=when.minute // 5 * 5),
            systemdb_and_files=True,
            data=True,
        )
        return proposals.schedule_down_align(tx, town.acme.ana, wish).id


def test_a_worker_with_a_fast_clock_begins_nothing_early_and_is_not_taken_for_dead(
    town: Town,
) -> None:
    fast, right = town.start_worker(ahead_s=3600), town.start_worker()
    assert town.await_end(town.schedule(MoveKind.DOWN_ALIGN)).state is State.COMPLETED
    later = booked_in_half_an_hour(town)
    with town.acme.books.transaction() as tx:
        until = tx.now + timedelta(seconds=2)

    def all_have_beaten() -> bool:
        with town.acme.books.transaction() as tx:
            return [w.beat_at > until for w in workers.list_all(tx)] == [True, True]

    eventually(all_have_beaten, 30)
    assert town.move(later).state is State.VALIDATED
    assert [worker.ask_to_end() for worker in (fast, right)] == [0, 0]
