"""Move to Staging: Staging becomes what Production is, then the selected modules are installed."""

from liftlock.workflows import proofs
from liftlock.workflows.run import Steps
from liftlock.workflows.steps import (
    attest,
    check,
    copy_and_mask,
    drain,
    install,
    preserve,
    resume,
    swap,
    verify,
)

STEPS = Steps(
    look=proofs.look,
    until_opened=(
        copy_and_mask.STEP,
        verify.STEP,
        drain.STEP,
        preserve.STEP,
        swap.STEP,
        install.INTO_THE_COPY,
        check.STEP,
    ),
    then=(resume.STEP, attest.STEP),
    prove=proofs.prove,
)
