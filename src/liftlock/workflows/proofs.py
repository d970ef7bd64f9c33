"""What the target is before a move, and the proof that it is that again when the move has failed.

Mostly it is the very same databases and directory, known by identity. Where a restore point was
put back they may be others, so these are compared with what was noted when the point was
taken, while the application is still closed: once it is open it may write.
"""

from collections.abc import Mapping
from typing import cast

from liftlock.domain.restore_points import NoRoomForRestorePoint
from liftlock.domain.undos import MODULES
from liftlock.downalign import fingerprints
from liftlock.environments import disk, identities, keeping, trees
from liftlock.environments.parts import Parts
from liftlock.environments.servers import ServerUnreachable
from liftlock.errors import Conflict
from liftlock.modules import readback
from liftlock.workflows.run import BEFORE, Facts, Json, Report, Run

IDENTITY = "identity"
TAKEN = "take_restore_point"
CHANGED_BY = "install"


class NotAsBefore(Conflict):
    """The target was put back, and yet it is not what it was."""

    code = "move.not_as_before"
    sentence = (
        "{environment} is not as it was before: {differing}. "
        "Look at it by hand; the restore points of this move are kept."
    )


def look(run: Run) -> Report:
    """Note what the target is, and which modules it has."""
    facts: dict[str, Json] = {
        IDENTITY: dict(identities.identity(run.target)),
        MODULES: dict(_modules(run.target)),
    }
    return Report(said=f"{run.target.kind.title} was looked at", facts=facts)


def look_where_it_fits(run: Run) -> Report:
    """Note what the target is, if a restore point of it fits beside it.

    Raises:
        NoRoomForRestorePoint: it would not; nothing has begun.
    """
    if reasons := disk.no_room(run.target, run.restore_point):
        raise NoRoomForRestorePoint(environment=run.target.kind.title, reasons=reasons)
    return look(run)


def prove(run: Run) -> Report:
    """Require the very databases and directory that were there before, with the same modules.

    Where a restore point by template was put back, these are the restore point's.

    Raises:
        NotAsBefore: they are not.
    """
    before = run.reports[BEFORE]
    expected = run.reports[TAKEN] if may_be_changed(run) else before
    _require(run, IDENTITY, expected, _identity(run))
    _require(run, MODULES, before, _modules(run.target))
    return Report(said=f"{run.target.kind.title} is as it was before")


def picture(run: Run) -> dict[str, Json]:
    """Return what the drained target is and the identity of its complete restore point."""
    return {
        IDENTITY: dict(keeping.identity_of_taken(run.target, run.restore_point)),
        **{aspect: dict(found) for aspect, found in _aspects(run).items()},
    }


def may_be_changed(run: Run) -> bool:
    """Say whether modules may have been installed into the live target, which has a point."""
    return not run.aligns and CHANGED_BY in run.reports and IDENTITY in run.reports.get(TAKEN, {})


def is_put_back(run: Run) -> bool:
    """Say whether the target is its restore point already."""
    try:
        return run.reports[TAKEN][IDENTITY] == _identity(run)
    except ServerUnreachable:
        if run.target.runtime.restore_point is None:
            raise
        return False  # its command was interrupted, and left it standing still


def prove_put_back(run: Run) -> None:
    """Require that the target, still drained, is what was noted when its restore point was taken.

    Raises:
        NotAsBefore: it is not.
    """
    for aspect, found in (*_aspects(run).items(), (IDENTITY, _identity(run))):
        _require(run, aspect, run.reports[TAKEN], found)


def _identity(run: Run) -> dict[str, str]:
    """What the target is; where it may have been put back, also whether it was."""
    if may_be_changed(run):
        return keeping.identity_now(run.target, run.restore_point)
    return identities.identity(run.target)


def _aspects(run: Run) -> dict[str, dict[str, str]]:
    target = run.target
    return {
        "properties": identities.properties_digests(target),
        "schema": {d.label: fingerprints.schema_digest(d) for d in target.databases},
        "files": {"files": trees.tree_digest(target.files, run.tell)},
    }


def _modules(parts: Parts) -> dict[str, str]:
    return {m.code: f"{m.version} {m.digest}" for m in readback.installed(parts)}


def _require(run: Run, aspect: str, expected: Facts, found: Mapping[str, str]) -> None:
    was = cast("dict[str, str]", expected[aspect])
    if differing := identities.differing(was, found):
        raise NotAsBefore(
            environment=run.target.kind.title,
            differing=[f"{aspect} of {label}" for label in differing],
        )
