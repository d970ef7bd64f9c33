"""Close the target to people and end what still works in it."""

from liftlock.environments import runtimes
from liftlock.workflows.run import Json, Report, Run, Step


def do(run: Run) -> Report:
    """Drain the application, then end the sessions of others, counted."""
    drained = runtimes.drain(run.target, run.tell)
    ended: list[Json] = [
        {"database": s.database, "role": s.role, "application": s.application, "count": s.count}
        for s in drained.sessions
    ]
    said = f"{run.target.kind.title} is closed to people"
    return Report(said=said, facts={"sessions_ended": ended})


def undo(run: Run) -> Report:
    """Start the application, wait for its health, and open it."""
    runtimes.start(run.target, run.tell)
    runtimes.wait_until_healthy(run.target, run.tell)
    runtimes.open_(run.target, run.tell)
    return Report(said=f"{run.target.kind.title} is open as before")


STEP = Step(name="drain", do=do, undo=undo)
