"""People and keys: who may add, grant, revoke; who a key stands for; four-eyes kept possible."""

import pytest
from pydantic import SecretStr

from acme_books import Acme, administrator
from liftlock.domain.environments import EnvironmentNotFound
from liftlock.domain.keys import KeyNameTaken, KeyNotFound, UnknownKey
from liftlock.domain.organisations import FourEyesNeedsTwo, Organisation
from liftlock.domain.people import (
    FirstOperatorExists,
    Grant,
    GrantUnfit,
    LoginTaken,
    LoginUnfit,
    NameMissing,
    Person,
    Role,
)
from liftlock.domain.prerequisites import PrerequisiteMissing
from liftlock.identity.who_may import NotAllowed
from liftlock.services import organisations, people
from liftlock.services.people import NewKey

KEYS = "SELECT * FROM keys"


def add(
    acme: Acme, who: Person, login: str, *grants: Grant, name: str = "Zoe"
) -> tuple[Person, NewKey]:
    with acme.books.transaction() as tx:
        return people.add(tx, who, acme.organisation.id, login=login, name=name, grants=grants)


def test_a_key_acts_for_its_person_until_it_is_revoked(acme: Acme) -> None:
    zoe, first = add(acme, acme.operator, "zoe", *administrator(acme.staging.id))
    with acme.books.transaction() as tx:
        assert people.identify(tx, first.key) == zoe
        second = people.create_key(tx, zoe, name="laptop")
        assert people.identify(tx, second.key) == zoe
        assert [key.name for key in people.list_keys(tx, zoe)] == ["first", "laptop"]
        people.revoke_key(tx, zoe, first.id)
        assert [key.name for key in people.list_keys(tx, zoe)] == ["laptop"]
        with pytest.raises(UnknownKey):
            _ = people.identify(tx, first.key)


def test_the_books_hold_no_key(acme: Acme) -> None:
    _, new = add(acme, acme.operator, "zoe")
    assert new.key.get_secret_value().startswith("llk_")
    assert "llk_" not in repr(new)
    with acme.books.transaction() as tx:
        rows = tx.connection.execute(KEYS).fetchall()
    assert new.key.get_secret_value().removeprefix("llk_") not in repr(rows)


@pytest.mark.parametrize("key", ["", "llk_", "llk_" + "x" * 43, "ü"])
def test_an_unknown_key_is_nobodys(acme: Acme, key: str) -> None:
    with pytest.raises(UnknownKey), acme.books.transaction() as tx:
        _ = people.identify(tx, SecretStr(key))


def test_keys_are_each_persons_own(acme: Acme) -> None:
    _, new = add(acme, acme.operator, "zoe")
    with acme.books.transaction() as tx:
        with pytest.raises(KeyNotFound):
            people.revoke_key(tx, acme.dora, new.id)
        _ = people.create_key(tx, acme.dora, name="laptop")
    with pytest.raises(KeyNameTaken), acme.books.transaction() as tx:
        _ = people.create_key(tx, acme.dora, name="laptop")


def test_only_operators_add_people(acme: Acme) -> None:
    for who in (acme.dora, acme.eve, acme.pat):
        with pytest.raises(NotAllowed):
            _ = add(acme, who, "sock.puppet", *administrator(acme.staging.id))


@pytest.mark.parametrize(
    ("login", "name", "refusal"),
    [("ana@acme", "Ana", LoginTaken), ("Ana Ruiz", "Ana", LoginUnfit), ("zoe", "", NameMissing)],
)
def test_logins_and_names_that_are_refused(
    acme: Acme, login: str, name: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        _ = add(acme, acme.operator, login, name=name)


def test_administrators_appoint_others_for_environments_that_they_hold(acme: Acme) -> None:
    given = administrator(acme.staging.id)[0]
    with acme.books.transaction() as tx:
        appointed = people.grant(tx, acme.ben, acme.ana.id, given)
    assert given in appointed.grants
    with acme.books.transaction() as tx:
        assert people.grant(tx, acme.ben, acme.ana.id, given) == appointed
        assert given not in people.revoke(tx, acme.ben, acme.ana.id, given).grants
    with pytest.raises(PrerequisiteMissing, match="Production"), acme.books.transaction() as tx:
        _ = people.grant(tx, acme.ben, acme.ana.id, administrator(acme.production.id)[0])
    for role in (Role.AUDITOR, Role.PUBLISHER, Role.OPERATOR):
        with pytest.raises(NotAllowed), acme.books.transaction() as tx:
            _ = people.grant(tx, acme.ben, acme.ana.id, Grant(role=role))


def test_production_values_are_shown_by_a_grant_that_productions_administrators_give(
    acme: Acme,
) -> None:
    given = Grant(role=Role.PREVIEWER)
    with acme.books.transaction() as tx:
        assert given in people.grant(tx, acme.cem, acme.ana.id, given).grants
    for who in (acme.operator, acme.ben):
        with pytest.raises((NotAllowed, PrerequisiteMissing)), acme.books.transaction() as tx:
            _ = people.grant(tx, who, acme.ben.id, given)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OPERATOR])
def test_a_grant_that_does_not_fit_is_refused(acme: Acme, role: Role) -> None:
    with pytest.raises(GrantUnfit), acme.books.transaction() as tx:
        _ = people.grant(tx, acme.operator, acme.ana.id, Grant(role=role))


def test_an_environment_of_nobody_cannot_be_granted(acme: Acme) -> None:
    unknown = type(acme.staging.id)(4711)
    with pytest.raises(EnvironmentNotFound), acme.books.transaction() as tx:
        _ = people.grant(tx, acme.operator, acme.ana.id, administrator(unknown)[0])


def test_operators_add_operators_and_there_is_one_first(acme: Acme) -> None:
    with acme.books.transaction() as tx:
        oscar, _ = people.add(tx, acme.operator, None, login="oscar", name="Oscar")
    assert (oscar.organisation, oscar.roles) == (None, {Role.OPERATOR})
    with pytest.raises(FirstOperatorExists), acme.books.transaction() as tx:
        _ = people.first_operator(tx, login="again", name="Again")


def four_eyes(acme: Acme, *, on: bool) -> Organisation:
    with acme.books.transaction() as tx:
        return organisations.change(tx, acme.operator, acme.organisation.id, four_eyes=on)


def test_four_eyes_needs_two_who_could_validate_and_stays_possible(acme: Acme) -> None:
    assert four_eyes(acme, on=True).four_eyes
    taken = administrator(acme.production.id)[0]
    with pytest.raises(FourEyesNeedsTwo, match="Production"), acme.books.transaction() as tx:
        _ = people.revoke(tx, acme.cem, acme.dora.id, taken)
    assert not four_eyes(acme, on=False).four_eyes
    with acme.books.transaction() as tx:
        _ = people.revoke(tx, acme.cem, acme.dora.id, taken)
    with pytest.raises(FourEyesNeedsTwo, match="Production"):
        _ = four_eyes(acme, on=True)
