"""Open the target to people: the point of no return."""

from liftlock.environments import runtimes
from liftlock.errors import LiftlockError
from liftlock.workflows.run import Forward, NeverOpened, Report, Run


def do(run: Run) -> Report:
    """Open the application and wait for its first healthy answer.

    Raises: NeverOpened, when a runtime that cannot start closed does not even become healthy.
    """
    if not run.target.runtime.starts_closed:
        _start(run)
    runtimes.open_(run.target, run.tell)
    runtimes.wait_until_healthy(run.target, run.tell)
    return Report(said=f"{run.target.kind.title} is open to people")


def undo(run: Run) -> Report:
    """Drain what was started but never served anybody."""
    runtimes.drain(run.target, run.tell)
    return Report(said=f"{run.target.kind.title} is closed to people")


def _start(run: Run) -> None:
    try:
        runtimes.start(run.target, run.tell)
        runtimes.wait_until_healthy(run.target, run.tell)
    except LiftlockError as error:
        raise NeverOpened(said=str(error)) from error


STEP = Forward(name="resume", do=do, undo=undo)
