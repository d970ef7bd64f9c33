"""SQL files cut into their statements, so that one that fails can be named by number and line.

The rules are those of psql's own scanner: a semicolon ends a statement unless it stands in a quoted
text, a quoted name, a dollar-quoted body, a comment, parentheses, or the `BEGIN ATOMIC … END` of a
function. Quotes follow `standard_conforming_strings = on`, which the installer sets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
      (?P<space>   \s+ | --[^\n]* )
    | (?P<comment> /\* )
    | (?P<text>    [eE]'(?:[^'\\]++|\\.|'')*+' | '(?:[^']++|'')*+' )
    | (?P<name>    "(?:[^"]++|"")*+" )
    | (?P<word>    [A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]* )
    | (?P<number>  [0-9][A-Za-z0-9_.$\x80-\U0010ffff]* )
    | (?P<dollar>  \$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?)\$ )
    | (?P<open>    \( )
    | (?P<close>   \) )
    | (?P<end>     ; )
    | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_ROUTINES = re.compile(r"create (?:or replace )?(?:function|procedure)\b")
_CONTROL = frozenset({"begin", "start", "commit", "end", "rollback", "abort"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a file."""

    number: int
    """Counts from 1; comments and empty statements do not count."""
    line: int
    """Where it begins; counts from 1."""
    text: str
    words: tuple[str, ...]
    """Its first words, in small letters."""

    @property
    def controls_transaction(self) -> bool:
        """Say whether it would begin or end the transaction that it runs in."""
        if self.words[:2] == ("prepare", "transaction"):
            return True
        kept = self.words[:1] == ("rollback",) and "to" in self.words[:4]
        return bool(self.words) and self.words[0] in _CONTROL and not kept


@dataclass(slots=True, kw_only=True)
class _Scan:
    """What has been seen of the statement at hand."""

    begin: int | None = None
    words: list[str] = field(default_factory=list[str])
    parentheses: int = 0
    blocks: int = 0

    def saw(self, kind: str, token: str, at: int) -> None:
        if self.begin is None:
            self.begin = at
        if kind == "open":
            self.parentheses += 1
        elif kind == "close":
            self.parentheses -= 1
        elif kind == "word":
            self._saw_word(token.lower())

    def _saw_word(self, word: str) -> None:
        if len(self.words) < 5:  # noqa: PLR2004  enough for CREATE OR REPLACE FUNCTION and ROLLBACK
            self.words.append(word)
        if self.parentheses == 0 and _ROUTINES.match(" ".join(self.words)):
            if word == "begin" or (word == "case" and self.blocks):
                self.blocks += 1
            elif word == "end" and self.blocks:
                self.blocks -= 1

    @property
    def open(self) -> bool:
        return self.parentheses > 0 or self.blocks > 0


def split(text: str) -> tuple[Statement, ...]:
    """Return the statements of an SQL file in their order."""
    return tuple(_statements(text))


def _statements(text: str) -> Iterator[Statement]:
    number, scan, stop = 0, _Scan(), 0
    for kind, begin, stop in _tokens(text):
        if kind == "end" and not scan.open:
            if scan.begin is not None:
                number += 1
                yield _statement(text, number, scan, begin)
            scan = _Scan()
        elif kind not in {"space", "comment"}:
            scan.saw(kind, text[begin:stop], begin)
    if scan.begin is not None:
        yield _statement(text, number + 1, scan, stop)


def _statement(text: str, number: int, scan: _Scan, stop: int) -> Statement:
    begin = scan.begin or 0
    return Statement(
        number=number,
        line=text.count("\n", 0, begin) + 1,
        text=text[begin:stop].rstrip(),
        words=tuple(scan.words),
    )


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    # What is never closed reaches to the end and is a statement: the server shall refuse it.
    at = 0
    while match := _TOKEN.match(text, at):
        kind, end = match.lastgroup or "other", match.end()
        if kind == "tag":
            kind = "dollar"
        if kind == "comment":
            end = _comment_end(text, at)
            kind = "comment" if end else "other"
            end = end or len(text)
        elif kind == "dollar":
            closing = text.find(match.group("dollar"), end)
            end = len(text) if closing < 0 else closing + len(match.group("dollar"))
        elif match.group() in {"'", '"'}:
            end = len(text)
        yield kind, at, end
        at = end


def _comment_end(text: str, begin: int) -> int | None:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, begin):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return None
