"""Requests with an `Idempotency-Key`: carried out once, whatever happens on the way."""

import io
import json
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import LiteralString, cast

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from acme_books import Acme
from commands import started, variables_of
from cutting import losing_answers
from eventually import eventually
from liftlock.client import keys
from liftlock.client.connection import RefusedConflict, connect
from liftlock.demo.environments import free_port
from liftlock.domain.answers import MOST_LETTERS
from liftlock.modules import packing, transfers
from liftlock.modules.oci_layout import OciLayout
from liftlock.store.master_keys import MasterKey
from refusing import pages
from sample_modules import a_module
from served import Answer, Served, serving

SLOW: LiteralString = """
CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep({}); RETURN NEW; END $$;
CREATE TRIGGER linger BEFORE INSERT ON keys FOR EACH ROW EXECUTE FUNCTION linger();
"""
REFUSED_WHEN_COMMITTED: LiteralString = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON keys DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse();
"""
END_IT: LiteralString = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event = 'PgSleep'
"""
UNDERWAY: LiteralString = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event = 'PgSleep'
"""


def run(url: SecretStr, statement: LiteralString) -> None:
    with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
        _ = connection.execute(statement)


def count(url: SecretStr, statement: LiteralString) -> int:
    with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
        rows = connection.execute(statement).fetchall()
    return cast("int", rows[0][0])


def keys_named(url: SecretStr, name: str) -> int:
    with psycopg.connect(url.get_secret_value()) as connection:
        row = connection.execute("SELECT count(*) FROM keys WHERE name = %s", [name]).fetchone()
    assert row is not None
    return int(row[0])


def once(served: Served, who: str, path: str, body: object, key: str = "k-1") -> Answer:
    return served.send(who, "POST", path, {"json": body, "headers": {"Idempotency-Key": key}})


def test_every_post_takes_a_key_and_nothing_else_does(served: Served) -> None:
    document = served.ask("ana", "GET", "/openapi.json").body
    for operations in cast("Mapping[str, Mapping[str, object]]", document["paths"]).values():
        for method, operation in operations.items():
            assert ("Idempotency-Key" in json.dumps(operation)) is (method == "post")


def test_the_same_request_is_carried_out_once_and_answered_the_same(served: Served) -> None:
    first = once(served, "ana", "/keys", {"name": "laptop"})
    again = once(served, "ana", "/keys", {"name": "laptop"})
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert keys_named(served.acme.url, "laptop") == 1


def test_what_is_kept_shows_nobody_the_key_that_is_shown_once(served: Served) -> None:
    made = once(served, "ana", "/keys", {"name": "laptop"}).body["key"]
    with psycopg.connect(served.acme.url.get_secret_value()) as connection:
        rows = connection.execute("SELECT answer FROM answers").fetchall()
    assert len(rows) == 1
    assert str(made).encode() not in bytes(rows[0][0])


def test_another_request_with_the_same_key_is_refused(served: Served) -> None:
    _ = once(served, "ana", "/keys", {"name": "laptop"})
    before = pages(served.acme)
    for path, body in (("/keys", {"name": "phone"}), ("/keys?x=1", {"name": "laptop"})):
        other = once(served, "ana", path, body)
        assert (other.status, other.code) == (422, "idempotency_key.reused")
    elsewhere = once(served, "ana", "/policies/check", {"name": "laptop"})
    assert (elsewhere.status, elsewhere.code) == (422, "idempotency_key.reused")
    assert pages(served.acme) == before


def test_a_key_is_each_persons_own(served: Served) -> None:
    made = [once(served, who, "/keys", {"name": "laptop"}) for who in ("ana", "ben")]
    assert [answer.status for answer in made] == [201, 201]
    assert made[0].body != made[1].body


@pytest.mark.parametrize("key", ["", "x" * (MOST_LETTERS + 1), "\xe9", "a\x07b"])
def test_what_cannot_be_a_key_is_refused(served: Served, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    before = pages(served.acme)
    try:
        answer = served.send("ana", "POST", "/keys", {"json": {"name": "x"}, "headers": headers})
    except httpx.LocalProtocolError:
        return
    assert answer.status in {400, 422}
    assert pages(served.acme) == before


def test_a_refusal_changed_nothing_and_is_looked_at_anew(served: Served) -> None:
    taken = served.ask("ana", "POST", "/keys", {"name": "laptop"})
    refused = once(served, "ana", "/keys", {"name": "laptop"})
    assert refused.status == 409
    assert served.ask("ana", "DELETE", f"/keys/{taken.body['id']}").status == 204
    assert once(served, "ana", "/keys", {"name": "laptop"}).status == 201


def test_a_day_later_the_key_is_a_new_one(acme: Acme) -> None:
    with serving(acme) as served:
        first = once(served, "ana", "/policies/check", {"document": 'repository = "files"'})
        assert once(served, "ana", "/policies/check", {"document": "x"}).status == 422
    with serving(acme, timedelta(days=1, minutes=5)) as later:
        again = once(later, "ana", "/policies/check", {"document": 'repository = "files"'})
    assert first.body == again.body
    assert "idempotency-replayed" not in again.headers
    assert count(acme.url, "SELECT count(*) FROM answers") == 1


def test_of_twins_at_once_one_is_carried_out(served: Served) -> None:
    run(served.acme.url, SLOW.format("0.5"))
    answers: list[Answer] = []

    def send() -> None:
        answers.append(once(served, "ana", "/keys", {"name": "laptop"}))

    at_once(send, 6)
    assert keys_named(served.acme.url, "laptop") == 1
    done = [answer for answer in answers if answer.status == 201]
    others = [answer for answer in answers if answer.status != 201]
    assert done
    assert all(answer.body == done[0].body for answer in done)
    assert others
    assert {(a.status, a.code) for a in others} == {(409, "idempotency_key.in_use")}


def at_once(send: Callable[[], None], times: int) -> None:
    threads = [threading.Thread(target=send) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_what_could_not_be_committed_leaves_no_answer_either(served: Served) -> None:
    run(served.acme.url, REFUSED_WHEN_COMMITTED)
    before = pages(served.acme)
    assert once(served, "ana", "/keys", {"name": "laptop"}).status == 500
    assert pages(served.acme) == before
    run(served.acme.url, "DROP TRIGGER refuse ON keys")
    made = once(served, "ana", "/keys", {"name": "laptop"})
    assert (made.status, "idempotency-replayed" in made.headers) == (201, False)


def test_a_server_that_is_killed_leaves_neither_and_the_request_can_be_sent_again(
    acme: Acme, master_key_path: Path, master_key: MasterKey, tmp_path: Path
) -> None:
    del master_key  # the file is what the process reads
    with serving(acme) as served:
        run(acme.url, SLOW.format("60"))
        port = free_port(8570)
        variables = variables_of(
            tmp_path,
            LIFTLOCK_DATABASE_URL=acme.url.get_secret_value(),
            LIFTLOCK_MASTER_KEY_FILE=str(master_key_path),
            LIFTLOCK_PORT=str(port),
        )
        with started(variables, "serve") as process:
            other = Served(acme=acme, url=f"http://127.0.0.1:{port}", keys=served.keys)
            _ = eventually(lambda: is_up(other), timeout_s=60)
            sent = threading.Thread(target=broken, args=(other,))
            sent.start()
            _ = eventually(lambda: count(acme.url, UNDERWAY) == 1, timeout_s=30)
            busy = once(served, "ana", "/keys", {"name": "laptop"})
            assert (busy.status, busy.code) == (409, "idempotency_key.in_use")
            process.kill()
            sent.join()
        run(acme.url, END_IT)
        run(acme.url, "DROP TRIGGER linger ON keys")
        assert keys_named(acme.url, "laptop") == 0
        assert count(acme.url, "SELECT count(*) FROM answers") == 0
        made = eventually(lambda: made_or_none(served), timeout_s=30)
        assert made
        assert "idempotency-replayed" not in made.headers
        assert keys_named(acme.url, "laptop") == 1


def is_up(served: Served) -> bool:
    try:
        return served.ask("ana", "GET", "/people/me").status == 200
    except httpx.TransportError:
        return False


def broken(served: Served) -> None:
    with pytest.raises(httpx.TransportError):
        _ = once(served, "ana", "/keys", {"name": "laptop"})


def made_or_none(served: Served) -> Answer | None:
    answer = once(served, "ana", "/keys", {"name": "laptop"})
    return answer if answer.status == 201 else None


def test_a_package_sent_twice_is_taken_once(served: Served, tmp_path: Path) -> None:
    built = OciLayout(tmp_path / "built")
    package = packing.build(a_module(tmp_path / "extra"), built)
    archive = io.BytesIO()
    transfers.send(built, package.digest, archive)
    whole = archive.getvalue()
    first, again = (pushed(served, whole) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert again.headers["idempotency-replayed"] == "true"
    other = pushed(served, whole + b"\0")
    assert (other.status, other.code) == (422, "idempotency_key.reused")


def pushed(served: Served, content: bytes) -> Answer:
    headers = {"Idempotency-Key": "the package"}
    return served.send("pat", "POST", "/packages", {"content": content, "headers": headers})


def test_the_client_sends_again_what_nobody_answered(served: Served) -> None:
    run(served.acme.url, SLOW.format("1"))
    ana = served.keys["ana"].get_secret_value()
    with losing_answers(served.url, lost=2) as url, connect(url, ana) as api:
        made = keys.create(api, name="laptop")
        assert str(made["key"]).startswith("llk_")
        with pytest.raises(RefusedConflict):
            _ = keys.create(api, name="laptop")
    assert keys_named(served.acme.url, "laptop") == 1
