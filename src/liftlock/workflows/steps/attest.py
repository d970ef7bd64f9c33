"""Write down what the move leaves behind: what was masked, what survived, what is installed now."""

from liftlock.modules import readback
from liftlock.workflows.run import Forward, Json, Report, Run


def do(run: Run) -> Report:
    """Put together the move's record: what its steps reported, what the target reports."""
    modules: list[Json] = [
        {"code": m.code, "version": m.version, "digest": m.digest}
        for m in readback.installed(run.target)
    ]
    steps: Json = {name: dict(facts) for name, facts in run.reports.items() if facts}
    return Report(said="the record is written", facts={"modules": modules, "steps": steps})


STEP = Forward(name="attest", do=do)
