"""TOML documents that people write: read with line and column of whatever is wrong in them. Pure.

A `Document` knows its text; a `Section` is one table of it, whose getters refuse a wrong type, a
missing key and a key that nobody knows, always with the place.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self, TypeAlias, cast

from liftlock.errors import Invalid

Path: TypeAlias = "tuple[str | int, ...]"
"""Keys and list indexes from the top of the document: `("migrations", 0, "file")`."""

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class UnreadableDocument(Invalid):
    """A document breaks TOML's rules or its own; line and column count from 1."""

    code = "document.unreadable"
    sentence = "{document}, line {line}, column {column}: {problem}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text that is valid TOML, and the kind of refusal that its readers raise."""

    name: str
    text: str
    content: Mapping[str, object]
    raises: type[UnreadableDocument]

    @classmethod
    def read(
        cls, name: str, text: str, raises: type[UnreadableDocument] = UnreadableDocument
    ) -> Self:
        """Read a text as TOML.

        Raises: the given kind of refusal, with fields document, line, column, problem.
        """
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise _syntax_refusal(name, text, str(error), raises) from None
        except RecursionError:
            raise raises(document=name, line=1, column=1, problem="nested too deeply") from None
        return cls(name=name, text=text, content=content, raises=raises)

    @property
    def top(self) -> "Section":
        """Return the document's outermost table."""
        return Section(document=self, path=(), content=self.content)

    def refusal_at(self, path: Path, problem: str) -> UnreadableDocument:
        """Return, for raising, the refusal of what stands at this path."""
        line, column = self.place(path)
        return self.raises(document=self.name, line=line, column=column, problem=problem)

    def place(self, path: Path) -> tuple[int, int]:
        """Return line and column where this path begins; those of its table when it is missing."""
        while path and not _reaches(self.content, path):
            path = path[:-1]
        if not path:
            return 1, 1
        line = self._first_line_with(path)
        return line, _column(self.text.split("\n")[line - 1], path)

    def _first_line_with(self, path: Path) -> int:
        # Bisects over prefixes of the text; one that ends inside a value is no valid TOML and is
        # stepped over.
        lines = self.text.split("\n")
        without, having = 0, len(lines)
        while having - without > 1:
            middle = (without + having) // 2
            number, prefix = _longest_valid_prefix(lines, without, middle)
            if prefix is not None and _reaches(prefix, path):
                having = number
            else:
                without = middle
        return _longest_valid_prefix(lines, 0, having - 1)[0] + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table of a document."""

    document: Document
    path: Path
    content: Mapping[str, object]

    def refusal(self, *, at: str | None, problem: str) -> UnreadableDocument:
        """Return, for raising, the refusal of a key of this table; of the table itself: None."""
        return self.document.refusal_at(self.path if at is None else (*self.path, at), problem)

    def only(self, *known: str) -> None:
        """Refuse the first key that is not known.

        Raises: the document's refusal.
        """
        for key in self.content:
            if key not in known:
                raise self.refusal(
                    at=key, problem=f"unknown key {key}{self._here()}; known: {', '.join(known)}"
                )

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty; without a default the key must be there."""
        value = self.optional_text(key)
        if value is not None:
            return value
        if default is None:
            raise self.refusal(at=key, problem=f"key {key} is missing{self._here()}")
        return default

    def optional_text(self, key: str) -> str | None:
        """Return a text that is not empty, or None when the key is not there."""
        value = self.content.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.refusal(at=key, problem=f"{key} must be a text that is not empty")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self.content.get(key, default)
        if not isinstance(value, bool):
            raise self.refusal(at=key, problem=f"{key} must be true or false")
        return value

    def number(self, key: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        value = self.content.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.refusal(
                at=key, problem=f"{key} must be a whole number from {least} to {most}"
            )
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts that are not empty; no key is an empty list."""
        value = self.content.get(key, [])
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        found = tuple(item for item in items if isinstance(item, str) and item.strip())
        if len(found) != len(items):
            raise self.refusal(at=key, problem=f"{key} must be a list of texts that are not empty")
        return found

    def section(self, key: str) -> "Section":
        """Return the table under this key; no key is an empty table."""
        value = self.content.get(key, {})
        if not isinstance(value, dict):
            raise self.refusal(at=key, problem=f"{key} must be a table")
        content = cast("dict[str, object]", value)
        return Section(document=self.document, path=(*self.path, key), content=content)

    def named_sections(self) -> Iterator[tuple[str, "Section"]]:
        """Yield each key of this table with the table under it."""
        for key in self.content:
            yield key, self.section(key)

    def sections(self, key: str) -> tuple["Section", ...]:
        """Return the tables of an array of tables (`[[key]]`); no key is an empty array."""
        value = self.content.get(key, [])
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        tables = [cast("dict[str, object]", item) for item in items if isinstance(item, dict)]
        if len(tables) != len(items):
            raise self.refusal(
                at=key, problem=f"{key} must be an array of tables, written [[{key}]]"
            )
        return tuple(
            Section(document=self.document, path=(*self.path, key, number), content=table)
            for number, table in enumerate(tables)
        )

    def _here(self) -> str:
        names = ".".join(key for key in self.path if isinstance(key, str))
        return f" in {names}" if names else ""


def _syntax_refusal(
    name: str, text: str, said: str, raises: type[UnreadableDocument]
) -> UnreadableDocument:
    place = _PLACE.search(said)
    lines = text.split("\n")
    line, column = len(lines), len(lines[-1]) + 1
    if place and place[1]:
        line, column = int(place[1]), int(place[2])
    problem = _PLACE.sub("", said)
    return raises(document=name, line=line, column=column, problem=problem)


def _longest_valid_prefix(
    lines: list[str], above: int, most: int
) -> tuple[int, Mapping[str, object] | None]:
    for number in range(most, above, -1):
        try:
            return number, tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue
    return above, None


def _reaches(content: object, path: Path) -> bool:
    value = content
    for key in path:
        if isinstance(value, dict) and key in value:
            value = cast("dict[str | int, object]", value)[key]
        elif isinstance(value, list) and isinstance(key, int):
            items = cast("list[object]", value)
            if key >= len(items):
                return False
            value = items[key]
        else:
            return False
    return True


def _column(line: str, path: Path) -> int:
    key = next((key for key in reversed(path) if isinstance(key, str)), "")
    found = line.find(key)
    return (found if found >= 0 else len(line) - len(line.lstrip())) + 1
