"""Another organisation's thing is not found, never forbidden: every use case is walked."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import timedelta

from acme_books import Acme, MakeOrganisation, administrator, registration
from aligning import quiet
from blind import register_blindly
from journeys import down_align
from liftlock import services
from liftlock.books import Transaction
from liftlock.domain.consoles import Deed, Page
from liftlock.domain.environments import EnvironmentNotFound, Kind
from liftlock.domain.freezes import FreezeId
from liftlock.domain.histories import Wanted
from liftlock.domain.move_refusals import MoveNotFound
from liftlock.domain.moves import Move
from liftlock.domain.organisations import OrganisationNotFound
from liftlock.domain.people import Grant, Person, PersonNotFound, Role
from liftlock.domain.resolutions import How
from liftlock.domain.sessions import SessionId
from liftlock.domain.slots import SlotId
from liftlock.domain.statuses import MoveKind
from liftlock.identity.who_may import Action
from liftlock.services import (
    audit_events,
    calendars,
    consoles,
    environments,
    findings,
    freezes,
    histories,
    losses,
    moves,
    organisations,
    packages,
    people,
    policies,
    policy_versions,
    proposals,
    reports,
    restore_points,
    sessions,
    set_ups,
    slots,
    stages,
    steps,
    undos,
)
from liftlock.services.freezes import FreezeWish
from liftlock.services.slots import Soon
from liftlock.services.undos import UndoWish

NOT_FOUND = (OrganisationNotFound, EnvironmentNotFound, MoveNotFound, PersonNotFound)
Call = Callable[[Transaction, Person, Acme, Move], object]

CALLS: dict[str, Call] = {
    "audit_events.broken_in": lambda tx, who, a, _: audit_events.broken_in(
        tx, who, a.organisation.id
    ),
    "audit_events.chain": lambda tx, who, a, _: audit_events.chain(
        tx, who, a.organisation.id, after=0, at_most=1
    ),
    "audit_events.list_all": lambda tx, who, a, _: audit_events.list_all(
        tx, who, a.organisation.id
    ),
    "calendars.for_modifying": lambda tx, who, _, m: calendars.for_modifying(tx, who, m),
    "calendars.for_scheduling": lambda tx, who, a, m: calendars.for_scheduling(
        tx, who, a.organisation.id, m.kind
    ),
    "calendars.held": lambda tx, who, a, m: calendars.held(
        tx, who, a.organisation.id, Kind.DEVELOPMENT, m.kind
    ),
    "calendars.of_organisation": lambda tx, who, a, _: calendars.of_organisation(
        tx, who, a.organisation.id
    ),
    "consoles.of_move": lambda tx, who, _, m: consoles.of_move(tx, who, m.id),
    "consoles.refuse": lambda tx, who, _, m: consoles.refuse(tx, who, m, Deed.WITHDRAW),
    "consoles.require_may_schedule": lambda tx, who, a, m: consoles.require_may_schedule(
        tx, who, a.organisation.id, m.kind
    ),
    "consoles.show": lambda tx, who, a, _: consoles.show(
        tx, who, a.organisation.id, Page.DOWN_ALIGNMENT
    ),
    "consoles.situation": lambda tx, who, a, _: consoles.situation(tx, who, a.organisation.id),
    "environments.change": lambda tx, who, a, _: environments.change(
        tx, who, a.staging.id, registration(a.parts[Kind.STAGING])
    ),
    "environments.find": lambda tx, who, a, _: environments.find(tx, who, a.staging.id),
    "environments.list_all": lambda tx, who, a, _: environments.list_all(
        tx, who, a.organisation.id
    ),
    "environments.register": lambda tx, who, a, _: environments.register(
        tx, who, a.organisation.id, registration(a.parts[Kind.STAGING])
    ),
    "environments.show": lambda tx, who, a, _: environments.show(tx, who, a.staging.id),
    "findings.of_environment": lambda tx, who, a, _: findings.of_environment(tx, who, a.staging.id),
    "freezes.end": lambda tx, who, a, _: freezes.end(tx, who, a.organisation.id, FreezeId(1)),
    "freezes.enter": lambda tx, who, a, _: freezes.enter(
        tx,
        who,
        FreezeWish(
            organisation=a.organisation.id,
            begin=tx.now.replace(tzinfo=None),
            end=tx.now.replace(tzinfo=None) + timedelta(days=2),
            reason="year end",
            environment=Kind.STAGING,
        ),
    ),
    "freezes.list_all": lambda tx, who, a, _: freezes.list_all(tx, who, a.organisation.id),
    "freezes.override": lambda tx, who, _, m: freezes.override(tx, who, m.id, "no"),
    "histories.show": lambda tx, who, a, _: histories.show(tx, who, a.organisation.id, Wanted()),
    "losses.preview": lambda tx, who, a, _: losses.preview(
        tx, who, a.organisation.id, Kind.STAGING, systemdb_and_files=True, data=True
    ),
    "moves.cancel": lambda tx, who, _, m: moves.cancel(tx, who, m.id, "no"),
    "moves.list_moves": lambda tx, who, a, _: moves.list_moves(tx, who, a.organisation.id),
    "moves.modify_date": lambda tx, who, _, m: moves.modify_date(tx, who, m.id, Soon()),
    "moves.resolve": lambda tx, who, _, m: moves.resolve(tx, who, m.id, How.PUT_BACK_AGAIN),
    "moves.review": lambda tx, who, _, m: moves.review(tx, who, m.id),
    "moves.show": lambda tx, who, _, m: moves.show(tx, who, m.id),
    "moves.stop": lambda tx, who, _, m: moves.stop(tx, who, m.id),
    "moves.validate": lambda tx, who, _, m: moves.validate(tx, who, m.id, m.digest),
    "moves.withdraw": lambda tx, who, _, m: moves.withdraw(tx, who, m.id),
    "organisations.administrators": lambda tx, who, a, _: organisations.administrators(
        tx, who, a.organisation.id
    ),
    "organisations.change": lambda tx, who, a, _: organisations.change(
        tx, who, a.organisation.id, title="Mine"
    ),
    "organisations.find": lambda tx, who, a, _: organisations.find(tx, who, a.organisation.id),
    "organisations.lock": lambda tx, who, a, _: organisations.lock(tx, who, a.organisation.id),
    "organisations.set_up": lambda tx, who, a, _: organisations.set_up(
        tx, who, a.organisation.code, organisations.Settings(title="Mine")
    ),
    "organisations.show": lambda tx, who, a, _: organisations.show(tx, who, a.organisation.code),
    "packages.builds": lambda tx, who, a, _: packages.builds(
        tx, who, a.organisation.id, a.crm.code
    ),
    "packages.compare": lambda tx, who, a, _: packages.compare(tx, who, a.organisation.id),
    "packages.install_into_development": lambda tx, who, a, _: packages.install_into_development(
        tx, who, a.organisation.id, [a.crm.digest], store=a.store, tell=quiet
    ),
    "packages.list_all": lambda tx, who, a, _: packages.list_all(tx, who, a.organisation.id),
    "packages.push": lambda tx, who, a, _: packages.push(
        tx, who, a.organisation.id, a.store.read(a.crm.digest)
    ),
    "packages.require_may_push": lambda tx, who, a, _: packages.require_may_push(
        tx, who, a.organisation.id
    ),
    "packages.show": lambda tx, who, a, _: packages.show(tx, who, a.organisation.id, a.crm.digest),
    "people.by_login": lambda tx, who, a, _: people.by_login(
        tx, who, a.organisation.id, a.ana.login
    ),
    "people.named": lambda tx, who, a, _: people.named(tx, who, a.organisation.id, a.ana.login),
    "people.grant": lambda tx, who, a, _: people.grant(tx, who, a.ana.id, Grant(role=Role.AUDITOR)),
    "people.list_all": lambda tx, who, a, _: people.list_all(tx, who, a.organisation.id),
    "people.revoke": lambda tx, who, a, _: people.revoke(
        tx, who, a.eve.id, Grant(role=Role.AUDITOR)
    ),
    "policies.approve": lambda tx, who, a, _: policies.approve(
        tx, who, a.organisation.id, "files", 1
    ),
    "policies.check": lambda tx, who, a, _: policies.check(tx, who, a.organisation.id, ""),
    "policies.discover": lambda tx, who, a, _: policies.discover(
        tx, who, a.organisation.id, "files"
    ),
    "policies.filled_in": lambda tx, who, a, _: policies.filled_in(
        tx, who, a.organisation.id, 'repository = "files"'
    ),
    "policies.list_all": lambda tx, who, a, _: policies.list_all(tx, who, a.organisation.id),
    "policies.show": lambda tx, who, a, _: policies.show(tx, who, a.organisation.id, "files"),
    "policies.submit": lambda tx, who, a, _: policies.submit(tx, who, a.organisation.id, ""),
    "policy_versions.list_all": lambda tx, who, a, _: policy_versions.list_all(
        tx, who, a.organisation.id
    ),
    "policy_versions.of_repository": lambda tx, who, a, _: policy_versions.of_repository(
        tx, who, a.organisation.id, "files"
    ),
    "policy_versions.show": lambda tx, who, a, _: policy_versions.show(
        tx, who, a.organisation.id, "files", 1
    ),
    "proposals.offer": lambda tx, who, a, _: proposals.offer(tx, who, a.organisation.id),
    "proposals.offer_to_production": lambda tx, who, a, _: proposals.offer_to_production(
        tx, who, a.organisation.id
    ),
    "proposals.schedule_down_align": lambda tx, who, a, _: proposals.schedule_down_align(
        tx,
        who,
        proposals.DownAlignWish(
            organisation=a.organisation.id, when=Soon(), systemdb_and_files=True, data=True
        ),
    ),
    "proposals.schedule_move_to_production": (
        lambda tx, who, a, _: proposals.schedule_move_to_production(
            tx, who, proposals.MoveToProductionWish(organisation=a.organisation.id, when=Soon())
        )
    ),
    "proposals.schedule_move_to_staging": lambda tx, who, a, _: proposals.schedule_move_to_staging(
        tx, who, proposals.MoveToStagingWish(organisation=a.organisation.id, when=Soon())
    ),
    "reports.of_move": lambda tx, who, _, m: reports.of_move(tx, who, m.id),
    "restore_points.kept": lambda tx, who, a, _: restore_points.kept(tx, who, a.organisation.id),
    "restore_points.list_all": lambda tx, who, a, _: restore_points.list_all(tx, who, a.staging.id),
    "sessions.choose": lambda tx, who, a, _: sessions.choose(
        tx, who, SessionId(1), a.organisation.id
    ),
    "set_ups.rehearse": lambda tx, who, _, __: set_ups.rehearse(tx, who, "acme", Action.SET_UP, ()),
    "set_ups.submit_policy": lambda tx, who, _, __: set_ups.submit_policy(
        tx, who, "acme", "files", 'repository = "files"'
    ),
    "slots.book_maintenance": lambda tx, who, a, _: slots.book_maintenance(
        tx,
        who,
        a.staging.id,
        slots.At(day=tx.now.date(), hour=9, minute=0),
        length=timedelta(hours=1),
        reason="disks",
    ),
    "slots.list_maintenance": lambda tx, who, a, _: slots.list_maintenance(
        tx, who, a.organisation.id
    ),
    "slots.calendar": lambda tx, who, a, _: slots.calendar(tx, who, a.organisation.id),
    "organisations.of_move": lambda tx, who, _, m: organisations.of_move(tx, who, m.id),
    "slots.cancel_maintenance": lambda tx, who, a, _: slots.cancel_maintenance(
        tx, who, a.organisation.id, SlotId(1)
    ),
    "slots.hold": lambda tx, who, a, _: slots.hold(
        tx, who, a.organisation.id, MoveKind.DOWN_ALIGN, Soon()
    ),
    "stages.show": lambda tx, who, _, m: stages.show(tx, who, m.id),
    "stages.watch": lambda tx, who, _, m: stages.watch(tx, who, m.id),
    "steps.list_all": lambda tx, who, _, m: steps.list_all(tx, who, m.id),
    "undos.preview": lambda tx, who, _, m: undos.preview(tx, who, m.id),
    "undos.require_may": lambda tx, who, _, m: undos.require_may(tx, who, m.id),
    "undos.schedule": lambda tx, who, _, m: undos.schedule(
        tx, who, UndoWish(move=m.id, when=Soon())
    ),
}
SPEAK_OF_NO_ORGANISATION = {
    "answers.before",
    "answers.keep",
    "audit_events.broken",
    "audit_events.broken_links",
    "audit_events.installations_chain",
    "consoles.all_planned",
    "notifications.list_all",
    "notifications.read",
    "notifications.read_all",
    "notifications.unread",
    "organisations.create",
    "organisations.list_all",
    "passwords.issue_code",
    "passwords.set_own",
    "passwords.with_password",
    "people.add",
    "people.administered",
    "people.change_own_email",
    "people.create_key",
    "people.invite",
    "people.list_keys",
    "people.operator_named",
    "people.operators",
    "people.own_email",
    "people.revoke_key",
    "proposals.book",
    "sessions.end",
    "sessions.end_all",
    "sessions.list_all",
    "slots.book",
    "slots.release",
    "submissions.taken",
    "tasks.of_person",
    "workers.watch",
}
"""One's own things, those of operators alone, and what was handed a thing that was looked up."""


def use_cases() -> Iterator[str]:
    """Yield every public function of services that acts for somebody."""
    for found in pkgutil.iter_modules(services.__path__):
        module = importlib.import_module(f"{services.__name__}.{found.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or name.startswith("_"):
                continue
            if "who" in inspect.signature(function).parameters:
                yield f"{found.name}.{name}"


def test_every_use_case_is_walked() -> None:
    assert set(use_cases()) == CALLS.keys() | SPEAK_OF_NO_ORGANISATION


def test_what_belongs_to_another_organisation_is_not_found(
    acme: Acme, make_organisation: MakeOrganisation
) -> None:
    move = down_align(acme)
    with acme.books.transaction() as tx:
        beta = make_organisation.organisation(tx, "beta")
        ids = [register_blindly(tx, beta, kind).id for kind in Kind]
        bea = make_organisation.person(
            tx,
            beta,
            "Bea",
            *administrator(*ids),
            Grant(role=Role.AUDITOR),
            Grant(role=Role.PUBLISHER),
        )
    told: list[str] = []
    for name, call in CALLS.items():
        with acme.books.transaction() as tx:
            try:
                _ = call(tx, bea, acme, move)
            except NOT_FOUND as refusal:
                told.append(str(refusal))
            else:
                raise AssertionError(name)
    assert not [said for said in told if "Acme" in said]


def test_operators_belong_to_every_organisation(acme: Acme) -> None:
    move = down_align(acme)
    with acme.books.transaction() as tx:
        assert moves.show(tx, acme.operator, move.id).move == move
        assert organisations.list_all(tx, acme.operator) == (acme.organisation,)
