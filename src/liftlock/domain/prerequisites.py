"""The three prerequisites of self-service, and who can give the one that is missing. Pure."""

from enum import StrEnum

from liftlock.domain.environments import Environment
from liftlock.domain.organisations import Organisation, Plan
from liftlock.domain.people import Person, Role
from liftlock.errors import Forbidden


class Prerequisite(StrEnum):
    """What self-service needs, checked on every call."""

    SELF_SERVICE = "self-service configured"
    ENTERPRISE_PLAN = "plan enterprise"
    DELEGATED_ADMINISTRATOR = "role Delegated Administrator"


class PrerequisiteMissing(Forbidden):
    """One of the three is missing: fields `missing` and `given_by` say which, and who gives it."""


class SelfServiceNotConfigured(PrerequisiteMissing):
    """The organisation has no self-service."""

    code = "prerequisite.self_service"
    sentence = (
        "Self-service is not configured for {organisation} (missing: {missing}). "
        "{given_by} can configure it."
    )


class EnterprisePlanMissing(PrerequisiteMissing):
    """The organisation's plan does not include self-service."""

    code = "prerequisite.enterprise_plan"
    sentence = (
        "The plan of {organisation} is {plan}, which has no self-service (missing: {missing}). "
        "{given_by} can change the plan."
    )


class DelegatedAdministratorMissing(PrerequisiteMissing):
    """The person is not a Delegated Administrator where it counts."""

    code = "prerequisite.delegated_administrator"
    sentence = (
        "You are not a Delegated Administrator of {environment} (missing: {missing}). "
        "{given_by} can appoint you."
    )


OPERATOR = "The platform operator"


def missing(
    who: Person, organisation: Organisation, environment: Environment | None
) -> PrerequisiteMissing | None:
    """Return the refusal for the first prerequisite that is missing, or None when all three hold.

    Without an environment, being a Delegated Administrator of any one is enough.
    """
    return next(iter(all_missing(who, organisation, environment)), None)


def all_missing(
    who: Person, organisation: Organisation, environment: Environment | None
) -> tuple[PrerequisiteMissing, ...]:
    """Return a refusal for each prerequisite that is missing, in their order."""
    refusals: list[PrerequisiteMissing] = []
    if not organisation.self_service:
        configured = SelfServiceNotConfigured(
            organisation=organisation.code, missing=Prerequisite.SELF_SERVICE, given_by=OPERATOR
        )
        refusals.append(configured)
    if organisation.plan is not Plan.ENTERPRISE:
        plan = EnterprisePlanMissing(
            organisation=organisation.code,
            plan=organisation.plan,
            missing=Prerequisite.ENTERPRISE_PLAN,
            given_by=OPERATOR,
        )
        refusals.append(plan)
    if not _administers(who, environment):
        refusals.append(administrator_missing(environment))
    return tuple(refusals)


def administrator_missing(environment: Environment | None) -> DelegatedAdministratorMissing:
    """Return the refusal for who is no Delegated Administrator of the environment, or of any."""
    where = environment.kind.title if environment else "any environment"
    there = environment.kind.title if environment else "the environment"
    return DelegatedAdministratorMissing(
        environment=where,
        missing=Prerequisite.DELEGATED_ADMINISTRATOR,
        given_by=f"A Delegated Administrator of {there}, or the platform operator,",
    )


def _administers(who: Person, environment: Environment | None) -> bool:
    if environment is None:
        return Role.ADMINISTRATOR in who.roles
    return who.administers(environment.id)
