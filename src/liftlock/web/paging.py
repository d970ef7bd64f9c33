"""Lists in pages: an opaque cursor says after what a page begins, and `Link` where the next one is.

A cursor holds the key of the last thing of its page, so that what comes or goes meanwhile neither
repeats anything nor leaves anything out.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, TypeAlias, TypeVar, cast

from fastapi import Depends, Query, Request, Response

from liftlock.errors import Invalid
from liftlock.web.fields import MOST_NUMBER, AtMost

T = TypeVar("T")
Key: TypeAlias = "tuple[str | int, ...]"
"""What a list is ordered by, and what no two things in it share."""
Cursor: TypeAlias = Annotated[
    str | None,
    Query(
        max_length=4000,
        description="Where the page before ended: take it from its `Link`, as it is.",
    ),
]
MICROSECONDS = 1_000_000
PAGED: dict[int | str, dict[str, object]] = {
    200: {
        "headers": {
            "Link": {
                "description": 'The address of the next page (`rel="next"`), when there is one.',
                "schema": {"type": "string"},
            }
        }
    }
}


class CursorUnknown(Invalid):
    """A cursor that this list never gave."""

    code = "request.cursor_unknown"
    sentence = "This list never gave that cursor. Begin without one, then follow its Link."


def instant(moment: datetime) -> int:
    """Return a moment as a part of a key."""
    return int(moment.timestamp() * MICROSECONDS)


class Page:
    """The page of a list that a request asks for."""

    def __init__(
        self, request: Request, response: Response, cursor: Cursor = None, limit: AtMost = 100
    ) -> None:
        self._request = request
        self._response = response
        self._limit = limit
        self._after = None if cursor is None else _read(cursor, request.url.path)

    @property
    def number(self) -> int | None:
        """Return the number that the page before ended with, in a list by numbers.

        Raises: CursorUnknown.
        """
        match self._after:
            case None:
                return None
            case (int(number),) if 0 < number <= MOST_NUMBER:
                return number
            case _:
                raise CursorUnknown

    @property
    def at_most(self) -> int:
        """Return how many to look up: one more than the page has, so that the last is known."""
        return self._limit + 1

    def trimmed(self, found: Sequence[T], key: Callable[[T], int]) -> tuple[list[T], str | None]:
        """Return the page of what was found from `number` on, and the cursor of the next one."""
        page = list(found[: self._limit])
        is_last = len(found) <= self._limit
        return page, None if is_last else self._lead_on((key(page[-1]),))

    def cut(self, everything: Iterable[T], key: Callable[[T], Key]) -> list[T]:
        """Return the page of a list that is there whole. Raises: CursorUnknown."""
        try:
            rest = sorted(
                (each for each in everything if self._after is None or key(each) > self._after),
                key=key,
            )
        except TypeError:
            raise CursorUnknown from None
        end = self._limit
        while 0 < end < len(rest) and key(rest[end]) == key(rest[end - 1]):
            end += 1
        if end < len(rest):
            _ = self._lead_on(key(rest[end - 1]))
        return rest[:end]

    def _lead_on(self, last: Key) -> str:
        cursor = _written(self._request.url.path, last)
        following = self._request.url.include_query_params(cursor=cursor)
        address = f"{following.path}?{following.query}"
        self._response.headers["Link"] = f'<{address}>; rel="next"'
        return cursor


Paging: TypeAlias = Annotated[Page, Depends(Page)]


def _written(of: str, key: Key) -> str:
    text = json.dumps([of, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, of: str) -> Key:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found: object = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise CursorUnknown from None
    whole = cast("list[object]", found) if isinstance(found, list) else []
    if not whole or whole[0] != of or not all(type(part) in {str, int} for part in whole):
        raise CursorUnknown
    return tuple(cast("list[str | int]", whole[1:]))
