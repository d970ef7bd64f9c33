"""Runs that were recorded with the first release are still understood: one may go on.

A change of the order, the names or the number of steps needs another workflow (`.v2`) beside the
old one, and a new recording beside these. Never change a recording.
"""

import json
from pathlib import Path
from typing import TypedDict, cast

import pytest

from liftlock.domain.moves import MoveId
from liftlock.domain.statuses import MoveKind, State
from liftlock.workflows.carrying import from_plain, workflow_of
from liftlock.workflows.engine import Plain
from liftlock.workflows.registry import TABLES
from liftlock.workflows.run import Act, Broke, Done, carry_out, frozen

RECORDINGS = sorted((Path(__file__).parent / "recorded").glob("*.json"))


class Recording(TypedDict):
    """What the books and the engine kept of one run."""

    workflow: str
    kind: str
    steps: list[str]
    acts: list[tuple[str, Plain]]
    state: str


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recorded_run_is_understood(path: Path) -> None:
    recording = cast("Recording", json.loads(path.read_text()))
    left = list(recording["acts"])

    def replay(act: Act, /) -> Done | Broke:
        name, kept = left.pop(0)
        assert act.name == name
        return from_plain(kept)

    kind = MoveKind(recording["kind"])
    assert workflow_of(kind) == recording["workflow"]
    steps = frozen(TABLES[kind], tuple(recording["steps"]), MoveId(1))
    assert carry_out(steps, replay).state is State(recording["state"])
    assert left == []


def test_every_workflow_has_a_run_that_was_completed_and_one_that_was_put_back() -> None:
    found = {path.stem for path in RECORDINGS}
    ends = ("completed", "put_back")
    assert found == {f"{workflow_of(kind)}.{end}" for kind in TABLES for end in ends}
