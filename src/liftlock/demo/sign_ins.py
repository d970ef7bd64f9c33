"""Sign-ins for a visitor: one administrator of each environment, with a password that is told."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from liftlock.client import people
from liftlock.client.connection import connect
from liftlock.demo.control_plane import ControlPlane
from liftlock.demo.setting_up import CODE, DORA, PIA, SAM, Actor
from liftlock.domain.environments import Kind
from liftlock.errors import Conflict

VISITORS: Mapping[Kind, Actor] = {
    Kind.DEVELOPMENT: DORA,
    Kind.STAGING: SAM,
    Kind.PRODUCTION: PIA,
}
_WORDS = ("boat", "gate", "canal", "lift", "rope", "water", "quay", "sluice")
_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


class VisitorNotLetIn(Conflict):
    """The console did not take a visitor's code or password."""

    code = "demo.visitor_not_let_in"
    sentence = "The console at {url} did not let {login} in. What Liftlock said stands above."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What a visitor types to be somebody of Acme."""

    kind: Kind
    """The environment that this person administers."""
    actor: Actor
    password: str


def give(plane: ControlPlane) -> Sequence[SignIn]:
    """Set each visitor's password, in the console, as they would with their first code.

    Raises: VisitorNotLetIn, refusals of the API.
    """
    return [
        SignIn(kind=kind, actor=actor, password=_set_password(plane, actor))
        for kind, actor in VISITORS.items()
    ]


def _set_password(plane: ControlPlane, actor: Actor) -> str:
    with connect(plane.url, plane.operator_key.get_secret_value(), organisation=CODE) as api:
        code = str(people.issue_code(api, actor.login)["sign_in_code"])
    password = _new_password()
    wished = {"new_password": password, "new_password_again": password}
    with httpx.Client(base_url=plane.url, follow_redirects=True, timeout=60) as browser:
        _ = _send(browser, "/sign-in", {"login": actor.login, "password": code})
        landed = _send(browser, "/settings/password", wished)
    if not landed.is_success or landed.url.path != "/":
        raise VisitorNotLetIn(url=plane.url, login=actor.login)
    return password


def _send(browser: httpx.Client, path: str, fields: Mapping[str, str]) -> httpx.Response:
    """Open a page and send its form, as a browser does."""
    token = _TOKEN.search(browser.get(path).text)
    return browser.post(path, data={"csrf": token[1] if token else "", **fields})


def _new_password() -> str:
    """Return one that is easy to type, and new each time."""
    words = (secrets.choice(_WORDS) for _ in range(3))
    return "-".join((*words, str(secrets.randbelow(9000) + 1000)))
