"""What tests use of schemathesis, with types: operations, and requests made up for them."""

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, cast

from hypothesis import strategies as st


class Answer(Protocol):
    """What a request was answered."""

    status_code: int
    text: str


class Case(Protocol):
    """One request that was made up."""

    def call(self, *, headers: Mapping[str, str], timeout: float) -> Answer: ...
    def as_curl_command(self) -> str: ...
    def validate_response(self, response: Answer, checks: Sequence[object]) -> None: ...


class Operation(Protocol):
    """One operation of a described API."""

    path: str
    method: str
    body: object

    def as_strategy(self, *, generation_mode: object) -> st.SearchStrategy[Case]: ...
    def iter_parameters(self) -> Iterable[object]: ...


class _Found(Protocol):
    def ok(self) -> Operation: ...


class _Schema(Protocol):
    def get_all_operations(self) -> Iterable[_Found]: ...


class _OpenApi(Protocol):
    def from_url(self, url: str) -> _Schema: ...


class _Serializers(Protocol):
    def serializer(self, media_type: str) -> Callable[[object], object]: ...


class _Modes(Protocol):
    POSITIVE: object
    NEGATIVE: object


class _Generation(Protocol):
    GenerationMode: _Modes


def _as_it_is(context: object, value: object) -> bytes:
    del context
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def _module(name: str) -> object:
    return importlib.import_module(name)


def operations(url: str) -> Iterator[Operation]:
    """Yield the operations of the OpenAPI document at a URL."""
    whole = cast("_Serializers", _module("schemathesis"))
    _ = whole.serializer("application/x-tar")(_as_it_is)
    for found in (
        cast("_OpenApi", _module("schemathesis.openapi")).from_url(url).get_all_operations()
    ):
        yield found.ok()


def cases(operation: Operation) -> st.SearchStrategy[Case]:
    """Return requests as they are described; where something can be wrong with one, others, too."""
    generation = cast("_Generation", _module("schemathesis.generation"))
    modes = generation.GenerationMode
    fit = operation.as_strategy(generation_mode=modes.POSITIVE)
    if not operation.body and not list(operation.iter_parameters()):
        return fit
    return fit | operation.as_strategy(generation_mode=modes.NEGATIVE)


def conformance() -> list[object]:
    """Return the checks that an answer is as the document says: status, type, body, headers."""
    checks = _module("schemathesis.specs.openapi.checks")
    names = ("status_code", "content_type", "response_schema", "response_headers")
    return [cast("object", getattr(checks, f"{name}_conformance")) for name in names]
