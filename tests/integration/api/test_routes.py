"""Every route of the API: which action it is, who may, and that strangers find nothing there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import pytest

from acme_books import Acme
from journeys import to_staging
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.organisations import Plan
from liftlock.domain.people import Grant, Person, Role
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import organisations, people
from refusing import pages
from served import EVERYBODY, Answer, Json, Served, key_of

SOON = {"soon": True}
WALL = {"wall": "2030-01-01T10:00"}
NOBODY = "sha256:" + "0" * 64
STAGING_FILES: Json = {"files": "/srv/x", "databases": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a route is to the who-may table; None: each person's own, whoever that is."""

    action: Action | None
    environment: Kind | None = None
    """The environment concerned, when the request is the one below."""
    body: object = None
    query: str = ""
    own: bool = False
    """It speaks of the caller alone, so that nobody can name another organisation's thing."""


def route(
    action: Action | None,
    environment: Kind | None = None,
    body: object = None,
    query: str = "",
    *,
    own: bool = False,
) -> Route:
    return Route(action=action, environment=environment, body=body, query=query, own=own)


DEVELOPMENT, STAGING, PRODUCTION = Kind
TABLE: Mapping[str, Route] = {
    "GET /moves": route(Action.READ),
    "POST /moves": route(
        Action.SCHEDULE_MOVE_TO_STAGING, DEVELOPMENT, {"kind": "move_to_staging", "at": WALL}
    ),
    "GET /moves/{move}": route(Action.READ),
    "POST /moves/{move}/review": route(Action.READ),
    "POST /moves/{move}/validate": route(Action.VALIDATE, STAGING, {"seen": NOBODY}),
    "POST /moves/{move}/modify": route(Action.MODIFY_DATE, STAGING, {"at": WALL}),
    "POST /moves/{move}/withdraw": route(Action.WITHDRAW_MOVE_TO_STAGING, DEVELOPMENT),
    "POST /moves/{move}/cancel": route(Action.CANCEL, STAGING, {"reason": ""}),
    "POST /moves/{move}/stop": route(Action.STOP, STAGING),
    "POST /moves/{move}/resolve": route(Action.RESOLVE, STAGING, {"how": "put_back_again"}),
    "GET /proposals/offer": route(Action.SCHEDULE_MOVE_TO_STAGING, DEVELOPMENT),
    "GET /slots": route(Action.READ),
    "POST /slots/hold": route(
        Action.HOLD_SLOT, DEVELOPMENT, {"kind": "move_to_staging", "at": WALL}
    ),
    "DELETE /slots/hold": route(None, own=True),
    "GET /maintenance": route(Action.READ),
    "POST /maintenance": route(
        Action.BOOK_MAINTENANCE,
        STAGING,
        {"environment": "staging", "at": WALL, "minutes": 60, "reason": "x"},
    ),
    "DELETE /maintenance/{maintenance}": route(Action.BOOK_MAINTENANCE, STAGING),
    "GET /freezes": route(Action.READ),
    "POST /freezes": route(
        Action.ENTER_FREEZE,
        STAGING,
        {
            "begin": "2030-01-01T10:00",
            "end": "2030-01-02T10:00",
            "reason": "",
            "environment": "staging",
        },
    ),
    "DELETE /freezes/{freeze}": route(Action.ENTER_FREEZE, STAGING),
    "POST /moves/{move}/override": route(Action.OVERRIDE_FREEZE, STAGING, {"reason": ""}),
    "GET /packages": route(Action.READ_PACKAGES),
    "POST /packages": route(Action.PUSH_PACKAGE, DEVELOPMENT),
    "GET /packages/{digest}": route(Action.READ_PACKAGES),
    "POST /packages/{digest}/install": route(Action.INSTALL_MODULE, DEVELOPMENT),
    "GET /policies": route(Action.READ),
    "GET /policies/{repository}": route(Action.READ),
    "GET /policies/{repository}/draft": route(Action.DRAFT_POLICY, DEVELOPMENT),
    "POST /policies": route(Action.DRAFT_POLICY, DEVELOPMENT, {"document": "x"}),
    "POST /policies/check": route(Action.DRAFT_POLICY, DEVELOPMENT, {"document": "x"}),
    "POST /policies/{repository}/{version}/approve": route(Action.APPROVE_POLICY, PRODUCTION),
    "GET /environments": route(Action.READ),
    "GET /environments/{kind}": route(Action.READ),
    "GET /environments/{kind}/check": route(Action.READ),
    "GET /environments/{kind}/losses": route(Action.PREVIEW_LOSSES, STAGING),
    "PUT /organisations/{code}/environments/{kind}": route(
        Action.SET_UP, STAGING, STAGING_FILES
    ),
    "GET /organisations": route(None, own=True),
    "GET /organisations/{code}": route(None),
    "PUT /organisations/{code}": route(Action.SET_UP, body={"plan": "enterprise"}),
    "POST /organisations/{code}/rehearsal": route(
        Action.SET_UP, body={"settings": {"plan": "enterprise"}}
    ),
    "GET /people": route(Action.READ),
    "GET /people/me": route(None, own=True),
    "PUT /people/{login}": route(
        Action.SET_UP, body={"name": "Eve", "grants": [{"role": "auditor"}]}
    ),
    "POST /people/{login}/sign-in-code": route(Action.SET_UP),
    "DELETE /people/{login}/grants/{role}": route(Action.SET_UP),
    "GET /operators": route(Action.SET_UP, own=True),
    "POST /operators/{login}": route(Action.SET_UP, body={"name": ""}, own=True),
    "POST /operators/{login}/sign-in-code": route(Action.SET_UP, own=True),
    "DELETE /operators/{login}": route(Action.SET_UP, own=True),
    "GET /keys": route(Action.MANAGE_OWN_KEYS, own=True),
    "POST /keys": route(Action.MANAGE_OWN_KEYS, body={"name": ""}, own=True),
    "DELETE /keys/{key}": route(Action.MANAGE_OWN_KEYS, own=True),
    "GET /restore-points": route(Action.READ),
    "GET /moves/{move}/undo": route(Action.UNDO, STAGING),
    "GET /notifications": route(None, own=True),
    "POST /notifications/{notification}/read": route(None, own=True),
    "GET /audit-events": route(Action.READ_AUDIT),
    "GET /audit-events/chain": route(Action.READ_AUDIT),
    "GET /audit-events/installation": route(Action.SET_UP, own=True),
    "GET /audit-events/check": route(Action.SET_UP, own=True),
    "GET /workers": route(Action.WATCH_WORKERS, own=True),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A walker with something to put into each address."""

    served: Served
    parts: Mapping[str, str]

    def ask(self, who: str | None, name: str) -> Answer:
        method, _, path = name.partition(" ")
        target = path.format(**self.parts)
        query = "" if TABLE[name].own or path.startswith("/organisations") else "?organisation=acme"
        return self.served.ask(who, method, target + query, TABLE[name].body)


def a_walk(served: Served) -> Walk:
    move = to_staging(served.acme)
    booked = served.ask(
        "operator",
        "POST",
        "/maintenance?organisation=acme",
        {"environment": "staging", "at": tomorrow(served), "minutes": 5, "reason": "x"},
    )
    assert booked.status == 201
    frozen = served.ask(
        "operator",
        "POST",
        "/freezes?organisation=acme",
        {
            "begin": "2030-01-01T10:00",
            "end": "2030-01-02T10:00",
            "reason": "x",
            "environment": "staging",
        },
    )
    assert frozen.status == 201
    parts = {
        "move": str(move.id), "maintenance": str(booked.body["id"]), "digest": NOBODY,
        "repository": "files", "version": "1", "kind": "staging", "code": "acme",
        "login": "eve@acme", "role": "auditor", "key": "999999",
        "freeze": str(frozen.body["id"]), "notification": "999999",
    }  # fmt: skip
    return Walk(served=served, parts=parts)


def tomorrow(served: Served) -> dict[str, object]:
    with served.acme.later(timedelta(days=1)) as tx:
        return {"wall": f"{tx.now:%Y-%m-%d}T10:00"}


def test_every_route_is_known_to_the_table(served: Served) -> None:
    document = served.ask("ana", "GET", "/openapi.json").body
    paths = cast("dict[str, Json]", document["paths"])
    found = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, operations in paths.items()
        for method in operations
    }
    assert found == set(TABLE)


def test_nobody_without_a_key_gets_anywhere(served: Served, subtests: pytest.Subtests) -> None:
    walk = a_walk(served)
    before = pages(served.acme)
    for name in TABLE:
        with subtests.test(name):
            answer = walk.ask(None, name)
            assert (answer.status, answer.code) == (401, "key.unknown")
            assert answer.headers["www-authenticate"] == "Bearer"
    assert pages(served.acme) == before


@pytest.mark.parametrize(
    "header", ["Bearer llk_nope", "Bearer", "Basic llk_nope", "Bearer \xe9\xff"]
)
def test_a_key_that_nobody_has_gets_nowhere(served: Served, header: str) -> None:
    headers = {"Authorization": header.encode("latin-1")}
    answer = served.send(None, "GET", "/moves", {"headers": headers})
    assert (answer.status, answer.code) == (401, "key.unknown")


def test_a_key_that_was_revoked_gets_nowhere(served: Served) -> None:
    keys = served.ask("ana", "GET", "/keys").rows()
    for key in sorted(keys, key=lambda key: "tests" in str(key["name"])):
        assert served.ask("ana", "DELETE", f"/keys/{key['id']}").status == 204
    assert served.ask("ana", "GET", "/moves").status == 401


def zoe_of_another(acme: Acme) -> Person:
    """Return somebody who may do everything, in another organisation."""
    with acme.books.transaction() as tx:
        other = organisations.create(
            tx, acme.operator, code="other", title="Other", plan=Plan.ENTERPRISE, self_service=True
        )
        grants = tuple(Grant(role=role) for role in (Role.AUDITOR, Role.PUBLISHER))
        zoe, _ = people.add(tx, acme.operator, other.id, login="zoe", name="Zoe", grants=grants)
    return zoe


def test_a_stranger_finds_nothing(served: Served, subtests: pytest.Subtests) -> None:
    walk = a_walk(served)
    keys = {**served.keys, "zoe": key_of(served.acme, zoe_of_another(served.acme))}
    strange = Walk(served=Served(acme=served.acme, url=served.url, keys=keys), parts=walk.parts)
    before = pages(served.acme)
    for name, known in TABLE.items():
        if not known.own:
            with subtests.test(name):
                answer = strange.ask("zoe", name)
                assert answer.status == 404, answer
                assert "acme" not in answer.detail or answer.code == "organisation.not_found"
    assert pages(served.acme) == before


def test_who_may_not_is_refused(served: Served, subtests: pytest.Subtests) -> None:
    walk = a_walk(served)
    acme = served.acme
    concerned = {k: getattr(acme, k) for k in Kind}
    before = pages(acme)
    for name, known in TABLE.items():
        for who in EVERYBODY:
            if not _may(acme, who, known, concerned):
                with subtests.test(f"{who} {name}"):
                    assert walk.ask(who, name).status == 403
    assert pages(acme) == before


def _may(acme: Acme, who: str, known: Route, concerned: Mapping[Kind, Environment]) -> bool:
    if known.action is None:
        return True
    environment = concerned[known.environment] if known.environment else None
    return who_may.may(getattr(acme, who), known.action, acme.organisation, environment)
