"""Looking for originals in texts: at every word, over as many words as one may have."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from liftlock.downalign.masking.fingerprinting import HEAD, SHORTEST, as_whole, words_of
from liftlock.downalign.masking.made import Made
from liftlock.downalign.masking.originals import Originals

MOST_WORDS = 12
MOST_BYTES = 200
"""Longer originals are found only where they are a whole value."""
_REMEMBERED = 500_000


@dataclass(slots=True, kw_only=True)
class Search:
    """Finds originals in texts. What rules make is no original, nor a part of what rules make."""

    originals: Originals
    made: Made
    _heads: dict[bytes, bool] = field(default_factory=dict[bytes, bool])
    _longest: int = 0

    def __post_init__(self) -> None:
        lengths = [n for n in self.originals.lengths if n <= MOST_BYTES]
        self._longest = max(lengths, default=0)

    def in_values(
        self, values: Iterable[str | bytes], *, parts: bool = True
    ) -> Iterator[tuple[bytes, set[int]]]:
        """Yield the values that are originals or, with `parts`, have some in them."""
        for value in values:
            content = value.encode() if isinstance(value, str) else value
            if len(content) >= SHORTEST:
                found = self._in_value(content, parts=parts)
                if found and not self.made.makes(content):
                    yield content, found

    def _in_value(self, content: bytes, *, parts: bool) -> set[int]:
        words = words_of(content)
        joined = words[0] if len(words) == 1 else b"".join(words)
        found: set[int] = set()
        digest = self._as_whole(content, joined)
        if digest is not None:
            found.add(digest)
        if parts and len(words) > 1:
            found.update(self._in_words(words, joined))
        return found

    def in_text(self, content: bytes) -> set[int]:
        """Return the digests of originals that a running text has in it."""
        words = words_of(content)
        return set(self._in_words(words, b"".join(words)))

    def _as_whole(self, content: bytes, joined: bytes) -> int | None:
        if len(joined) < SHORTEST:
            digest = self.originals.salt.digest(as_whole(content))
            return digest if digest in self.originals.digests else None
        if len(joined) in self.originals.lengths and self._may_begin(joined[:HEAD]):
            return self._known(joined)
        return None

    def _in_words(self, words: list[bytes], joined: bytes) -> Iterator[int]:
        ends: list[int] = []
        at = 0
        for word in words:
            at += len(word)
            ends.append(at)
        begin = 0
        for number, end in enumerate(ends):
            if self._may_begin(joined[begin : begin + HEAD]):
                yield from self._from(joined, begin, ends[number : number + MOST_WORDS])
            begin = end

    def _from(self, joined: bytes, begin: int, ends: list[int]) -> Iterator[int]:
        lengths = self.originals.lengths
        for end in ends:
            length = end - begin
            if length > self._longest:
                return
            if length in lengths:
                digest = self._known(joined[begin:end])
                if digest is not None:
                    yield digest

    def _may_begin(self, head: bytes) -> bool:
        known = self._heads.get(head)
        if known is None:
            if len(self._heads) >= _REMEMBERED:
                self._heads.clear()
            known = self.originals.salt.digest(head) in self.originals.heads
            self._heads[head] = known
        return known

    def _known(self, squeezed: bytes) -> int | None:
        digest = self.originals.salt.digest(squeezed)
        if digest in self.originals.digests and not self.made.squeezes_to(squeezed):
            return digest
        return None
