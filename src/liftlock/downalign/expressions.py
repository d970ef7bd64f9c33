"""The meaning of an expression, apart from how a server happens to write it.

What a server writes is no fixed point: `v IN ('a', 'b')` over a `varchar` is written with one cast
around the list, and, once dumped and restored, with a cast around each element. Brackets that
enclose one thing alone mean nothing either.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

_TOKEN = re.compile(
    r"""\s+|[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\d+|\d[\w.]*|[^\W\d][\w$]*|::|[()\[\],.;]|[^\s\w()\[\],.;"']""",
    re.DOTALL,
)
_NO_CALL = frozenset(
    [
        "AND",
        "OR",
        "NOT",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "SELECT",
        "FROM",
        "WHERE",
        "IN",
        "ON",
        "AS",
        "BY",
        "LIKE",
        "ILIKE",
        "BETWEEN",
        "IS",
        "HAVING",
        "VALUES",
        "JOIN",
        "USING",
        "RETURNING",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "DISTINCT",
        "LIMIT",
        "OFFSET",
        "WITH",
        "FILTER",
        "OVER",
    ]
)


@dataclass(frozen=True, slots=True)
class _Group:
    """Round brackets."""

    items: "tuple[_Item, ...]"


@dataclass(frozen=True, slots=True)
class _List:
    """Square brackets: the elements of an array, or a subscript."""

    items: "tuple[_Item, ...]"


@dataclass(frozen=True, slots=True)
class _Call:
    """A name and what stands in brackets behind it."""

    name: "_Item"
    behind: "_Group | _List"


@dataclass(frozen=True, slots=True)
class _Cast:
    """A value and the type that it is cast to."""

    value: "_Item"
    type: str


_Item: TypeAlias = "str | _Group | _List | _Call | _Cast"


def canonical(text: str) -> str:
    """Return one spelling for all that differ in casts of lists and idle brackets alone."""
    tokens = [t for t in _TOKEN.findall(text) if not t.isspace()]
    items = _Reader(tokens).sequence()
    return " ".join(_written(item) for item in _without_idle_brackets(items))


class _Reader:
    """Reads tokens into nested items."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def sequence(self, closing: str = "") -> tuple[_Item, ...]:
        items: list[_Item] = []
        while self._at < len(self._tokens):
            word = self._next()
            if word == closing:
                break
            if word == "::" and items:
                items[-1] = _cast(items[-1], self._type())
            elif word in {"(", "["}:
                self._bracket(items, word)
            else:
                items.append(word)
        return tuple(items)

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _bracket(self, items: list[_Item], opening: str) -> None:
        inside = self.sequence(")" if opening == "(" else "]")
        node = _Group(inside) if opening == "(" else _List(inside)
        if items and _may_be_called(items[-1]):
            items[-1] = _Call(items[-1], _tidy(node))
        elif isinstance(node, _Group):
            items.append(_unwrapped(node))
        else:
            items.append(node)

    def _type(self) -> str:
        name = self._next() if self._peek() else ""
        words = [name]
        while self._peek() == ".":
            words += [self._next(), self._next()]
        if self._peek() == "varying" or (name == "double" and self._peek() == "precision"):
            words.append(self._next())
        words += self._modifier("(", ")")
        if name in {"timestamp", "time"} and self._peek() in {"with", "without"}:
            words += [self._next(), self._next(), self._next()]
        while self._peek() == "[":
            words += self._modifier("[", "]")
        return " ".join(words)

    def _modifier(self, opening: str, closing: str) -> list[str]:
        words: list[str] = []
        if self._peek() == opening:
            while self._peek() and (not words or words[-1] != closing):
                words.append(self._next())
        return words


def _may_be_called(item: _Item) -> bool:
    match item:
        case str():
            return (item[0].isalpha() or item[0] in '_"') and item.upper() not in _NO_CALL
        case _Call():
            return True
        case _:
            return False


def _unwrapped(group: _Group) -> _Item:
    """Return what stands alone in brackets without them."""
    return group.items[0] if len(group.items) == 1 else group


def _tidy(behind: "_Group | _List") -> "_Group | _List":
    """Return brackets without idle ones directly inside them."""
    if (
        isinstance(behind, _Group)
        and len(behind.items) == 1
        and isinstance(behind.items[0], _Group)
    ):
        return behind.items[0]
    return behind


def _cast(value: _Item, type_: str) -> _Item:
    """Return a cast; that of a list in brackets is one of each element."""
    match value:
        case _Call(name="ARRAY", behind=_List(items)) if type_.endswith(" [ ]"):
            element = type_.removesuffix(" [ ]")
            return _Call("ARRAY", _List(_each_cast(items, element)))
        case _:
            return _Cast(value, type_)


def _each_cast(items: tuple[_Item, ...], type_: str) -> tuple[_Item, ...]:
    cast: list[_Item] = []
    element: list[_Item] = []
    for item in (*items, ","):
        if item != ",":
            element.append(item)
            continue
        if element:
            whole = element[0] if len(element) == 1 else _Group(tuple(element))
            cast += [_cast(whole, type_), ","]
        element = []
    return tuple(cast[:-1])


def _without_idle_brackets(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
    while len(items) == 1 and isinstance(items[0], _Group):
        items = items[0].items
    return items


def _written(item: _Item) -> str:
    match item:
        case str():
            return item
        case _Group(items):
            return "(" + " ".join(map(_written, items)) + ")"
        case _List(items):
            return "[" + " ".join(map(_written, items)) + "]"
        case _Call(name, behind):
            return _written(name) + _written(behind)
        case _Cast(value, type_):
            return f"{_written(value)}::{type_}"
