"""Down Align: Development becomes what Production is, masked; its modules stay where they are."""

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
        install.WHAT_IS_LACKING,
        check.STEP,
    ),
    then=(resume.STEP, attest.STEP),
    prove=proofs.prove,
)
