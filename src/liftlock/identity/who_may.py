"""One table: who may do what, where, under which prerequisites. Services ask it, pages obey it.

A refusal names the prerequisite that is missing and who can give it. What belongs to another
organisation is *not found*, never *forbidden*.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from liftlock.domain import prerequisites
from liftlock.domain.environments import Environment, EnvironmentNotFound, Kind
from liftlock.domain.organisations import Organisation, OrganisationNotFound
from liftlock.domain.people import Person, Role
from liftlock.errors import Forbidden, LiftlockError


class Action(StrEnum):
    """Everything that a person or a key can ask for."""

    SCHEDULE_MOVE_TO_STAGING = "schedule a Move to Staging"
    WITHDRAW_MOVE_TO_STAGING = "withdraw a Move to Staging"
    SCHEDULE_DOWN_ALIGN = "schedule a Down Align"
    WITHDRAW_DOWN_ALIGN = "cancel a Down Align"
    PREVIEW_LOSSES = "preview what a Down Align would lose"
    SCHEDULE_MOVE_TO_PRODUCTION = "schedule a Move to Production"
    WITHDRAW_MOVE_TO_PRODUCTION = "withdraw a Move to Production"
    VALIDATE = "validate a proposal"
    MODIFY_DATE = "modify the date of a proposal"
    CANCEL = "cancel a proposal"
    STOP = "stop a move"
    RESOLVE = "resolve an errored move"
    UNDO = "undo a move"
    HOLD_SLOT = "hold a time"
    BOOK_MAINTENANCE = "book or cancel maintenance"
    ENTER_FREEZE = "enter or end a freeze"
    OVERRIDE_FREEZE = "override a freeze"
    DRAFT_POLICY = "draft a masking policy"
    APPROVE_POLICY = "approve a masking policy"
    SEE_POLICY_VALUES = "see Production's values in a policy preview"
    GRANT_POLICY_VALUES = "let somebody see Production's values"
    APPOINT_ADMINISTRATOR = "appoint a Delegated Administrator"
    PUSH_PACKAGE = "push a module package"
    INSTALL_MODULE = "install a module into Development"
    MANAGE_OWN_KEYS = "create and revoke one's own keys"
    READ = "read moves, calendar, environments and restore points"
    READ_PACKAGES = "read modules and packages"
    READ_AUDIT = "read the audit record"
    SET_UP = "set up organisations, environments, plans, self-service and people"
    WATCH_WORKERS = "see the workers"


class NotAllowed(Forbidden):
    """None of the person's roles may do this."""

    code = "action.not_allowed"
    sentence = "You may not {action}: only {roles} may."


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Who may do one thing."""

    administrators_of: frozenset[Kind] = frozenset()
    """Delegated Administrators of the environment concerned, which is of one of these kinds."""
    of_any: bool = False
    """Delegated Administrators of any environment of the organisation."""
    others: frozenset[Role] = frozenset()
    """Roles that may as well, without the prerequisites of self-service."""
    everybody: bool = False

    @property
    def administrators(self) -> bool:
        """Tell whether it is a part of self-service."""
        return self.of_any or bool(self.administrators_of)


_DEVELOPMENT = frozenset({Kind.DEVELOPMENT})
_STAGING = frozenset({Kind.STAGING})
_PRODUCTION = frozenset({Kind.PRODUCTION})
_VALIDATING = _STAGING | _PRODUCTION
_EACH = frozenset(Kind)
_OPERATOR = frozenset({Role.OPERATOR})
_PUBLISHER = frozenset({Role.PUBLISHER})
_READERS = frozenset({Role.OPERATOR, Role.AUDITOR})

TABLE: Mapping[Action, Row] = MappingProxyType(
    {
        Action.SCHEDULE_MOVE_TO_STAGING: Row(administrators_of=_DEVELOPMENT),
        Action.WITHDRAW_MOVE_TO_STAGING: Row(administrators_of=_DEVELOPMENT),
        Action.SCHEDULE_DOWN_ALIGN: Row(administrators_of=_DEVELOPMENT),
        Action.WITHDRAW_DOWN_ALIGN: Row(administrators_of=_DEVELOPMENT),
        Action.PREVIEW_LOSSES: Row(administrators_of=_DEVELOPMENT | _STAGING),
        Action.SCHEDULE_MOVE_TO_PRODUCTION: Row(administrators_of=_STAGING),
        Action.WITHDRAW_MOVE_TO_PRODUCTION: Row(administrators_of=_STAGING),
        Action.VALIDATE: Row(administrators_of=_VALIDATING),
        Action.MODIFY_DATE: Row(administrators_of=_VALIDATING),
        Action.CANCEL: Row(administrators_of=_EACH),
        Action.STOP: Row(administrators_of=_EACH),
        Action.RESOLVE: Row(administrators_of=_EACH),
        Action.UNDO: Row(administrators_of=_EACH),
        Action.HOLD_SLOT: Row(administrators_of=_EACH),
        Action.BOOK_MAINTENANCE: Row(administrators_of=_EACH, others=_OPERATOR),
        Action.ENTER_FREEZE: Row(administrators_of=_EACH, others=_OPERATOR),
        Action.OVERRIDE_FREEZE: Row(administrators_of=_EACH, others=_OPERATOR),
        Action.DRAFT_POLICY: Row(administrators_of=_DEVELOPMENT),
        Action.APPROVE_POLICY: Row(administrators_of=_PRODUCTION),
        Action.SEE_POLICY_VALUES: Row(others=frozenset({Role.PREVIEWER})),
        Action.GRANT_POLICY_VALUES: Row(administrators_of=_PRODUCTION),
        Action.APPOINT_ADMINISTRATOR: Row(administrators_of=_EACH, others=_OPERATOR),
        Action.PUSH_PACKAGE: Row(administrators_of=_DEVELOPMENT, others=_PUBLISHER),
        Action.INSTALL_MODULE: Row(administrators_of=_DEVELOPMENT, others=_PUBLISHER),
        Action.MANAGE_OWN_KEYS: Row(everybody=True),
        Action.READ: Row(of_any=True, others=_READERS),
        Action.READ_PACKAGES: Row(of_any=True, others=_READERS | _PUBLISHER),
        Action.READ_AUDIT: Row(of_any=True, others=_READERS),
        Action.SET_UP: Row(others=_OPERATOR),
        Action.WATCH_WORKERS: Row(others=_OPERATOR),
    }
)


def require(
    who: Person, action: Action, organisation: Organisation, environment: Environment | None = None
) -> None:
    """Refuse unless the person may do this in the organisation, to the environment concerned.

    Raises:
        OrganisationNotFound: it is not the person's own.
        EnvironmentNotFound: it is another organisation's.
        PrerequisiteMissing: names which of the three is missing, and who can give it.
        NotAllowed: names who may.
    """
    refusal = why_not(who, action, organisation, environment)
    if refusal is not None:
        raise refusal


def may(
    who: Person, action: Action, organisation: Organisation, environment: Environment | None = None
) -> bool:
    """Tell whether `require` would let this pass: what a page shows, and what it hides."""
    return why_not(who, action, organisation, environment) is None


def why_not(
    who: Person, action: Action, organisation: Organisation, environment: Environment | None = None
) -> LiftlockError | None:
    """Return the refusal that `require` would raise, or None."""
    row = TABLE[action]
    return _not_found(who, organisation, environment) or _forbidden(
        who, action, row, organisation, environment
    )


def require_operator(who: Person, action: Action = Action.SET_UP) -> None:
    """Refuse everybody but the platform operator, where there is no organisation yet.

    Raises:
        NotAllowed: the person is no operator.
    """
    if Role.OPERATOR not in who.roles or Role.OPERATOR not in TABLE[action].others:
        raise _not_allowed(action)


def _not_found(
    who: Person, organisation: Organisation, environment: Environment | None
) -> LiftlockError | None:
    is_operator = Role.OPERATOR in who.roles
    if who.organisation != organisation.id and not is_operator:
        return OrganisationNotFound(organisation=organisation.code)
    if environment is not None and environment.organisation != organisation.id:
        return EnvironmentNotFound(environment=environment.kind.title)
    return None


def _forbidden(
    who: Person,
    action: Action,
    row: Row,
    organisation: Organisation,
    environment: Environment | None,
) -> Forbidden | None:
    if row.everybody or row.others & who.roles:
        return None
    if not row.administrators or Role.OPERATOR in who.roles:
        return _not_allowed(action)
    if row.of_any:
        return prerequisites.missing(who, organisation, None)
    if environment is None or environment.kind not in row.administrators_of:
        return _not_allowed(action)
    return prerequisites.missing(who, organisation, environment)


def _not_allowed(action: Action) -> NotAllowed:
    return NotAllowed(action=action, roles=_who_said(TABLE[action]))


def _who_said(row: Row) -> str:
    if row.everybody:
        return "Everybody"
    said = [_administrators_said(row)] if row.administrators else []
    said += [_ROLES[role] for role in Role if role in row.others]
    return ", ".join(said)


def _administrators_said(row: Row) -> str:
    if row.of_any:
        return "Delegated Administrators"
    kinds = [kind.title for kind in Kind if kind in row.administrators_of]
    if row.administrators_of == _EACH:
        return "Delegated Administrators of the environment concerned"
    return f"Delegated Administrators of {' or '.join(kinds)}"


_ROLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.OPERATOR: "platform operators",
        Role.AUDITOR: "auditors",
        Role.PUBLISHER: "module publishers",
        Role.PREVIEWER: "those granted to see Production's values",
    }
)


def as_markdown() -> str:
    """Return the table for the manual: action, who, and whether the prerequisites count."""
    lines = ["| Action | Who | Three prerequisites |", "|---|---|---|"]
    lines += [
        f"| {action} | {_who_said(row)} | {_prerequisites_said(row)} |"
        for action, row in TABLE.items()
    ]
    return "\n".join(lines) + "\n"


def _prerequisites_said(row: Row) -> str:
    if not row.administrators:
        return "no"
    return "for administrators" if row.others else "yes"
