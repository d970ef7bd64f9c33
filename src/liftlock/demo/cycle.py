"""`liftlock demo`: three real environments, one whole cycle, a table of proof, nothing left."""

import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from liftlock import clock
from liftlock.demo import processes, sign_ins, stage, story
from liftlock.demo.narrator import Narrator
from liftlock.demo.stage import Stage

_LOOK_EVERY_S = 0.5
_INTERRUPTED = 130


def run(*, once: bool, as_json: bool) -> int:
    """Play the whole procedure; without `once`, keep everything up until Ctrl-C.

    With `as_json`, live steps go to standard error and standard output is one JSON document.
    Returns 0 when every proof holds, else 1. No process and no directory is left behind.

    Raises: a LiftlockError that says what could not be done.
    """
    narrator = Narrator(on_standard_error=as_json)
    _ = os.umask(0o022)  # applications run as another user, who reads what is copied
    processes.adopt_orphans()
    code = _INTERRUPTED
    try:
        with processes.interruptible(), _root() as root, ExitStack() as stack:
            setting = stage.set_up(root, narrator, stack)
            played = story.play(setting, narrator)
            narrator.proof(played.proof)
            code = 0 if played.proof.holds else 1
            if as_json:
                _ = sys.stdout.write(played.to_json() + "\n")
                _ = sys.stdout.flush()
            if not once:
                _stay(setting, narrator)
    except KeyboardInterrupt:
        narrator.say("Ended; nothing is left.")
    return code


@contextmanager
def _root() -> Generator[Path]:
    """Make the demo's directory; at the end, end every process that is left, and remove it."""
    root = Path(tempfile.mkdtemp(prefix="liftlock-demo-"))
    root.chmod(0o711)
    try:
        yield root
    finally:
        _ = processes.end_children()
        shutil.rmtree(root)


def _stay(setting: Stage, narrator: Narrator) -> None:
    """Keep everything up, with the console ready for the same procedure by hand."""
    story.develop_next(setting, narrator)
    narrator.act("Now by hand: everything stays up until Ctrl-C")
    narrator.visitors(setting.plane.url, sign_ins.give(setting.plane))
    for stand in setting.stands.values():
        narrator.say(f"{stand.kind.title}'s application: {stand.url}")
    narrator.say(f"API: {setting.plane.url}/api")
    while True:
        setting.plane.require_alive()
        clock.sleep_s(_LOOK_EVERY_S)
