"""Rehearsals of setting up an organisation: everything is done, looked at, and taken back."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.environments import EnvironmentNotFound
from liftlock.domain.organisations import Organisation, OrganisationNotFound
from liftlock.domain.people import Person, Role
from liftlock.domain.policy_versions import PolicyNotFound
from liftlock.domain.set_ups import Difference, Hidden, Picture, Value, differences
from liftlock.environments.servers import Database
from liftlock.errors import LiftlockError
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import environments, organisations, people, policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One part of setting up: where its document says so, and what does it."""

    where: str
    do: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A part that would be refused."""

    where: str
    refusal: LiftlockError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What would change, and all that would be refused."""

    changes: tuple[Difference, ...]
    refused: tuple[Refused, ...]


class _TakenBack(Exception):
    """Ends the rehearsal: nothing of it stays."""


def rehearse(
    tx: Transaction, who: Person, code: str, action: Action, acts: Sequence[Act]
) -> Rehearsal:
    """Return what these acts would change of an organisation; nothing is written.

    Each act is tried although one before it was refused. `action` is what one must be allowed to
    for hearing of it.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    _require_may(tx, who, code, action)
    before = _picture(tx, who, code)
    after, refused = before, list[Refused]()
    with suppress(_TakenBack), tx.attempt():
        for act in acts:
            refused += _refusals(tx, act)
        after = _picture(tx, who, code)
        raise _TakenBack
    return Rehearsal(changes=tuple(differences(before, after)), refused=tuple(refused))


def _require_may(tx: Transaction, who: Person, code: str, action: Action) -> None:
    try:
        organisation = organisations.show(tx, who, code)
    except OrganisationNotFound:
        if Role.OPERATOR not in who.roles:
            raise
        return
    known = environments.list_all(tx, who, organisation.id) if who.grants else ()
    if not any(who_may.may(who, action, organisation, each) for each in known):
        who_may.require(who, action, organisation)


def _refusals(tx: Transaction, act: Act) -> Iterator[Refused]:
    try:
        with tx.attempt():
            _ = act.do()
    except LiftlockError as refusal:
        yield Refused(where=act.where, refusal=refusal)


def _picture(tx: Transaction, who: Person, code: str) -> Picture:
    try:
        organisation = organisations.show(tx, who, code)
    except OrganisationNotFound:
        return {}
    return {
        "organisation": _settings(organisation),
        **_environments(tx, who, organisation),
        **_people(tx, who, organisation),
        **_policies(tx, who, organisation),
    }


def _settings(organisation: Organisation) -> Mapping[str, Value]:
    named = ("title", "plan", "self_service", "four_eyes")
    return {name: _written(getattr(organisation, name)) for name in named}


def _environments(tx: Transaction, who: Person, of: Organisation) -> Picture:
    return {
        f"environments.{each.kind}": dict(_flat("", environments.show(tx, who, each.id)))
        for each in environments.list_all(tx, who, of.id)
    }


def _people(tx: Transaction, who: Person, of: Organisation) -> Picture:
    kinds = {each.id: each.kind for each in environments.list_all(tx, who, of.id)}
    found: dict[str, Mapping[str, Value]] = {}
    for person in people.list_all(tx, who, of.id):
        given = sorted(
            f"{g.role} of {kinds[g.environment]}" if g.environment else str(g.role)
            for g in person.grants
        )
        found[f"people.{person.login}"] = {"name": person.name, "grants": ", ".join(given)}
    return found


def _policies(tx: Transaction, who: Person, of: Organisation) -> Picture:
    newest = {version.repository: version for version in policies.list_all(tx, who, of.id)}
    return {
        f"policies.{repository}": {"document": f"version {version.version}"}
        for repository, version in newest.items()
    }


def submit_policy(tx: Transaction, who: Person, code: str, repository: str, document: str) -> None:
    """Submit a policy that is not the newest one already.

    Raises: what `policies.submit` does.
    """
    organisation = organisations.show(tx, who, code)
    try:
        present = policies.show(tx, who, organisation.id, repository).document
    except (PolicyNotFound, EnvironmentNotFound):
        present = None
    if present != document:
        _ = policies.submit(tx, who, organisation.id, document)


_LEFT_OUT = frozenset({"kind", "label", "application_name"})


def _flat(name: str, value: object) -> Iterator[tuple[str, Value]]:
    """Yield the settings of a value by their names, secrets hidden; what is not set is left out."""
    if value is None or value == ():
        return
    if isinstance(value, tuple):
        yield from _flat_many(name, cast("tuple[object, ...]", value))
    elif isinstance(value, SecretStr):
        yield name, Hidden(hashlib.sha256(value.get_secret_value().encode()).hexdigest())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if field.name not in _LEFT_OUT:
                inner: object = getattr(value, field.name)
                yield from _flat(f"{name}.{field.name}".lstrip("."), inner)
    else:
        yield name, _written(value)


def _flat_many(name: str, values: Iterable[object]) -> Iterator[tuple[str, Value]]:
    plain: list[str] = []
    for value in values:
        if isinstance(value, Database):
            yield from _flat(f"{name}.{value.label}", value)
        else:
            plain.append(_written(value))
    if plain:
        yield name, " ".join(plain)


def _written(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
