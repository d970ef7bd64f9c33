"""Streams: what the open pages of this process listen to, and how they learn that it ends."""

import threading
from asyncio import AbstractEventLoop, Event, get_running_loop
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Annotated, TypeAlias, cast

from fastapi import Depends, Request

from liftlock.books import Books

Ring: TypeAlias = Callable[[], None]


class Streams:
    """The streams of one process: each has a bell, and all are rung when the process leaves."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.are_ending = False
        self._lock = threading.Lock()
        self._bells: set[Ring] = set()

    @contextmanager
    def bell(self, topic: str) -> Generator[Event]:
        """Return a bell for the running loop; it rings when the books say that `topic` changed."""
        bell, loop = Event(), get_running_loop()

        def ring() -> None:
            _ring(loop, bell)

        with self._counted(ring), self.books.listen(topic, ring):
            yield bell

    def leave(self) -> None:
        """End every stream: this process is about to stop answering. Any thread may say so."""
        self.are_ending = True
        with self._lock:
            bells = tuple(self._bells)
        for ring in bells:
            ring()

    @contextmanager
    def _counted(self, ring: Ring) -> Generator[None]:
        with self._lock:
            self._bells.add(ring)
        try:
            yield
        finally:
            with self._lock:
                self._bells.discard(ring)


def _ring(loop: AbstractEventLoop, bell: Event) -> None:
    """Wake a stream from another thread; one whose loop is closed needs no waking."""
    with suppress(RuntimeError):
        _ = loop.call_soon_threadsafe(bell.set)


def streams(request: Request) -> Streams:
    """Return those of this process: bootstrap has put them there."""
    return cast("Streams", request.app.state.streams)


TheStreams: TypeAlias = Annotated[Streams, Depends(streams)]
