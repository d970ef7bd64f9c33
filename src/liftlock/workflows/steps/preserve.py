"""Bring over what must survive in the target; switch off what must not act outside Production."""

from liftlock.downalign import preserving
from liftlock.workflows.run import Report, Run, Step


def do(run: Run) -> Report:
    """Preserve, run neutralize and after-scripts on the copy, verify again what these touched.

    The copy is dropped by the undo of an earlier step: nothing else has changed.
    """
    report = preserving.preserve(run.alignment, run.tell)
    return Report(said=report.said, facts=report.facts)


STEP = Step(name="preserve", do=do)
