"""The restore point of the undone move becomes the target; what was there becomes another one."""

from liftlock.environments import disk, restore_points, swapping
from liftlock.workflows.run import Gone, Kept, Report, Run, Step


def do(run: Run) -> Report:
    """Rename what is live to this Undo's restore point, and the undone move's to the live names.

    Nothing is copied. What became of the undone move's restore point is written when the Undo is
    completed.
    """
    restore_points.exchange(run.target, run.taken_back, run.restore_point, run.mark, run.tell)
    kept = Kept(size_bytes=disk.size_bytes(run.restore_point))
    said = f"{run.target.kind.title} is what it was before move {run.undoes}"
    return Report(said=said, restore_point=kept)


def undo(run: Run) -> Report:
    """Rename all back: the undone move has its restore point again."""
    swapping.exchange_back(run.target, run.taken_back, run.restore_point, run.tell)
    return Report(said=f"{run.target.kind.title} is what it was", restore_point=Gone())


STEP = Step(name="swap_back", do=do, undo=undo)
