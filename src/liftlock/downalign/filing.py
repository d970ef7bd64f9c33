"""The files configuration of a copy: each path as decided, some renamed, digests compared."""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from liftlock.domain.environments import DataPolicy
from liftlock.domain.globs import matches
from liftlock.domain.policies import Handling, PathDecision, Policy
from liftlock.domain.progress import Tell
from liftlock.downalign.alignments import Alignment
from liftlock.downalign.preserved_files import is_preserved
from liftlock.environments import gates, trees
from liftlock.environments.trees import Placed
from liftlock.errors import Invalid

PLACEHOLDER = b"liftlock placeholder\n"
PLACEHOLDER_DIGEST = sha256(PLACEHOLDER).hexdigest()
DATABASE = "{database}"
_WILDCARD = re.compile(r"\*\*/|\*\*|\*|\?")
_CAPTURE = {"**/": "((?:[^/]+/)*)", "**": "(.*)", "*": "([^/]*)", "?": "([^/])"}


class UndecidedPath(Invalid):
    """A file came that no decision covers."""

    code = "files.undecided"
    sentence = (
        "No decision covers a path in {folder}. "
        "Add one to the policy of the files configuration: keep, placeholder or leave_out."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What copying the files did."""

    digest: str
    """Of all paths and contents, once the copy was made."""
    files: int
    left_out: int
    size_bytes: int


def copy(alignment: Alignment, tell: Tell) -> Filed:
    """Copy Production's files beside the target's, as decided.

    Raises: UndecidedPath, UnsafeEntry, FileWillNotHoldStill, TreeInTheWay, FilesUnreachable, what
    `tell` raises.
    """
    policy, database = alignment.files_policy, alignment.target.systemdb.name
    with gates.opened(alignment.target, tell, "copying files") as gate:
        copied = trees.copy_tree(
            alignment.source.files,
            gate / alignment.copy.files.name,
            lambda path: placed(policy, alignment.data_policy, database, path),
            tell,
        )
    return Filed(
        digest=trees.tree_digest(alignment.copy.files, tell),
        files=copied.files,
        left_out=copied.left_out,
        size_bytes=copied.size_bytes,
    )


def placed(policy: Policy, data_policy: DataPolicy, database: str, path: str) -> Placed | None:
    """Return where a path goes, and with what content; None leaves it out.

    What the target keeps of its own does not come from Production.

    Raises: UndecidedPath, in an anonymized alignment.
    """
    if is_preserved(policy, path):
        return None
    decision = policy.path_decision(path)
    if decision is None:
        if data_policy is DataPolicy.ANONYMIZED and not path.endswith("/"):
            raise UndecidedPath(folder=path.rpartition("/")[0] or "the files' own folder")
        return Placed(path=path)
    if decision.handling is Handling.LEAVE_OUT:
        return None
    kept = decision.handling is Handling.KEEP
    new = renamed(decision, path, database)
    return Placed(path=new, content=None if kept else PLACEHOLDER)


def renamed(decision: PathDecision, path: str, database: str) -> str:
    """Return a path's new name; wildcards of `rename` stand for what the glob's matched.

    Raises: nothing; a path that the glob does not match stays as it is.
    """
    if decision.rename is None or not matches(decision.glob, path):
        return path
    found = _capturing(decision.glob).fullmatch(path)
    parts = iter(found.groups() if found else ())
    named = _WILDCARD.sub(lambda wildcard: next(parts, wildcard[0]), decision.rename)
    return named.replace(DATABASE, database)


@lru_cache(maxsize=1024)
def _capturing(glob: str) -> re.Pattern[str]:
    pattern, end = "", 0
    for wildcard in _WILDCARD.finditer(glob):
        pattern += re.escape(glob[end : wildcard.start()]) + _CAPTURE[wildcard[0]]
        end = wildcard.end()
    return re.compile(pattern + re.escape(glob[end:]), re.DOTALL)
