"""The copy becomes the target; what was there becomes the restore point."""

from liftlock.environments import disk, swapping
from liftlock.workflows.run import Gone, Kept, Report, Run, Step


def do(run: Run) -> Report:
    """Rename what is live to the restore point, and the copy to the live names."""
    swapping.swap_in(run.target, run.copy, run.restore_point, run.tell)
    kept = Kept(size_bytes=disk.size_bytes(run.restore_point))
    return Report(said=f"{run.target.kind.title} is the copy now", restore_point=kept)


def undo(run: Run) -> Report:
    """Swap the restore point back in; what had gone live is a copy again."""
    swapping.swap_back(run.target, run.copy, run.restore_point, run.tell)
    return Report(said=f"{run.target.kind.title} is what it was", restore_point=Gone())


STEP = Step(name="swap", do=do, undo=undo)
