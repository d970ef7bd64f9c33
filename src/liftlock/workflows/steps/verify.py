"""Prove that the copy is what was promised, before anybody sees it."""

from liftlock.downalign import verifying
from liftlock.workflows.run import Report, Run, Step


def do(run: Run) -> Report:
    """Compare the copy with its source, and look for values that should not have come along."""
    report = verifying.verify(run.alignment, run.tell)
    return Report(said=report.said, facts=report.facts)


STEP = Step(name="verify", do=do)
