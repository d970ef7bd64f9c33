import pytest

from liftlock import clock
from liftlock.domain.progress import Progress
from liftlock.downalign.snapshots import LIMIT_S, Snapshots, SnapshotTooOld


def test_a_snapshot_that_is_held_for_too_long_stops_the_copy() -> None:
    told: list[Progress] = []
    young = Snapshots(by_label={}, spread_ms=1.0, begun_s=clock.monotonic_s())
    young.watching(told.append)(Progress(said="x"))
    assert told
    old = Snapshots(by_label={}, spread_ms=1.0, begun_s=clock.monotonic_s() - LIMIT_S - 1)
    with pytest.raises(SnapshotTooOld):
        old.watching(told.append)(Progress(said="x"))
