"""Globs over paths: `*` within one name, `**` over any number of folders. Pure."""

import re
from functools import lru_cache

_PART = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANING = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matches(glob: str, path: str) -> bool:
    """Say whether a path, relative and with `/`, is one that the glob means."""
    return _compiled(glob).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _compiled(glob: str) -> re.Pattern[str]:
    parts = (_MEANING.get(part) or re.escape(part) for part in _PART.findall(glob))
    return re.compile("".join(parts), re.DOTALL)
