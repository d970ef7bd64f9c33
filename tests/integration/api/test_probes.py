"""What machines ask: does it live, can it work, what is measured; and whose word about https."""

import re
from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr, ValidationError

from acme_books import Acme
from journeys import begin, end, to_staging, validate
from liftlock import bootstrap
from liftlock.domain.statuses import State
from liftlock.domain.workers import ExecutorId
from liftlock.services import workers
from liftlock.settings import Settings
from served import NO_TLS, listening

TOKEN = "t0ken"  # noqa: S105  of a test
NAMES = ("ana", "ben", "cem", "dora", "eve", "pat", "olga", "acme")


def settings_of(acme: Acme, token: str | None = None) -> Settings:
    return Settings(
        home=acme.store.root.parent,
        module_store=acme.store.root,
        metrics_token=None if token is None else SecretStr(token),
    )


def got(url: str, path: str, **headers: str) -> httpx.Response:
    with httpx.Client(verify=NO_TLS, timeout=30) as http:
        return http.get(url + path, headers=headers)


def measured(text: str) -> dict[str, float]:
    """Return every sample as `name{label="value"}`."""
    return {
        sample.name + "".join(f" {k}={v}" for k, v in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def metrics_of(acme: Acme) -> dict[str, float]:
    with listening(bootstrap.web_app(acme.books, settings_of(acme, TOKEN))) as url:
        answer = got(url, "/metrics", Authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    assert not set(NAMES) & set(re.findall(r"\w+", answer.text.lower()))
    return measured(answer.text)


def move_away(acme: Acme) -> None:
    """Make the books say that they were written elsewhere, as a backup's would."""
    with acme.books.transaction() as tx:
        _ = tx.connection.execute("UPDATE installations SET database_id = 'elsewhere:1'")


def test_it_lives_and_is_ready_while_its_books_can_be_used(acme: Acme) -> None:
    with listening(bootstrap.web_app(acme.books, settings_of(acme))) as url:
        assert got(url, "/live").text == "live\n"
        assert got(url, "/ready").text == "ready\n"
        move_away(acme)
        away = got(url, "/ready")
        assert (away.status_code, "liftlock init --restored" in away.text) == (503, True)
        assert got(url, "/live").status_code == 200


@pytest.mark.parametrize("brought", ["", "Bearer", "Bearer nope", f"Basic {TOKEN}", TOKEN])
def test_metrics_are_for_whoever_brings_the_token(acme: Acme, brought: str) -> None:
    with listening(bootstrap.web_app(acme.books, settings_of(acme, TOKEN))) as url:
        refused = got(url, "/metrics", Authorization=brought)
    assert (refused.status_code, "liftlock_" in refused.text) == (401, False)
    assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_set_nobody_reads_metrics(acme: Acme, token: str | None) -> None:
    with listening(bootstrap.web_app(acme.books, settings_of(acme, token))) as url:
        off = got(url, "/metrics", Authorization="Bearer")
    assert (off.status_code, "LIFTLOCK_METRICS_TOKEN" in off.text) == (404, True)


def test_metrics_say_what_the_books_say(acme: Acme) -> None:
    move = validate(acme, to_staging(acme))
    assert begin(acme)
    with acme.books.transaction() as tx:
        workers.arrive(tx, ExecutorId("host-a-17-ab"), "liftlock-1")
        workers.arrive(tx, ExecutorId("host-a-18-cd"), "liftlock-1")
    running = metrics_of(acme)
    assert running["liftlock_books_reachable"] == 1
    assert running["liftlock_moves kind=move_to_staging status=MovingToStaging"] == 1
    assert running["liftlock_moves kind=undo status=UndoErrored"] == 0
    assert running["liftlock_held_up_seconds_count kind=move_to_staging"] == 1
    assert running["liftlock_workers"] == 2
    assert running["liftlock_worker_beat_age_seconds host=host-a place=2"] >= 0
    _ = end(acme, move, State.ERRORED)
    errored = metrics_of(acme)
    assert errored["liftlock_moves_errored"] == 1
    assert errored["liftlock_longest_wait_seconds awaits=resolution"] >= 0
    assert errored["liftlock_restore_points environment=production"] == 0


def test_what_waits_is_measured_by_the_books_clock(acme: Acme) -> None:
    _ = to_staging(acme)
    assert metrics_of(acme)["liftlock_longest_wait_seconds awaits=begin"] == 0
    with acme.later(timedelta(hours=1)) as tx:
        _ = tx.connection.execute("UPDATE moves SET submitted_at = submitted_at - interval '1h'")
    waits = metrics_of(acme)["liftlock_longest_wait_seconds awaits=validation"]
    assert 3600 <= waits < 3700


def test_books_that_cannot_be_used_are_said_to_be_so_and_nothing_else(acme: Acme) -> None:
    move_away(acme)
    found = metrics_of(acme)
    assert found["liftlock_books_reachable"] == 0
    assert "liftlock_workers" not in found


@pytest.mark.parametrize(
    ("trusted", "believed"),
    [((), False), (("127.0.0.1",), True), (("127.0.0.0/8",), True), (("10.0.0.7",), False)],
)
def test_only_named_proxies_are_believed(
    acme: Acme, trusted: tuple[str, ...], *, believed: bool
) -> None:
    said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    with listening(bootstrap.web_app(acme.books, settings_of(acme)), *trusted) as url:
        cookies = got(url, "/sign-in", **said).headers.get_list("set-cookie")
        assert cookies
        assert all(("__Host-" in each and "Secure" in each) is believed for each in cookies)


def test_a_proxy_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFTLOCK_TRUSTED_PROXIES", "10.0.0.7, 10.0.0.0/28")
    assert Settings().trusted_proxies == ("10.0.0.7", "10.0.0.0/28")
    monkeypatch.setenv("LIFTLOCK_TRUSTED_PROXIES", "proxy.example")
    with pytest.raises(ValidationError, match=r"proxy\.example is no address"):
        _ = Settings()
    monkeypatch.setenv("LIFTLOCK_TRUSTED_PROXIES", "*")
    with pytest.raises(ValidationError, match=r"\* is no address"):
        _ = Settings()
