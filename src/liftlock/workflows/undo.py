"""Undo: the restore point of a completed move becomes its target again; nothing is copied."""

from liftlock.workflows import proofs
from liftlock.workflows.run import Steps
from liftlock.workflows.steps import attest, check, drain, resume, swap_back

STEPS = Steps(
    look=proofs.look,
    until_opened=(drain.STEP, swap_back.STEP, check.STEP),
    then=(resume.STEP, attest.STEP),
    prove=proofs.prove,
)
