"""Hooks of an application over HTTP: a signed request instead of a command.

A request is a POST of a few facts in JSON, and never holds a password. A redirect is not followed,
a certificate that does not prove the host ends it, and of the answer 64 KiB are read. A request
that may not have arrived is sent again with the same `Idempotency-Key`.
"""

import http.client
import json
import secrets
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from socket import SHUT_RDWR
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr
from typing_extensions import override

from liftlock import clock
from liftlock.domain.progress import Progress, Tell
from liftlock.environments import signatures
from liftlock.environments.safe_connections import is_loopback
from liftlock.errors import Conflict, Invalid, Unavailable

Facts: TypeAlias = Mapping[str, str | int | Mapping[str, str]]

OUTPUT_BYTES = 64 * 1024
"""How much of an answer is read."""
SHORTEST_SECRET = 32
_TELL_EVERY_S = 0.5
_TRIES = 3
_FIRST_PAUSE_S = 0.5
_DONE = {HTTPStatus.OK, HTTPStatus.NO_CONTENT}
_PASSES = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
"""What a proxy says when the application itself may not have heard of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpHook:
    """Where a hook is called, and how long the answer may take."""

    url: str
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What both sides know: a secret to sign with, and who vouches for the application's host."""

    secret: SecretStr
    root_certificate: str | None = None
    """PEM text; None: whoever this machine trusts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of one hook, however often it is sent."""

    hook: HttpHook
    name: str
    """What is asked for: `drain`."""
    environment: str
    facts: Facts
    trust: Trust
    clock_behind: timedelta = timedelta()
    """How far this machine's clock is behind: the signature has the right time all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, cut at 64 KiB."""

    status: int
    output: str

    @property
    def done(self) -> bool:
        """Say whether it is done. *Accepted* (202) is not: nobody would know when it is."""
        return self.status in _DONE


class HookRefused(Conflict):
    """The application said no. What it said is a field, not in the sentence."""

    code = "runtime.hook_refused"
    sentence = (
        "{hook} of {environment} was answered with status {status}. "
        "Read the application's log, and send the request by hand."
    )


class HookRedirected(Conflict):
    """A signature is for one address; another may be anybody's."""

    code = "runtime.hook_redirected"
    sentence = (
        "{hook} of {environment} was answered with a redirect ({status}), which is not followed. "
        "Register the address that it leads to, if it is the application's."
    )


class HookUnverified(Conflict):
    """Who answers cannot prove to be the application's host."""

    code = "runtime.hook_unverified"
    sentence = (
        "{hook} of {environment}: the certificate of {host} does not prove who answers. Give it "
        "one for this name, or register the root certificate of its authority."
    )


class HookHung(Conflict):
    """No whole answer in time; what was asked for may be done or not."""

    code = "runtime.hook_hung"
    sentence = (
        "{hook} of {environment} was not answered within {timeout_s} seconds. "
        "Find out what the application waited for, or raise the time limit."
    )


class HookUnreachable(Unavailable):
    """Nobody answers there, or the connection broke."""

    code = "runtime.hook_unreachable"
    sentence = (
        "{hook} of {environment} cannot be reached at {host}. "
        "Look whether the application's hooks answer."
    )


class HookUrlUnfit(Invalid):
    """An address that a request may not go to."""

    code = "runtime.hook_url_unfit"
    sentence = (
        "{hook} cannot be called there. Write an https address without user, password or "
        "fragment; http only to this machine itself (127.0.0.1)."
    )


class HookSecretMissing(Invalid):
    """An unsigned request could be anybody's."""

    code = "runtime.hook_secret_missing"
    sentence = (
        "Requests to hooks are signed: give the runtime a secret of at least {letters} letters "
        "that the application knows, too."
    )


def require_fit(name: str, hook: HttpHook) -> None:
    """Refuse an address that no request should go to. Raises: HookUrlUnfit."""
    url = _split(hook.url)
    safe = url is not None and (
        url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname or ""))
    )
    if url is None or not safe or not url.hostname or "@" in url.netloc or url.fragment:
        raise HookUrlUnfit(hook=name)


def require_secret(secret: SecretStr | None) -> SecretStr:
    """Return a secret that is one and cannot be guessed. Raises: HookSecretMissing."""
    if secret is None or len(secret.get_secret_value()) < SHORTEST_SECRET:
        raise HookSecretMissing(letters=SHORTEST_SECRET)
    return secret


def call(call_: Call, tell: Tell) -> Answer:
    """Call a hook until it is done; send it again when it may not have arrived.

    Raises: HookRefused, HookRedirected, HookUnverified, HookHung, HookUnreachable, what `tell`
    raises.
    """
    give_up = clock.monotonic_s() + call_.hook.timeout_s
    key = secrets.token_urlsafe(16)
    for tried in range(_TRIES - 1):
        try:
            answer = _sent(call_, key, give_up, tell)
        except HookUnreachable:
            answer = None
        if answer is not None and answer.status not in _PASSES:
            return _require_done(call_, answer)
        _pause(min(_FIRST_PAUSE_S * 2**tried, give_up - clock.monotonic_s()), tell)
    return _require_done(call_, _sent(call_, key, give_up, tell))


def ask(call_: Call, tell: Tell) -> Answer:
    """Ask once. Raises: HookUnverified, HookHung, HookUnreachable, what `tell` raises."""
    give_up = clock.monotonic_s() + call_.hook.timeout_s
    return _sent(call_, secrets.token_urlsafe(16), give_up, tell)


def _require_done(call_: Call, answer: Answer) -> Answer:
    said = {"hook": call_.name, "environment": call_.environment, "status": answer.status}
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise HookRedirected(**said)
    if not answer.done:
        raise HookRefused(**said, output=answer.output)
    return answer


def _sent(call_: Call, key: str, give_up: float, tell: Tell) -> Answer:
    """Send it once and wait for the answer, telling twice a second; whoever breaks cuts it."""
    said = {"hook": call_.name, "environment": call_.environment}
    exchange = _Exchange(call_, key, give_up)
    exchange.start()
    try:
        while exchange.is_alive() and (left_s := give_up - clock.monotonic_s()) > 0:
            exchange.join(min(left_s, _TELL_EVERY_S))
            tell(Progress(said=f"waiting for the answer to {call_.name}"))
    finally:
        exchange.cut()
    match exchange.outcome:
        case Answer() as answer:
            return answer
        case ssl.SSLCertVerificationError():
            raise HookUnverified(**said, host=exchange.host)
        case None | TimeoutError():
            raise HookHung(**said, timeout_s=f"{call_.hook.timeout_s:g}")
        case _:
            raise HookUnreachable(**said, host=exchange.host)


class _Exchange(threading.Thread):
    """One request and its answer, in a thread, so that the one who waits can cut it."""

    def __init__(self, call_: Call, key: str, give_up: float) -> None:
        super().__init__(name=f"hook-{call_.name}", daemon=True)
        self._call = call_
        self._key = key
        self._url = urlsplit(call_.hook.url)
        self._connection = _connection(self._url, call_.trust, give_up - clock.monotonic_s())
        self.outcome: Answer | OSError | http.client.HTTPException | None = None

    @property
    def host(self) -> str:
        return self._url.netloc

    @override
    def run(self) -> None:
        try:
            self.outcome = self._answer()
        except (OSError, http.client.HTTPException) as error:
            self.outcome = error

    def cut(self) -> None:
        """End it, whatever it waits for; a broken answer that comes of it is nobody's."""
        outcome = self.outcome
        if self._connection.sock is not None:
            with suppress(OSError):
                self._connection.sock.shutdown(SHUT_RDWR)
        self.join(_TELL_EVERY_S)
        self._connection.close()
        self.outcome = outcome

    def _answer(self) -> Answer:
        body = json.dumps(self._call.facts, sort_keys=True).encode()
        request = signatures.Signed(
            url=self._url,
            body=body,
            idempotency_key=self._key,
            key_id=str(self._call.facts["environment"]),
            at=clock.now() + self._call.clock_behind,
        )
        secret = self._call.trust.secret
        path = self._url._replace(scheme="", netloc="").geturl() or "/"
        self._connection.request(
            "POST", path, body=body, headers=dict(signatures.headers(request, secret))
        )
        response = self._connection.getresponse()
        said = response.read(OUTPUT_BYTES).replace(secret.get_secret_value().encode(), b"********")
        return Answer(status=response.status, output=said.decode(errors="replace"))


def _connection(url: SplitResult, trust: Trust, timeout_s: float) -> http.client.HTTPConnection:
    host, patience = url.hostname or "", max(timeout_s, 0.1)
    if url.scheme == "http":
        return http.client.HTTPConnection(host, url.port, timeout=patience)
    context = ssl.create_default_context(cadata=trust.root_certificate)
    return http.client.HTTPSConnection(host, url.port, timeout=patience, context=context)


def _pause(seconds: float, tell: Tell) -> None:
    until_s = clock.monotonic_s() + seconds
    while (left_s := until_s - clock.monotonic_s()) > 0:
        tell(Progress(said="trying again"))
        clock.sleep_s(min(left_s, _TELL_EVERY_S))


def _split(url: str) -> SplitResult | None:
    try:
        split = urlsplit(url)
        _ = split.port
    except ValueError:
        return None
    return split
