"""Organisations: set up by the platform operator; found by their own people alone."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import Kind
from liftlock.domain.move_refusals import MoveNotFound
from liftlock.domain.moves import MoveId
from liftlock.domain.organisations import (
    Organisation,
    OrganisationId,
    OrganisationNotFound,
    Plan,
    require_four_eyes_possible,
)
from liftlock.domain.people import Person, Role
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.store import audit_events, moves, organisations

MASKING_KEY_BYTES = 32
VALIDATED_IN = (Kind.STAGING, Kind.PRODUCTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator says about an organisation; None: as it is, or the careful choice if new."""

    title: str | None = None
    plan: Plan | None = None
    self_service: bool | None = None
    four_eyes: bool | None = None


def set_up(tx: Transaction, who: Person, code: str, wished: Settings) -> Organisation:
    """Return the organisation with this code as it is wished, made where there is none.

    Raises: NotAllowed, OrganisationNotFound, OrganisationCodeUnfit, FourEyesNeedsTwo.
    """
    try:
        present = show(tx, who, code)
    except OrganisationNotFound:
        if Role.OPERATOR not in who.roles:
            raise
        plan = wished.plan or Plan.ESSENTIAL
        present = create(
            tx, who, code=code, title=wished.title or code, plan=plan,
            self_service=bool(wished.self_service),
        )  # fmt: skip
    return change(
        tx,
        who,
        present.id,
        title=wished.title,
        plan=wished.plan,
        self_service=wished.self_service,
        four_eyes=wished.four_eyes,
    )


def create(
    tx: Transaction, who: Person, *, code: str, title: str, plan: Plan, self_service: bool
) -> Organisation:
    """Set up an organisation, with a masking key of its own.

    Four-eyes is switched on once it has people.

    Raises: NotAllowed, OrganisationCodeTaken, OrganisationCodeUnfit.
    """
    who_may.require_operator(who)
    made = organisations.add(
        tx,
        code=code,
        title=title,
        plan=plan,
        self_service=self_service,
        masking_key=SecretStr(secrets.token_hex(MASKING_KEY_BYTES)),
    )
    audit_events.append(tx, Tag.ORGANISATION_SET_UP, made.id, who.id, fields=_said(made))
    return made


def change(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId,
    *,
    title: str | None = None,
    plan: Plan | None = None,
    self_service: bool | None = None,
    four_eyes: bool | None = None,
) -> Organisation:
    """Change what is given of an organisation.

    Raises: NotAllowed, OrganisationNotFound, FourEyesNeedsTwo.
    """
    present = lock(tx, who, organisation_id)
    who_may.require(who, Action.SET_UP, present)
    changed = replace(
        present,
        title=present.title if title is None else title,
        plan=present.plan if plan is None else plan,
        self_service=present.self_service if self_service is None else self_service,
        four_eyes=present.four_eyes if four_eyes is None else four_eyes,
    )
    require_four_eyes_kept(tx, changed)
    if changed == present:
        return present
    organisations.save(tx, changed)
    audit_events.append(tx, Tag.ORGANISATION_CHANGED, changed.id, who.id, fields=_said(changed))
    return changed


def require_four_eyes_kept(tx: Transaction, organisation: Organisation) -> None:
    """Refuse four-eyes where fewer than two people could validate in an environment.

    Raises: FourEyesNeedsTwo.
    """
    count = organisations.administrators(tx, organisation.id)
    validators = {kind.title: count.get(kind, 0) for kind in VALIDATED_IN}
    require_four_eyes_possible(organisation, validators)


def administrators(
    tx: Transaction, who: Person, organisation_id: OrganisationId
) -> Mapping[Kind, int]:
    """Return how many people administer each kind of environment.

    Raises: OrganisationNotFound.
    """
    found = find(tx, who, organisation_id)
    counted = organisations.administrators(tx, found.id)
    return {kind: counted.get(kind, 0) for kind in Kind}


def show(tx: Transaction, who: Person, code: str) -> Organisation:
    """Return the organisation with this code.

    Raises: OrganisationNotFound.
    """
    found = organisations.by_code(tx, code)
    if found is None or not _belongs(who, found.id):
        raise OrganisationNotFound(organisation=code)
    return found


def list_all(tx: Transaction, who: Person) -> tuple[Organisation, ...]:
    """Return the person's organisation; to an operator, all."""
    return tuple(o for o in organisations.load_all(tx) if _belongs(who, o.id))


def of_move(tx: Transaction, who: Person, move_id: MoveId) -> Organisation:
    """Return whose a move is; another organisation's is not found.

    Raises: MoveNotFound.
    """
    owner = moves.organisation_of(tx, move_id)
    known = {organisation.id: organisation for organisation in list_all(tx, who)}
    if owner is None or owner not in known:
        raise MoveNotFound(move=move_id)
    return known[owner]


def find(tx: Transaction, who: Person, organisation_id: OrganisationId) -> Organisation:
    """Return an organisation that the person belongs to; an operator belongs to all.

    Raises: OrganisationNotFound.
    """
    found = organisations.load(tx, organisation_id) if _belongs(who, organisation_id) else None
    return _found(found, organisation_id)


def lock(tx: Transaction, who: Person, organisation_id: OrganisationId) -> Organisation:
    """Return it as `find` does, and keep others from booking and beginning until `tx` ends.

    Raises: OrganisationNotFound.
    """
    found = organisations.lock(tx, organisation_id) if _belongs(who, organisation_id) else None
    return _found(found, organisation_id)


def _belongs(who: Person, organisation: OrganisationId) -> bool:
    return who.organisation == organisation or Role.OPERATOR in who.roles


def _found(found: Organisation | None, id_: OrganisationId) -> Organisation:
    if found is None:
        raise OrganisationNotFound(organisation=str(id_))
    return found


def _said(organisation: Organisation) -> dict[str, str | int | bool]:
    return {
        "organisation": organisation.code,
        "plan": organisation.plan,
        "self_service": organisation.self_service,
        "four_eyes": organisation.four_eyes,
    }
