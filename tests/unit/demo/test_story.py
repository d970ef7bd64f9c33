"""What a person and what a program are told."""

import json

import pytest
from pydantic import SecretStr

from liftlock import bootstrap
from liftlock.demo import control_plane
from liftlock.demo.control_plane import BooksInUse
from liftlock.demo.narrator import Narrator
from liftlock.demo.procedure import Done
from liftlock.demo.proof import Proof
from liftlock.demo.story import Played
from liftlock.domain.environments import Kind
from liftlock.domain.statuses import MoveKind
from liftlock.settings import Settings, settings

PROOF = Proof(
    modules_equal=True,
    other_rows=("orders.public.orders",),
    other_counts=(),
    masking_survivors=3,
    downtime_ms={Kind.STAGING: 700},
)


def test_a_program_gets_every_figure_by_its_name() -> None:
    done = Done(kind=MoveKind.MOVE_TO_STAGING, status="MovedToStaging", seconds=8.5)
    assert json.loads(Played(moves=(done,), proof=PROOF).to_json()) == {
        "moves": [{"kind": "move_to_staging", "status": "MovedToStaging", "seconds": 8.5}],
        "modules_equal": True,
        "rows_equal": False,
        "masking_survivors": 3,
        "downtime_ms": {"staging": 700},
    }


def test_a_person_is_told_which_table_differs(capsys: pytest.CaptureFixture[str]) -> None:
    Narrator(on_standard_error=False).proof(PROOF)
    told = capsys.readouterr().out
    assert "orders.public.orders" in told
    assert "0.7 s" in told


def test_each_step_that_has_ended_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    narrator = Narrator(on_standard_error=True)
    with narrator.watching() as watch:
        for state, said in (("running", "looking"), ("done", "nothing found")) * 2:
            watch.show(
                {
                    "title": "Down Align",
                    "steps": [{"name": "verify", "state": state, "said": said}],
                }
            )
    captured = capsys.readouterr()
    assert captured.err.count("nothing found") == 1
    assert captured.out == ""


def test_books_that_are_in_use_are_left_alone(
    books_database: SecretStr, tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    home = tmp_path_factory.mktemp("first")
    _ = bootstrap.init(Settings(home=home, database_url=books_database), login="ana", name="Ana")
    monkeypatch.setenv("LIFTLOCK_DATABASE_URL", books_database.get_secret_value())
    settings.cache_clear()
    of_the_demo = tmp_path_factory.mktemp("demo")
    try:
        with pytest.raises(BooksInUse), control_plane.running(of_the_demo, print):
            pass
    finally:
        settings.cache_clear()
