"""Hooks as addresses: signed, verified, sent again only where that is safe, and cut in time."""

from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from hook_application import HOOKS, SECRET, HookApplication, documented_check, hook_application
from liftlock.domain.statuses import MoveKind, State
from liftlock.environments import runtimes
from liftlock.environments.http_hooks import (
    HookHung,
    HookRedirected,
    HookRefused,
    HookSecretMissing,
    HookUnreachable,
    HookUnverified,
    HookUrlUnfit,
    HttpHook,
)
from liftlock.environments.parts import Errand, Parts, Runtime
from liftlock.environments.runtimes import NotHealthy
from liftlock.errors import LiftlockError
from liftlock.workflows.registry import TABLES
from liftlock.workflows.run import carry_out
from network import Network
from places import At, Stopped, silent
from postgres import MakeParts, Server
from small_moves import EVERYTHING, MakeSmall, make_small, small_store
from trials import Trial

__all__ = ["make_small", "small_store"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def application(tmp_path: Path, authority: trustme.CA) -> Generator[HookApplication]:
    root = authority.cert_pem.bytes().decode()
    certificate = authority.issue_cert("localhost")
    with hook_application(tmp_path / "app.state", certificate, root) as running:
        yield running


@pytest.fixture
def parts(development_server: Server, make_parts: MakeParts, application: HookApplication) -> Parts:
    made = make_parts(development_server, labels=("systemdb",), runtime=application.runtime())
    return replace(made, errand=Errand(move=7, attempt=2))


def test_each_hook_is_a_signed_request_that_the_documented_code_verifies(
    parts: Parts, application: HookApplication
) -> None:
    assert runtimes.drain(parts, silent).output == "done"
    runtimes.start(parts, silent)
    runtimes.wait_until_healthy(parts, silent)
    runtimes.open_(parts, silent)
    assert [request.hook for request in application.received] == list(HOOKS)
    assert all(request.verified for request in application.received)
    assert application.state.read_text() == "open"


def test_a_request_tells_the_facts_and_no_password(
    parts: Parts, application: HookApplication
) -> None:
    runtimes.start(parts, silent)
    (request,) = application.received
    assert request.facts == {
        "hook": "start",
        "environment": "development",
        "move": 7,
        "attempt": 2,
        "files": str(parts.files),
        "databases": {"systemdb": parts.systemdb.name},
    }
    assert SECRET not in str(request)


def test_commands_are_told_the_move_too(parts: Parts) -> None:
    given = runtimes.environment_variables(parts)
    assert (given["LIFTLOCK_MOVE"], given["LIFTLOCK_ATTEMPT"]) == ("7", "2")


def test_whatever_is_changed_on_the_way_is_not_verified(
    parts: Parts, application: HookApplication
) -> None:
    runtimes.start(parts, silent)
    (request,) = application.received
    check, host = documented_check(), request.headers["host"]
    good = (SECRET, "POST", host, request.path, "", request.headers, request.body)
    assert check(*good)
    for position, other in enumerate(("wrong", "GET", "evil", "/hooks/open", "x=1")):
        assert not check(*(*good[:position], other, *good[position + 1 :]))
    assert not check(*good[:6], request.body + b" ")
    for name in ("date", "content-type", "content-digest", "idempotency-key", "signature"):
        assert not check(*good[:5], {**request.headers, name: "other"}, request.body)
    assert not check(*good, tolerance_s=-1)


WRONG: dict[str, tuple[type[LiftlockError], str]] = {
    "500": (HookRefused, "drain of Development was answered with status 500"),
    "202": (HookRefused, "status 202"),
    "404": (HookRefused, "status 404"),
    "redirects": (HookRedirected, r"redirect \(307\), which is not followed"),
    "hangs": (HookHung, r"was not answered within 0\.6 seconds"),
    "drips": (HookHung, r"was not answered within 0\.6 seconds"),
}


@pytest.mark.parametrize("way", WRONG)
def test_a_no_is_named_and_sent_once(parts: Parts, application: HookApplication, way: str) -> None:
    refusal, said = WRONG[way]
    application.misbehaves["drain"] = way
    impatient = replace(parts, runtime=application.runtime(0.6 if refusal is HookHung else 20.0))
    with pytest.raises(refusal, match=said):
        _ = runtimes.drain(impatient, silent)
    assert application.heard() == ["drain"]


def test_a_wrong_secret_is_refused_by_the_application(
    parts: Parts, application: HookApplication
) -> None:
    runtime = application.runtime(secret="another secret of more than 32 letters")  # noqa: S106
    with pytest.raises(HookRefused, match="status 401"):
        runtimes.start(replace(parts, runtime=runtime), silent)


def test_a_signature_has_the_time_of_the_books(parts: Parts, application: HookApplication) -> None:
    hour = timedelta(hours=1)
    runtimes.start(replace(parts, errand=Errand(move=7, attempt=2)), silent)
    with pytest.raises(HookRefused, match="status 401"):
        runtimes.start(replace(parts, errand=Errand(move=7, attempt=2, clock_behind=hour)), silent)
    dates = [parsedate_to_datetime(r.headers["date"]) for r in application.received]
    assert abs(dates[1] - dates[0] - hour) < timedelta(minutes=1)


def test_an_endless_answer_is_cut(parts: Parts, application: HookApplication) -> None:
    application.misbehaves["drain"] = "is huge"
    assert len(runtimes.drain(parts, silent).output) == 64 * 1024


def test_a_secret_in_an_answer_is_not_kept(parts: Parts, application: HookApplication) -> None:
    application.misbehaves["start"] = "echoes its secret"
    with pytest.raises(HookRefused) as refusal:
        runtimes.start(parts, silent)
    assert refusal.value.fields["output"] == "the secret is ********"


@pytest.mark.parametrize("way", ["503 once", "breaks after doing it once"])
def test_what_may_not_have_arrived_is_sent_again_with_the_same_key(
    parts: Parts, application: HookApplication, way: str
) -> None:
    application.misbehaves["drain"] = way
    assert runtimes.drain(parts, silent).output == "done"
    first, second = application.received
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    _ = runtimes.drain(parts, silent)
    assert application.received[2].headers["idempotency-key"] != first.headers["idempotency-key"]


def test_what_never_answers_is_named_and_may_pass(
    parts: Parts, application: HookApplication
) -> None:
    application.misbehaves["start"] = "503"
    with pytest.raises(HookRefused, match="status 503"):
        runtimes.start(parts, silent)
    assert application.heard() == ["start"] * 3
    nobody = replace(parts.runtime, start=HttpHook(url="https://localhost:1/start"))
    with pytest.raises(HookUnreachable, match="cannot be reached at localhost:1"):
        runtimes.start(replace(parts, runtime=nobody), silent)


@pytest.mark.parametrize("wrong", ["another host's", "of an unknown authority"])
def test_an_application_that_cannot_prove_who_it_is_hears_nothing(
    parts: Parts, authority: trustme.CA, tmp_path: Path, wrong: str
) -> None:
    name = "elsewhere.test" if wrong == "another host's" else "localhost"
    issuer = authority if wrong == "another host's" else trustme.CA()
    root = authority.cert_pem.bytes().decode()
    with hook_application(tmp_path / "evil", issuer.issue_cert(name), root) as evil:
        for tell in (runtimes.start, runtimes.wait_until_healthy):
            with pytest.raises(HookUnverified, match="does not prove who answers"):
                tell(replace(parts, runtime=evil.runtime()), silent)
        assert evil.received == []


def test_health_is_asked_until_the_first_healthy_answer(
    parts: Parts, application: HookApplication
) -> None:
    _ = application.state.write_text("running")
    application.misbehaves["health"] = "500 once"
    runtimes.wait_until_healthy(parts, silent)
    application.misbehaves["health"] = "hangs"
    with pytest.raises(NotHealthy):
        runtimes.wait_until_healthy(replace(parts, runtime=application.runtime(0.6)), silent)


def test_a_stop_cuts_the_request(parts: Parts, application: HookApplication) -> None:
    application.misbehaves["start"] = "hangs"
    with pytest.raises(Stopped):
        runtimes.start(parts, At(nth=2))


def test_addresses_and_secrets_that_do_not_fit_are_refused() -> None:
    for url in (
        "http://app.example/start",
        "ftp://app.example/start",
        "https://user:pw@app.example/",
        "https://app.example/#x",
        "https://",
        "https://app.example:port/",
        "start",
    ):
        with pytest.raises(HookUrlUnfit, match="start cannot be called there"):
            runtimes.require_sound(Runtime(start=HttpHook(url=url), secret=SecretStr(SECRET)))
    fit = Runtime(start=HttpHook(url="http://127.0.0.1:8080/start?a=b"))
    for secret in (None, SecretStr("short")):
        with pytest.raises(HookSecretMissing):
            runtimes.require_sound(replace(fit, secret=secret))
    runtimes.require_sound(replace(fit, secret=SecretStr(SECRET)))


ENDS: dict[str, tuple[str, State]] = {
    "health": ("is huge", State.COMPLETED),
    "start": ("redirects once", State.FAILED),
}


@pytest.mark.parametrize("hook", ENDS)
def test_a_move_with_such_an_application_ends_as_promised_or_as_before(
    make_small: MakeSmall, application: HookApplication, network: Network, hook: str
) -> None:
    small = make_small(MoveKind.MOVE_TO_STAGING)
    run = small.run(MoveKind.MOVE_TO_STAGING, EVERYTHING)
    run = replace(run, target=replace(run.target, runtime=application.runtime()))
    application.misbehaves[hook], state = ENDS[hook]
    ended = carry_out(TABLES[MoveKind.MOVE_TO_STAGING], Trial(run=run, network=network))
    assert ended.state is state, ended.said
    assert application.heard()[0] == "drain"
    assert application.state.read_text() == "open"
    assert all(request.verified for request in application.received)
