"""Install the move's modules. Three tables use it, and each takes it back in its own way."""

from liftlock.domain.modules import Digest
from liftlock.domain.move_refusals import UpdaterNeedsBothScopes
from liftlock.environments import keeping
from liftlock.modules import installing, readback
from liftlock.workflows import proofs
from liftlock.workflows.run import Gone, Json, Report, Run, Step


def do(run: Run) -> Report:
    """Install exactly the move's packages, by their digests."""
    return _install(run, tuple(package.digest for package in run.packages))


def bring_back(run: Run) -> Report:
    """Install what fresh data repositories lack of the modules that the target keeps.

    Raises:
        UpdaterNeedsBothScopes: what an updater may change would not be taken back.
    """
    if run.scope.systemdb_and_files:
        return Report(said="nothing to install: what is installed came with the SystemDB")
    kept = readback.installed(run.target)
    updaters = [m.code for m in kept if run.store.read(m.digest).manifest.install is not None]
    if updaters:
        raise UpdaterNeedsBothScopes(modules=list[str](updaters))
    return _install(run, tuple(module.digest for module in kept))


def put_back(run: Run) -> Report:
    """Swap the restore point in, prove that it is what was taken, drop what it replaced."""
    if not proofs.may_be_changed(run):
        return Report(said="nothing to put back: nothing was changed")
    if not proofs.is_put_back(run):
        keeping.put_back(run.target, run.restore_point, run.discarded, run.tell)
    if not run.reports.get("undo install", {}).get("proved"):
        proofs.prove_put_back(run)
    keeping.drop_replaced(run.restore_point, run.discarded, run.tell)
    said = f"{run.target.kind.title} is its restore point"
    return Report(said=said, facts={"proved": True}, restore_point=Gone())


def _install(run: Run, digests: tuple[Digest, ...]) -> Report:
    report = installing.install(run.target, digests, run.store, run.tell)
    installed: list[Json] = [
        {"module": f"{m.module.code} {m.module.version}", "migrations": list(m.migrations)}
        for m in report.modules
    ]
    return Report(said=f"{len(installed)} modules installed", facts={"modules": installed})


INTO_THE_COPY = Step(name="install", do=do)
"""What went live is taken back by the undo of *swap*."""
WHAT_IS_LACKING = Step(name="install", do=bring_back)
INTO_PRODUCTION = Step(name="install", do=do, undo=put_back)
