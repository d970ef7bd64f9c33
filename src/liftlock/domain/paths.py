"""Names of files inside a package: which of them mean the same, and nothing else, everywhere. Pure.

A name is relative, with slashes, in Unicode's composed form. Two names that differ only in case, or
only in how an accent is composed, would be one file on some machines: they are refused together.
"""

import unicodedata

_MOST_BYTES = 1024
_MOST_PART_BYTES = 255
"""What common file systems allow for one part of a path."""


def problem_with(name: str) -> str | None:
    """Return why a file name is refused, or None when it is safe."""
    parts = name.split("/")
    if name.startswith("/"):
        return "is absolute"
    if any(part in {"", ".", ".."} for part in parts):
        return "has an empty part, . or .. in it"
    if "\\" in name or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in name):
        return "has a backslash, a control character or bytes that are not UTF-8 in it"
    if unicodedata.normalize("NFC", name) != name:
        return "is not in Unicode's composed form (NFC)"
    if len(name.encode()) > _MOST_BYTES or any(len(p.encode()) > _MOST_PART_BYTES for p in parts):
        return f"is too long (at most {_MOST_BYTES} bytes, {_MOST_PART_BYTES} each part)"
    return None


class Names:
    """Names of one package, taken one after the other."""

    def __init__(self) -> None:
        self._spelling: dict[str, str] = {}
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def add(self, name: str) -> str | None:
        """Take a name; return an earlier one, or a folder of it, with which it clashes.

        Two are one where case does not count; the same name twice is a clash, too, and so is a file
        that another name uses as its folder.
        """
        *above, itself = _prefixes(name)
        for here in (*above, itself):
            known = self._spelling.setdefault(_folded(here), here)
            if known != here or here in self._files:
                return known
        if itself in self._folders:
            return itself
        self._files.add(itself)
        self._folders.update(above)
        return None


def _prefixes(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())
