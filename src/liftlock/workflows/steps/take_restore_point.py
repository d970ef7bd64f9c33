"""Keep Production as it is, before modules change it."""

from liftlock.environments import disk, restore_points
from liftlock.workflows import proofs
from liftlock.workflows.run import Gone, Kept, Report, Run, Step


def do(run: Run) -> Report:
    """Copy the drained databases by template and the files beside; mark it complete last."""
    taken = restore_points.take_by_template(run.target, run.restore_point, run.mark, run.tell)
    kept = Kept(size_bytes=taken.size_bytes)
    return Report(said="restore point taken", facts=proofs.picture(run), restore_point=kept)


def undo(run: Run) -> Report:
    """Open the databases; drop a half-made point, keep a complete one until retention drops it."""
    if not restore_points.abandon(run.target, run.restore_point, run.mark, run.tell):
        return Report(said="no restore point is left", restore_point=Gone())
    kept = Kept(size_bytes=disk.size_bytes(run.restore_point))
    return Report(said="the restore point is kept", restore_point=kept)


STEP = Step(name="take_restore_point", do=do, undo=undo)
