"""People (and keys that act for them): who asks, in which organisation, with which grants."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from liftlock.domain.environments import EnvironmentId
from liftlock.domain.organisations import OrganisationId
from liftlock.errors import Conflict, Invalid, NotFound

PersonId = NewType("PersonId", int)

_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")


class Role(StrEnum):
    """What a person is. Delegated Administrator counts per environment granted."""

    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    PUBLISHER = "publisher"
    PREVIEWER = "previewer"
    """May see Production's values in a policy preview: a grant of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role; `environment` is set for administrators only."""

    role: Role
    environment: EnvironmentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks. An operator belongs to no organisation."""

    id: PersonId
    organisation: OrganisationId | None
    login: str
    name: str
    grants: tuple[Grant, ...] = ()

    @property
    def roles(self) -> frozenset[Role]:
        """Return every role that the person has anywhere."""
        return frozenset(grant.role for grant in self.grants)

    def administers(self, environment: EnvironmentId) -> bool:
        """Tell whether the person is a Delegated Administrator of this environment."""
        return Grant(role=Role.ADMINISTRATOR, environment=environment) in self.grants


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who did something, and when."""

    by: PersonId
    at: datetime


def require_email(email: str) -> None:
    """Refuse what no message can be sent to; empty: this person gets none by mail.

    Raises:
        EmailUnfit: it is not a name, @ and a host.
    """
    if email and not _EMAIL.fullmatch(email):
        raise EmailUnfit(email=email)


class PersonNotFound(NotFound):
    """Nobody of this name in the organisation."""

    code = "person.not_found"
    sentence = "There is no {person} in your organisation."


class LoginTaken(Conflict):
    """Somebody else has this login."""

    code = "person.login_taken"
    sentence = "The login {login} is taken. Choose another."


class LoginUnfit(Invalid):
    """A login stands in commands and in the audit record."""

    code = "person.login_unfit"
    sentence = (
        "{login} cannot be a login: use up to 100 small letters, digits and . _ @ + -, "
        "a letter or digit first."
    )


class NameMissing(Invalid):
    """Others see who booked, validated or canceled."""

    code = "person.name_missing"
    sentence = "Give {login} a name: others see it beside whatever this person does."


class EmailUnfit(Invalid):
    """Messages would go nowhere."""

    code = "person.email_unfit"
    sentence = "{email} is no e-mail address. Write one such as ana@example.org, or leave it empty."


class GrantUnfit(Invalid):
    """Delegated Administrators have an environment, other roles none."""

    code = "person.grant_unfit"
    sentence = (
        "The role {role} cannot be granted so: administrators need an environment, others none."
    )


class GrantNotFound(NotFound):
    """What somebody does not have cannot be taken away."""

    code = "person.grant_not_found"
    sentence = "{person} does not have the role {role} there. Look at who has what."


class LastOperator(Conflict):
    """Without an operator nobody could set anything up, or make another."""

    code = "person.last_operator"
    sentence = "This is the last platform operator. Add another one first."


class FirstOperatorExists(Conflict):
    """The first operator is made once; operators make the others."""

    code = "person.first_operator_exists"
    sentence = "There is a platform operator already. An operator can add others."
