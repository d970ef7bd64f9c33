"""What goes wrong inside: a failed commit is no success, a bug says nothing, bodies have an end."""

import json
import logging
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from acme_books import Acme
from liftlock.web.bodies import MOST_DOCUMENT_BYTES
from refusing import pages
from served import NO_TLS, Served

REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'Zoltan Quibblesworth was here'; END $$;
"""
WHEN_COMMITTED = """
CREATE CONSTRAINT TRIGGER refuse_late AFTER INSERT ON keys DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse()
"""
AT_ONCE = "CREATE TRIGGER refuse_now BEFORE INSERT ON keys FOR EACH ROW EXECUTE FUNCTION refuse()"


def plant(acme: Acme, *statements: str) -> None:
    with psycopg.connect(acme.url.get_secret_value(), autocommit=True) as connection:
        for statement in statements:
            _ = connection.execute(statement.encode())


@pytest.mark.parametrize("trigger", [WHEN_COMMITTED, AT_ONCE], ids=["committed", "at once"])
def test_what_could_not_be_committed_is_never_answered_as_a_success(
    served: Served,
    trigger: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    plant(served.acme, REFUSING, trigger)
    before = pages(served.acme)
    with caplog.at_level(logging.DEBUG):
        answer = served.ask("ana", "POST", "/keys", {"name": "late"})
    assert (answer.status, answer.code) == (500, "bug")
    assert pages(served.acme) == before
    said = json.dumps(answer.body) + caplog.text + "".join(capfd.readouterr())
    assert "request.broke" in said
    assert "Quibblesworth" not in said


def test_books_that_are_away_are_said_to_be_away(served: Served) -> None:
    with psycopg.connect(served.acme.url.get_secret_value(), autocommit=True) as connection:
        _ = connection.execute("ALTER TABLE keys RENAME TO locked_away")
        answer = served.ask("ana", "GET", "/moves")
        _ = connection.execute("ALTER TABLE locked_away RENAME TO keys")
    assert (answer.status, answer.code) == (500, "bug")
    assert "locked_away" not in str(answer.body)


NOT_SERVED = (
    ("GET", "/nowhere", 404, "request.no_such_address"),
    ("DELETE", "/moves", 405, "request.no_such_method"),
    ("GET", "/moves/x", 422, "request.invalid"),
    ("GET", "/moves/0", 422, "request.invalid"),
    ("GET", "/moves/99999999999999999999", 422, "request.invalid"),
    ("GET", "/moves?cursor=99999999999999999999", 422, "request.cursor_unknown"),
    ("GET", "/moves?limit=201", 422, "request.invalid"),
    ("GET", "/moves?state=over", 422, "request.invalid"),
    ("GET", "/moves?organisation=", 422, "request.invalid"),
    ("GET", "/environments/test", 422, "request.invalid"),
    ("GET", "/packages/%00", 422, "request.invalid"),
)


def test_what_is_not_served_is_a_problem_too(served: Served, subtests: pytest.Subtests) -> None:
    for method, path, status, code in NOT_SERVED:
        with subtests.test(f"{method} {path}"):
            answer = served.ask("ana", method, path)
            assert (answer.status, answer.code) == (status, code)
            assert answer.headers["content-type"] == "application/problem+json"


UNREADABLE = (
    b"{nope",
    b"",
    b"[]",
    b'"text"',
    b"\xff\xfe",
    b'{"name": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"name": "a\\u0000b"}',
    b'{"name": "a", "name2": 1}',
    b'{"name": 7}',
    b'{"name": ["a"]}',
    b"[" * 100_000,
)


def test_bodies_that_cannot_be_read(served: Served, subtests: pytest.Subtests) -> None:
    before = pages(served.acme)
    for body in UNREADABLE:
        with subtests.test(str(body[:30])):
            headers = {"content-type": "application/json"}
            answer = served.send("ana", "POST", "/keys", {"content": body, "headers": headers})
            assert answer.status in {400, 422}
            assert answer.code in {"request.invalid", "request.unreadable"}
    assert pages(served.acme) == before


def test_a_document_has_an_end_declared_or_not(served: Served) -> None:
    large = json.dumps({"document": "x" * MOST_DOCUMENT_BYTES}).encode()

    def pieces() -> Iterator[bytes]:
        yield from (large[at : at + 65536] for at in range(0, len(large), 65536))

    before = pages(served.acme)
    headers = {"content-type": "application/json"}
    for content in (large, pieces()):
        answer = served.send("ana", "POST", "/policies", {"content": content, "headers": headers})
        assert (answer.status, answer.code) == (413, "request.too_large")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "/api/v1/policies does not take as much" in answer.detail
    assert pages(served.acme) == before


def test_a_form_has_an_end_and_says_so_on_a_page(served: Served) -> None:
    form = {"name": "x" * MOST_DOCUMENT_BYTES}
    answer = httpx.post(f"{served.url}/sign-in", data=form, verify=NO_TLS)
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert "That is more than a form may send." in answer.text
    assert "default-src" in answer.headers["content-security-policy"]


def test_a_package_of_somebody_who_may_not_push_is_refused_before_it_arrives(
    served: Served,
) -> None:
    where = urlsplit(served.url)
    with closing(HTTPConnection(str(where.hostname), where.port, timeout=20)) as http:
        http.putrequest("POST", "/api/v1/packages")
        http.putheader("Content-Length", str(1024**3))
        for name, value in served.authorization("eve").items():
            http.putheader(name, value)
        http.endheaders(b"only the first bytes of it")
        assert http.getresponse().status == 403


def test_a_package_that_is_none_leaves_nothing_in_the_store(served: Served) -> None:
    before = sorted(path.name for path in served.acme.store.root.rglob("*"))
    for content in (b"", b"rubbish", bytes(10_240), b"\x1f\x8b" * 5000):
        answer = served.send("pat", "POST", "/packages", {"content": content})
        assert (answer.status, answer.code) == (422, "package.unreadable_transfer")
    assert sorted(path.name for path in served.acme.store.root.rglob("*")) == before
