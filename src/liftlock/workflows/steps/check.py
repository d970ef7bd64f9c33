"""Start the application closed to people, and let the modules say whether all is well."""

from collections.abc import Sequence

from liftlock.domain.modules import Digest
from liftlock.domain.undos import WRITES
from liftlock.environments import runtimes, writes
from liftlock.modules import checking, readback
from liftlock.workflows.run import Json, Report, Run, Step


def do(run: Run) -> Report:
    """Start it closed, wait for its health, run the checks of every module that it has now.

    A runtime that cannot start closed is first started by *resume*; the checks run without it. How
    often rows were written so far is noted, so that an Undo can say what was written since.

    Raises:
        CheckSaidNo: one did.
    """
    if run.target.runtime.starts_closed:
        runtimes.start(run.target, run.tell)
        runtimes.wait_until_healthy(run.target, run.tell)
    asked = checking.check(run.target, _known(run), run.store, run.tell)
    facts: dict[str, Json] = {"checks": asked, WRITES: writes.note(run.target)}
    return Report(said=f"{asked} checks passed", facts=facts)


def undo(run: Run) -> Report:
    """Drain the application again, so that what follows finds nobody at work."""
    _ = runtimes.drain(run.target, run.tell)
    return Report(said=f"{run.target.kind.title} is closed to people")


def _known(run: Run) -> Sequence[Digest]:
    """Return the move's packages, and what else is installed and in the store."""
    ours = [package.digest for package in run.packages]
    stored = set(run.store.digests())
    installed = [module.digest for module in readback.installed(run.target)]
    return [*ours, *(d for d in installed if d in stored and d not in ours)]


STEP = Step(name="check", do=do, undo=undo)
