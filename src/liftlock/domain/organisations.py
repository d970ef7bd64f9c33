"""An organisation: the tenant that owns three environments."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from liftlock.errors import Conflict, Invalid, NotFound

OrganisationId = NewType("OrganisationId", int)

VALIDATORS_NEEDED = 2
"""How many people must be able to validate while four-eyes is on."""


class Plan(StrEnum):
    """What the organisation has subscribed to."""

    ENTERPRISE = "enterprise"
    ESSENTIAL = "essential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A tenant; `code` is its short name in URLs and commands."""

    id: OrganisationId
    code: str
    title: str
    plan: Plan
    self_service: bool
    four_eyes: bool


class OrganisationNotFound(NotFound):
    """No such organisation, or not one that who asks belongs to."""

    code = "organisation.not_found"
    sentence = "There is no organisation {organisation}."


class OrganisationCodeTaken(Conflict):
    """Another organisation has this code."""

    code = "organisation.code_taken"
    sentence = "The code {organisation} is taken. Choose another."


class OrganisationCodeUnfit(Invalid):
    """A code stands in addresses and commands."""

    code = "organisation.code_unfit"
    sentence = (
        "{organisation} cannot be a code: use up to 39 small letters, digits and hyphens, "
        "a letter first."
    )


class FourEyesNeedsTwo(Conflict):
    """With four-eyes on, whoever proposed could find nobody else to validate."""

    code = "organisation.four_eyes_needs_two"
    sentence = (
        "Four-eyes cannot be on in {organisation}: fewer than two people could validate in "
        "{lacking}. Appoint another Delegated Administrator there, or leave four-eyes off."
    )


def require_four_eyes_possible(organisation: Organisation, validators: Mapping[str, int]) -> None:
    """Refuse four-eyes where a proposal could find nobody to validate it.

    `validators` is how many people are administrators of each environment that moves are validated
    in (Staging, Production), by its title. Ask when four-eyes is switched on and, while it is on,
    when a grant is taken away.

    Raises:
        FourEyesNeedsTwo: names the environments that have fewer than two.
    """
    lacking = [title for title, count in validators.items() if count < VALIDATORS_NEEDED]
    if organisation.four_eyes and lacking:
        raise FourEyesNeedsTwo(organisation=organisation.code, lacking=lacking)
