"""Lists in pages: nothing twice, nothing left out, whatever comes or goes meanwhile."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import cast

import pytest

from acme_books import Acme, MakeOrganisation
from commands import Command
from journeys import down_align, to_staging
from liftlock.domain.wall_times import wall_at
from liftlock.services import people
from liftlock.services.slots import At
from own_books import ZONE
from served import Answer, Json, Served

LISTS: Mapping[str, tuple[str, str]] = {
    "/moves": ("ana", "moves"),
    "/slots": ("ana", "busy"),
    "/maintenance": ("ana", ""),
    "/freezes": ("ana", ""),
    "/packages": ("ana", ""),
    "/policies": ("ana", ""),
    "/environments": ("ana", ""),
    "/organisations": ("operator", ""),
    "/people": ("ana", ""),
    "/operators": ("operator", ""),
    "/keys": ("ana", ""),
    "/restore-points": ("ana", ""),
    "/notifications": ("ben", ""),
    "/audit-events": ("eve", "audit_events"),
    "/audit-events/chain": ("eve", ""),
    "/audit-events/installation": ("operator", ""),
    "/audit-events/check": ("operator", ""),
    "/workers": ("operator", ""),
}
REPORTS = {"/environments/{kind}/check"}
"""Arrays that are one answer, whole each time, and no list that grows."""


def next_of(answer: Answer) -> str | None:
    link = answer.headers.get("link")
    if link is None:
        return None
    assert link.startswith("</api/v1/")
    assert link.endswith('>; rel="next"')
    return link.removeprefix("</api/v1").partition(">")[0]


def rows(answer: Answer, named: str) -> list[Json]:
    assert answer.status == 200, answer
    return answer.rows(named or "items")


def pages_of(served: Served, who: str, first: str, named: str) -> Iterator[list[Json]]:
    path: str | None = first
    while path is not None:
        answer = served.ask(who, "GET", path)
        yield rows(answer, named)
        path = next_of(answer)


def fill(served: Served) -> None:
    """Let each list that can have several things have some."""
    for days in (2, 3, 4):
        with served.acme.later(timedelta(days=days)) as tx:
            wall = wall_at(tx.now, ZONE)
        _ = down_align(served.acme, At(day=wall.date(), hour=9, minute=0))
        at = {"wall": f"{wall.date()}T15:00"}
        work = {"environment": "staging", "at": at, "minutes": 60, "reason": "disks"}
        freeze = {"begin": f"{wall.date()}T18:00", "end": f"{wall.date()}T19:00", "reason": "x"}
        for path, body in (("/maintenance", work), ("/freezes", freeze), ("/freezes", freeze)):
            made = served.ask("operator", "POST", f"{path}?organisation=acme", body)
            assert made.status == 201, made
    for document in ('repository = "customers"', 'repository = "files"'):
        assert served.ask("ana", "POST", "/policies", {"document": document}).status == 201


def test_every_list_is_in_pages_and_says_so(served: Served) -> None:
    document = served.ask("ana", "GET", "/openapi.json").body
    found: set[str] = set()
    for path, operations in cast("dict[str, dict[str, Json]]", document["paths"]).items():
        operation = operations.get("get", {})
        named = {str(p["name"]) for p in cast("list[Json]", operation.get("parameters", []))}
        is_list = '"type": "array"' in json.dumps(_answer_schema(operation))
        name = path.removeprefix("/api/v1")
        assert (not is_list) or name in REPORTS or "cursor" in named, path
        if "cursor" in named:
            assert "limit" in named
            assert "Link" in json.dumps(operation["responses"])
            found.add(name)
    assert found == set(LISTS)


def _answer_schema(operation: Json) -> object:
    responses = cast("dict[str, Json]", operation.get("responses", {}))
    content = cast("dict[str, Json]", responses.get("200", {}).get("content", {}))
    return content.get("application/json", {}).get("schema", {})


def test_pages_of_one_are_the_whole_list(served: Served, subtests: pytest.Subtests) -> None:
    fill(served)
    for path, (who, named) in LISTS.items():
        with subtests.test(path):
            whole = rows(served.ask(who, "GET", f"{path}?limit=200"), named)
            pages = list(pages_of(served, who, f"{path}?limit=1", named))
            assert [row for page in pages for row in page] == whole
            assert len(pages) >= 3 or path not in SEVERAL


SEVERAL = {
    "/moves", "/slots", "/maintenance", "/freezes", "/policies", "/environments", "/people",
    "/audit-events", "/audit-events/chain", "/audit-events/installation",
}  # fmt: skip


def test_what_comes_meanwhile_shifts_nothing(
    served: Served, make_organisation: MakeOrganisation
) -> None:
    fill(served)
    paths = {"/people": "login", "/moves": "id"}
    firsts = {path: served.ask("ana", "GET", f"{path}?limit=2") for path in paths}
    befores = {
        path: [row[key] for page in pages_of(served, "ana", f"{path}?limit=2", LISTS[path][1])
               for row in page]
        for path, key in paths.items()
    }  # fmt: skip
    with served.acme.books.transaction() as tx:
        _ = make_organisation.person(tx, served.acme.organisation, "Aaa")
        _ = make_organisation.person(tx, served.acme.organisation, "Zzz")
    with served.acme.later(timedelta(days=6)) as tx:
        wall = wall_at(tx.now, ZONE)
    _ = to_staging(served.acme, At(day=wall.date(), hour=9, minute=0))
    for path, key in paths.items():
        following = next_of(firsts[path])
        assert following
        rest = [r[key] for page in pages_of(served, "ana", following, LISTS[path][1]) for r in page]
        assert [login for login in rest if login != "zzz@acme"] == befores[path][2:]


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


CURSORS = (
    "x", "", "%00", "=", "e30", cursor(), cursor("/api/v1/moves"), cursor("/api/v1/keys", 1),
    cursor("/api/v1/moves", "1"), cursor("/api/v1/moves", 0), cursor("/api/v1/moves", 2**63),
    cursor("/api/v1/moves", 1, 2), cursor("/api/v1/moves", None),
    cursor("/api/v1/moves", [1]), cursor("/api/v1/moves", 1.5), "9" * 4001, "W" * 3999,
)  # fmt: skip


def test_a_cursor_that_the_list_never_gave_is_refused(
    served: Served, subtests: pytest.Subtests
) -> None:
    for given in CURSORS:
        with subtests.test(given[:60]):
            answer = served.ask("ana", "GET", f"/moves?cursor={given}")
            assert (answer.status, answer.code) in {
                (422, "request.cursor_unknown"), (422, "request.invalid"),
            }  # fmt: skip
    for given in (cursor("/api/v1/people", 1), cursor("/api/v1/moves", "x")):
        assert served.ask("ana", "GET", f"/people?cursor={given}").code == "request.cursor_unknown"


def test_commands_follow_the_pages(command: Command) -> None:
    assert command.served is not None
    acme: Acme = command.served.acme
    with acme.books.transaction() as tx:
        for number in range(205):
            _ = people.create_key(tx, acme.ana, name=f"robot {number}")
    assert len(command("key", "list", "--json").rows) == 207
    assert len(command("audit", "list", "--limit", "203", "--json", who="eve").rows) == 203
    refused = command("audit", "list", "--limit", "0", who="eve")
    assert (refused.code, "limit" in refused.err) == (2, True)
