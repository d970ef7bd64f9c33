"""Files of the target that survive: they replace what Production has under the same globs."""

import os
import shutil
from pathlib import Path

from liftlock.domain.globs import matches
from liftlock.domain.policies import Policy
from liftlock.domain.progress import Tell
from liftlock.downalign.alignments import Alignment
from liftlock.environments import entries, trees
from liftlock.environments.entries import named_errors
from liftlock.environments.trees import Placed

_STAGE = ".liftlock-preserved"


def is_preserved(policy: Policy, path: str) -> bool:
    """Say whether the target's file of this path survives."""
    return any(matches(glob, path) for glob in policy.preserved_paths)


def keep(alignment: Alignment, tell: Tell) -> int:
    """Copy the preserved files of the live target into the copy; return how many. May be repeated.

    Raises: UnsafeEntry, FileWillNotHoldStill, FilesUnreachable, what `tell` raises.
    """
    policy, copy = alignment.files_policy, alignment.copy.files
    stage = copy / _STAGE
    if not policy.preserved_paths:
        return 0
    with named_errors(copy):
        _remove(stage)
        _remove(copy / f"{_STAGE}.part")
        for path in [p for p in entries.walk(copy) if is_preserved(policy, p)]:
            _remove(copy / path)
    _ = trees.copy_tree(
        alignment.target.files,
        stage,
        lambda path: Placed(path=path) if is_preserved(policy, path) else None,
        tell,
    )
    with named_errors(copy):
        paths = list(entries.walk(stage))
        for path in paths:
            _move(stage / path, copy / path)
        _remove(stage)
    return sum(not path.endswith("/") for path in paths)


def _move(path: Path, new: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        new.mkdir(parents=True, exist_ok=True)
        return
    new.parent.mkdir(parents=True, exist_ok=True)
    os.replace(path, new)  # noqa: PTH105  replaces links, too


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
