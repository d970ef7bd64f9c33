"""What a broken act means: an exception becomes a cause and a sentence, and whether to try again.

This is the surface of a running move for the categories of `errors.py`: *Unavailable* is tried
again, all else puts the target back at once, and what nobody expected is a bug, never tried again.
"""

import traceback
from pathlib import Path

from liftlock.domain.statuses import Cause
from liftlock.errors import Conflict, LiftlockError, Unavailable
from liftlock.modules.refusals import CheckSaidNo
from liftlock.telemetry import log
from liftlock.workflows.run import Act, Broke, NeverOpened


class Stopped(Conflict):
    """A person asked to stop the move."""

    code = "move.stopped"
    sentence = "A person stopped it."


def broke(error: Exception, act: Act) -> Broke:
    """Return what this exception of an act's work means; a bug's own words are not passed on."""
    match error:
        case Stopped():
            return Broke(cause=Cause.STOPPED, said=str(error))
        case CheckSaidNo():
            return Broke(cause=Cause.CHECK_SAID_NO, said=str(error))
        case NeverOpened():
            return Broke(cause=Cause.BROKE, said=str(error), never_opened=True)
        case LiftlockError():
            again = act.patient or isinstance(error, Unavailable)
            return Broke(cause=Cause.BROKE, said=str(error), may_pass=again)
        case _:
            return _bug(error, act)


def _bug(error: Exception, act: Act) -> Broke:
    """Its words may hold anybody's values: only its kind and its place are told."""
    kind, where = type(error).__name__, _where(error)
    log.error("step.met_a_bug", act=act.name, kind=kind, where=where)
    said = f"Step {act.name} met something unexpected: {kind} at {where}. Report it as a bug."
    return Broke(cause=Cause.BROKE, said=said)


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "liftlock" in Path(frame.filename).parts]
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(ours[-3:]))
