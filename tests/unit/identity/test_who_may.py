from dataclasses import replace

import pytest

from builders import (
    ACME,
    DEVELOPMENT,
    ENVIRONMENTS,
    PRODUCTION,
    STAGING,
    a_person,
    an_administrator,
)
from liftlock.domain.environments import Environment, EnvironmentId, EnvironmentNotFound, Kind
from liftlock.domain.organisations import Organisation, OrganisationId, OrganisationNotFound, Plan
from liftlock.domain.people import Grant, Person, Role
from liftlock.domain.prerequisites import (
    DelegatedAdministratorMissing,
    EnterprisePlanMissing,
    Prerequisite,
    SelfServiceNotConfigured,
    all_missing,
)
from liftlock.errors import Forbidden
from liftlock.identity.who_may import (
    TABLE,
    Action,
    NotAllowed,
    as_markdown,
    may,
    require,
    require_operator,
    why_not,
)

OPERATOR = a_person(Grant(role=Role.OPERATOR), organisation=None)
AUDITOR = a_person(Grant(role=Role.AUDITOR))
PUBLISHER = a_person(Grant(role=Role.PUBLISHER))
PREVIEWER = a_person(Grant(role=Role.PREVIEWER))
NOBODY = a_person()
EVERYWHERE = an_administrator(*ENVIRONMENTS.values())
PEOPLE = [OPERATOR, AUDITOR, PUBLISHER, PREVIEWER, NOBODY, EVERYWHERE]

D, S, P = Kind.DEVELOPMENT, Kind.STAGING, Kind.PRODUCTION
ADMINISTRATORS = {
    Action.SCHEDULE_MOVE_TO_STAGING: {D},
    Action.WITHDRAW_MOVE_TO_STAGING: {D},
    Action.SCHEDULE_DOWN_ALIGN: {D},
    Action.WITHDRAW_DOWN_ALIGN: {D},
    Action.PREVIEW_LOSSES: {D, S},
    Action.SCHEDULE_MOVE_TO_PRODUCTION: {S},
    Action.WITHDRAW_MOVE_TO_PRODUCTION: {S},
    Action.VALIDATE: {S, P},
    Action.MODIFY_DATE: {S, P},
    Action.CANCEL: {D, S, P},
    Action.STOP: {D, S, P},
    Action.RESOLVE: {D, S, P},
    Action.UNDO: {D, S, P},
    Action.HOLD_SLOT: {D, S, P},
    Action.BOOK_MAINTENANCE: {D, S, P},
    Action.ENTER_FREEZE: {D, S, P},
    Action.OVERRIDE_FREEZE: {D, S, P},
    Action.DRAFT_POLICY: {D},
    Action.APPROVE_POLICY: {P},
    Action.GRANT_POLICY_VALUES: {P},
    Action.APPOINT_ADMINISTRATOR: {D, S, P},
    Action.PUSH_PACKAGE: {D},
    Action.INSTALL_MODULE: {D},
}
OF_ANY = {Action.READ, Action.READ_PACKAGES, Action.READ_AUDIT}
OTHERS = {
    Role.OPERATOR: {
        *OF_ANY,
        Action.SET_UP,
        Action.WATCH_WORKERS,
        Action.BOOK_MAINTENANCE,
        Action.ENTER_FREEZE,
        Action.OVERRIDE_FREEZE,
        Action.APPOINT_ADMINISTRATOR,
        Action.MANAGE_OWN_KEYS,
    },
    Role.AUDITOR: {*OF_ANY, Action.MANAGE_OWN_KEYS},
    Role.PUBLISHER: {
        Action.PUSH_PACKAGE,
        Action.INSTALL_MODULE,
        Action.READ_PACKAGES,
        Action.MANAGE_OWN_KEYS,
    },
    Role.PREVIEWER: {Action.SEE_POLICY_VALUES, Action.MANAGE_OWN_KEYS},
}


@pytest.mark.parametrize("action", list(Action))
def test_the_table_has_a_row_for_every_action_and_somebody_may(action: Action) -> None:
    row = TABLE[action]
    assert row.administrators or row.others or row.everybody


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("held", list(Kind))
@pytest.mark.parametrize("concerned", list(Kind))
def test_an_administrator_may_what_the_environment_held_gives(
    action: Action, held: Kind, concerned: Kind
) -> None:
    who = an_administrator(ENVIRONMENTS[held])
    allowed = (
        action in OF_ANY
        or action is Action.MANAGE_OWN_KEYS
        or (held is concerned and concerned in ADMINISTRATORS.get(action, set()))
    )
    assert may(who, action, ACME, ENVIRONMENTS[concerned]) == allowed


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("role", list(OTHERS))
def test_the_other_roles_may_what_is_theirs_and_nothing_else(action: Action, role: Role) -> None:
    who = a_person(Grant(role=role), organisation=None if role is Role.OPERATOR else ACME.id)
    for environment in ENVIRONMENTS.values():
        assert may(who, action, ACME, environment) == (action in OTHERS[role])


def test_the_operator_cannot_validate_for_an_organisation() -> None:
    with pytest.raises(NotAllowed, match="Delegated Administrators of Staging or Production may"):
        require(OPERATOR, Action.VALIDATE, ACME, PRODUCTION)


def test_an_auditor_reads_and_changes_nothing() -> None:
    for action in set(Action) - OTHERS[Role.AUDITOR]:
        assert not may(AUDITOR, action, ACME, STAGING)


SELF_SERVICE = [action for action, row in TABLE.items() if row.administrators]


@pytest.mark.parametrize("action", SELF_SERVICE)
@pytest.mark.parametrize(
    ("organisation", "refusal", "named"),
    [
        (replace(ACME, self_service=False), SelfServiceNotConfigured, Prerequisite.SELF_SERVICE),
        (replace(ACME, plan=Plan.ESSENTIAL), EnterprisePlanMissing, Prerequisite.ENTERPRISE_PLAN),
    ],
)
def test_a_missing_prerequisite_is_named_with_who_can_give_it(
    action: Action, organisation: Organisation, refusal: type[Forbidden], named: Prerequisite
) -> None:
    kind = next(iter(ADMINISTRATORS.get(action, {D})))
    why = why_not(EVERYWHERE, action, organisation, ENVIRONMENTS[kind])
    assert isinstance(why, refusal)
    assert why.fields["missing"] == named
    assert str(named) in str(why)
    assert "The platform operator can" in str(why)


def test_all_that_is_missing_is_listed_in_its_order() -> None:
    bare = replace(ACME, self_service=False, plan=Plan.ESSENTIAL)
    named = [str(each.fields["missing"]) for each in all_missing(NOBODY, bare, None)]
    assert named == list(Prerequisite)
    assert all_missing(EVERYWHERE, ACME, STAGING) == ()


def test_who_administers_another_environment_is_told_who_can_appoint() -> None:
    with pytest.raises(DelegatedAdministratorMissing) as caught:
        require(an_administrator(DEVELOPMENT), Action.VALIDATE, ACME, STAGING)
    assert str(caught.value) == (
        "You are not a Delegated Administrator of Staging "
        "(missing: role Delegated Administrator). "
        "A Delegated Administrator of Staging, or the platform operator, can appoint you."
    )


@pytest.mark.parametrize("who", [NOBODY, AUDITOR, PUBLISHER])
def test_who_is_no_administrator_is_told_which_prerequisite_is_missing(who: Person) -> None:
    with pytest.raises(DelegatedAdministratorMissing):
        require(who, Action.SCHEDULE_MOVE_TO_STAGING, ACME, DEVELOPMENT)


def test_the_other_roles_do_not_need_self_service() -> None:
    bare = replace(ACME, self_service=False, plan=Plan.ESSENTIAL)
    require(AUDITOR, Action.READ, bare)
    require(PUBLISHER, Action.PUSH_PACKAGE, bare, DEVELOPMENT)
    require(OPERATOR, Action.ENTER_FREEZE, bare, PRODUCTION)


@pytest.mark.parametrize("action", list(Action))
def test_another_organisations_thing_is_not_found_never_forbidden(action: Action) -> None:
    other = replace(ACME, id=OrganisationId(2), code="other")
    theirs = replace(PRODUCTION, id=EnvironmentId(9), organisation=other.id)
    for who in PEOPLE[1:]:
        assert isinstance(why_not(who, action, other, theirs), OrganisationNotFound)
    for who in PEOPLE:
        assert isinstance(why_not(who, action, ACME, theirs), EnvironmentNotFound)


def test_a_person_without_organisation_who_is_no_operator_finds_nothing() -> None:
    stray = replace(NOBODY, organisation=None)
    assert isinstance(why_not(stray, Action.READ, ACME), OrganisationNotFound)


@pytest.mark.parametrize("environment", [None, PRODUCTION])
def test_an_action_on_the_wrong_environment_is_refused_to_everybody(
    environment: Environment | None,
) -> None:
    assert not may(EVERYWHERE, Action.SCHEDULE_MOVE_TO_STAGING, ACME, environment)


def test_only_an_operator_sets_up() -> None:
    require_operator(OPERATOR)
    for who in PEOPLE[1:]:
        with pytest.raises(NotAllowed, match="platform operators may"):
            require_operator(who)
    with pytest.raises(NotAllowed):
        require_operator(OPERATOR, Action.VALIDATE)


def test_the_manual_shows_the_whole_table() -> None:
    lines = as_markdown().splitlines()
    assert len(lines) == len(Action) + 2
    assert (
        "| validate a proposal | Delegated Administrators of Staging or Production | yes |" in lines
    )
    assert "| create and revoke one's own keys | Everybody | no |" in lines
