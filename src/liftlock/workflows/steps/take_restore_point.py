"""Keep Production as it is, before modules change it."""

from liftlock.environments import disk, keeping
from liftlock.environments.parts import Parts
from liftlock.workflows import proofs
from liftlock.workflows.run import Gone, Kept, Report, Run, Step


def do(run: Run) -> Report:
    """Keep the drained databases, by template or by command, and the files beside."""
    taken = keeping.take(run.target, run.restore_point, run.mark, run.tell)
    kept = Kept(size_bytes=taken.size_bytes)
    return Report(said="restore point taken", facts=proofs.picture(run), restore_point=kept)


def undo(run: Run) -> Report:
    """Open the databases; drop a half-made point, keep a complete one until retention drops it."""
    if not keeping.abandon(run.target, run.restore_point, run.mark, run.tell):
        return Report(said="no restore point is left", restore_point=Gone())
    kept = Kept(size_bytes=disk.size_bytes(_kept(run)))
    return Report(said="the restore point is kept", restore_point=kept)


def _kept(run: Run) -> Parts:
    """A server that is kept whole takes as much room as it has."""
    return run.restore_point if run.target.runtime.restore_point is None else run.target


STEP = Step(name="take_restore_point", do=do, undo=undo)
