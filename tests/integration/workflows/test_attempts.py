"""One act in the real engine: fenced, told about, stopped, tried again; what the books say."""

import psycopg
import pytest

from acme_books import Acme
from liftlock.domain.environments import Kind
from liftlock.domain.progress import Progress
from liftlock.domain.statuses import Cause
from liftlock.domain.steps import StepState
from liftlock.environments.servers import ServerUnreachable, as_keeper
from liftlock.services import fences, moves, restore_points, runs, steps
from liftlock.workflows import engine
from liftlock.workflows.run import Broke, Done, Gone, Kept, Report, Run
from probing import Probe, an_act, begun

WORKING = Progress(said="working", done=1, of=2, unit="tables")


@pytest.fixture
def probe(acme: Acme) -> Probe:
    return Probe(acme=acme, move=begun(acme))


def done(run: Run) -> Report:
    del run
    return Report(said="all is done", facts={"rows": 3})


def test_what_an_act_reports_is_kept_beside_its_step(probe: Probe) -> None:
    assert probe.carry_out(an_act(done)) == [Done(said="all is done")]
    step = probe.step("probe")
    assert step is not None
    assert (step.state, step.tries, step.progress.said) == (StepState.DONE, 1, "all is done")
    with probe.acme.books.transaction() as tx:
        assert steps.facts_of(tx, probe.move)["probe"] == {"rows": 3}


def test_a_server_that_answers_at_the_third_try_is_no_failure(probe: Probe) -> None:
    tries: list[str] = []

    def work(run: Run) -> Report:
        tries.append(run.target.systemdb.application_name)
        if len(tries) < 3:
            raise ServerUnreachable(database="d", label="data", reason="gone")
        return done(run)

    assert probe.carry_out(an_act(work)) == [Done(said="all is done")]
    numbers = [int(name.rpartition(":")[2]) for name in tries]
    assert numbers == [1, 2, 3], "each try takes the fence anew"
    step = probe.step("probe")
    assert step is not None
    assert step.tries == 3


def test_a_server_that_stays_away_breaks_the_step_after_some_tries(probe: Probe) -> None:
    def work(run: Run) -> Report:
        raise ServerUnreachable(database=run.target.systemdb.name, label="systemdb", reason="gone")

    (outcome,) = probe.carry_out(an_act(work))
    assert isinstance(outcome, Broke)
    assert (outcome.cause, outcome.tries) == (Cause.BROKE, 3)
    assert outcome.said.endswith("It was tried 3 times.")
    step = probe.step("probe")
    assert step is not None
    assert (step.state, step.progress.said) == (StepState.BROKEN, outcome.said)


@pytest.mark.parametrize("stoppable", [True, False], ids=["do", "undo"])
def test_a_stop_is_heard_by_what_can_be_stopped(probe: Probe, *, stoppable: bool) -> None:
    def work(run: Run) -> Report:
        with probe.acme.books.transaction() as tx:
            _ = moves.stop(tx, probe.acme.ana, probe.move)
        run.tell(WORKING)
        return done(run)

    (outcome,) = probe.carry_out(an_act(work, stoppable=stoppable))
    if stoppable:
        assert isinstance(outcome, Broke)
        assert outcome.cause is Cause.STOPPED
    else:
        assert outcome == Done(said="all is done")


def test_progress_is_in_the_books_while_the_work_goes_on(probe: Probe) -> None:
    seen: list[Progress] = []

    def work(run: Run) -> Report:
        run.tell(WORKING)
        step = probe.step("probe")
        assert step is not None
        seen.append(step.progress)
        return done(run)

    assert probe.carry_out(an_act(work)) == [Done(said="all is done")]
    assert seen == [WORKING]


def test_who_has_lost_the_number_and_the_move_stops_without_a_trace(probe: Probe) -> None:
    def work(run: Run) -> Report:
        with probe.acme.books.transaction() as tx:
            _ = fences.take(tx, run.target.environment, run.move, owns=lambda _: True)
            _ = tx.connection.execute("UPDATE dbos.workflow_status SET owner_xid = 'another'")
        run.tell(WORKING)
        return done(run)

    assert probe.carry_out(an_act(work)) == ["interrupted"]
    step = probe.step("probe")
    assert step is not None
    assert (step.state, step.progress.said) == (StepState.RUNNING, "")


def test_who_has_lost_the_number_only_takes_another_and_begins_again(probe: Probe) -> None:
    """Books that a standby took over may have forgotten the last numbers."""
    names: list[str] = []

    def work(run: Run) -> Report:
        names.append(run.target.systemdb.application_name)
        if len(names) == 1:
            with probe.acme.books.transaction() as tx:
                _ = tx.connection.execute("UPDATE fences SET number = number - 1")
            run.tell(WORKING)
        return done(run)

    assert probe.carry_out(an_act(work)) == [Done(said="all is done")]
    assert len(names) == 2


def test_who_has_lost_the_move_does_not_take_the_fence_back(probe: Probe) -> None:
    def work(run: Run) -> Report:
        with probe.acme.books.transaction() as tx:
            _ = tx.connection.execute("UPDATE dbos.workflow_status SET owner_xid = 'another'")
        raise ServerUnreachable(database=run.target.systemdb.name, label="systemdb", reason="gone")

    assert probe.carry_out(an_act(work)) == ["interrupted"]
    with probe.acme.books.transaction() as tx:
        fences.require_held(tx, probe.acme.development.id, probe.move, 1)


def test_a_worker_that_leaves_begins_nothing_and_ends_what_it_does(probe: Probe) -> None:
    def work(run: Run) -> Report:
        probe.leaving.set()
        run.tell(WORKING)
        return done(run)

    assert probe.carry_out(an_act(work)) == ["interrupted"]
    with probe.acme.books.transaction() as tx:
        assert engine.standing(tx, [str(probe.move)])[str(probe.move)].status == "PENDING"


def test_sessions_that_an_older_execution_left_are_ended(probe: Probe) -> None:
    with probe.acme.books.transaction() as tx:
        older = runs.facts(tx, probe.move, 0).target.systemdb

    def work(run: Run) -> Report:
        with pytest.raises(psycopg.OperationalError):
            _ = connection.execute("SELECT 1")
        return done(run)

    with as_keeper(older) as connection:
        assert probe.carry_out(an_act(work)) == [Done(said="all is done")]


def test_a_new_attempt_works_at_names_of_its_own(probe: Probe) -> None:
    names: list[str] = []

    def work(run: Run) -> Report:
        names.append(run.copy.systemdb.name)
        if len(names) < 2:
            raise ServerUnreachable(database="d", label="data", reason="gone")
        return done(run)

    assert probe.carry_out(an_act(work, new_attempt=True)) == [Done(said="all is done")]
    assert [name.split("_")[3] for name in names] == ["1", "2"]


def test_the_books_know_which_restore_point_a_move_has(probe: Probe) -> None:
    def kept() -> list[int]:
        with probe.acme.books.transaction() as tx:
            found = restore_points.list_all(tx, probe.acme.dora, probe.acme.development.id)
        return [point.size_bytes for point in found]

    sizes: list[list[int]] = []

    def take(run: Run) -> Report:
        del run
        return Report(said="taken", restore_point=Kept(size_bytes=4096))

    def lose(run: Run) -> Report:
        del run
        sizes.append(kept())
        return Report(said="put back", restore_point=Gone())

    acts = (an_act(take), an_act(lose))
    assert len(probe.carry_out(*acts)) == 2
    assert (sizes, kept()) == ([[4096]], [])


def test_each_environment_of_the_run_is_the_one_that_the_move_is_about(probe: Probe) -> None:
    seen: list[tuple[Kind, Kind]] = []

    def work(run: Run) -> Report:
        seen.append((run.source.kind, run.target.kind))
        return done(run)

    _ = probe.carry_out(an_act(work))
    assert seen == [(Kind.PRODUCTION, Kind.DEVELOPMENT)]
