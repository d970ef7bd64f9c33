"""Move to Production: exactly what was tested in Staging is installed; Production's data stays."""

from liftlock.workflows import proofs
from liftlock.workflows.run import Steps
from liftlock.workflows.steps import (
    attest,
    check,
    drain,
    install,
    resume,
    take_restore_point,
)

STEPS = Steps(
    look=proofs.look_where_it_fits,
    until_opened=(drain.STEP, take_restore_point.STEP, install.INTO_PRODUCTION, check.STEP),
    then=(resume.STEP, attest.STEP),
    prove=proofs.prove,
)
