"""What the books refuse: the name of each constraint, and the error that people get for it.

Constraints that a person can run into have a refusal of their own. All others are kept by the code
above: that one of them is broken is a bug, said without the server's words, which hold values.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import LiteralString, TypeAlias

from psycopg import Cursor
from psycopg.errors import IntegrityError

from liftlock.books import Transaction
from liftlock.domain.environments import (
    DataPolicyMissing,
    EnvironmentExists,
    FilesPathUnfit,
    LabelTaken,
    LabelUnfit,
    OneSystemDB,
    ReplicaForDevelopment,
    SamePlaceTwice,
)
from liftlock.domain.keys import KeyNameTaken
from liftlock.domain.move_refusals import AnotherIsRunning
from liftlock.domain.organisations import OrganisationCodeTaken, OrganisationCodeUnfit
from liftlock.domain.people import GrantUnfit, LoginTaken, LoginUnfit, NameMissing
from liftlock.domain.resolutions import AlreadyBeingResolved
from liftlock.domain.slots import SlotTaken
from liftlock.domain.undos import UndoWaits
from liftlock.errors import LiftlockError

Written: TypeAlias = Mapping[str, object]
"""What a statement was to write, by the names of its parameters."""

REFUSALS: Mapping[str, Callable[[Written], LiftlockError]] = MappingProxyType(
    {
        "organisations_code_unique": lambda w: OrganisationCodeTaken(organisation=str(w["code"])),
        "organisations_code_fits": lambda w: OrganisationCodeUnfit(organisation=str(w["code"])),
        "environments_one_of_a_kind": lambda w: EnvironmentExists(
            environment=str(w["kind"]).capitalize(), organisation="your organisation"
        ),
        "environments_files_unique": lambda w: SamePlaceTwice(
            place=f"Directory {w['files']}", environment="This one"
        ),
        "environments_files_apart": lambda w: SamePlaceTwice(
            place=f"Directory {w['files']}, or one above or below it,", environment="This one"
        ),
        "environments_files_absolute": lambda w: FilesPathUnfit(files=str(w["files"])),
        "environments_development_anonymized": lambda _: ReplicaForDevelopment(),
        "environments_data_policy_known": lambda w: DataPolicyMissing(
            environment=str(w["kind"]).capitalize()
        ),
        "environment_databases_label_unique": lambda w: LabelTaken(label=str(w["label"])),
        "environment_databases_label_fits": lambda w: LabelUnfit(label=str(w["label"])),
        "environment_databases_database_unique": lambda w: SamePlaceTwice(
            place=f"Database {w['name']}", environment=f"the database {w['label']}"
        ),
        "environment_databases_one_systemdb": lambda _: OneSystemDB(
            environment="An environment", count=2
        ),
        "people_login_unique": lambda w: LoginTaken(login=str(w["login"])),
        "people_login_fits": lambda w: LoginUnfit(login=str(w["login"])),
        "people_name_given": lambda w: NameMissing(login=str(w["login"])),
        "grants_administrator_of_environment": lambda w: GrantUnfit(role=str(w["role"])),
        "keys_name_unique": lambda _: KeyNameTaken(),
        "slots_never_overlap": lambda _: SlotTaken(
            wanted="That time", by="another booking", ends="its end", free="see the calendar"
        ),
        "moves_one_running": lambda w: AnotherIsRunning(move=str(w["id"])),
        "moves_one_undo": lambda _: UndoWaits(undo="An Undo"),
        "resolutions_one_open": lambda w: AlreadyBeingResolved(move=str(w["move"])),
    }
)

KEPT_BY_CODE = frozenset(
    {
        "installations_pkey",
        "installations_only_one",
        "installations_name_fits",
        "installations_lengths_positive",
        "organisations_pkey",
        "organisations_plan_known",
        "environments_pkey",
        "environments_organisation_known",
        "environments_of_organisation",
        "environments_kind_known",
        "environment_databases_pkey",
        "environment_databases_environment_known",
        "environment_databases_role_known",
        "environment_databases_tls_known",
        "people_pkey",
        "people_organisation_known",
        "grants_pkey",
        "grants_person_known",
        "grants_environment_known",
        "grants_granter_known",
        "grants_unique",
        "grants_role_known",
        "keys_pkey",
        "keys_person_known",
        "keys_digest_unique",
        "keys_digest_is_sha256",
        "packages_pkey",
        "packages_organisation_known",
        "packages_pusher_known",
        "packages_digest_unique",
        "packages_digest_is_sha256",
        "slots_pkey",
        "slots_organisation_known",
        "slots_person_known",
        "slots_environment_known",
        "slots_of_organisation",
        "slots_purpose_known",
        "slots_bounded",
        "slots_on_the_grid",
        "slots_holds_expire",
        "slots_one_hold_a_person",
        "freezes_pkey",
        "freezes_organisation_known",
        "freezes_environment_known",
        "freezes_person_known",
        "freezes_reason_given",
        "freezes_bounded",
        "freezes_of_organisation",
        "freezes_weekly_fits",
        "freeze_overrides_pkey",
        "freeze_overrides_freeze_known",
        "freeze_overrides_move_known",
        "freeze_overrides_person_known",
        "freeze_overrides_reason_given",
        "moves_pkey",
        "moves_organisation_known",
        "moves_source_known",
        "moves_target_known",
        "moves_slot_known",
        "moves_slot_unique",
        "moves_of_organisation",
        "moves_submitter_known",
        "moves_accepter_known",
        "moves_validator_known",
        "moves_date_modifier_known",
        "moves_stopper_known",
        "moves_resolver_known",
        "moves_kind_known",
        "moves_state_known",
        "moves_cause_known",
        "moves_go_their_way",
        "moves_run_with_steps",
        "moves_ended_when_over",
        "moves_validated_by_somebody",
        "moves_undoes_known",
        "moves_undone_by_known",
        "moves_undo_undoes",
        "moves_undone_by_an_undo",
        "steps_pkey",
        "steps_move_known",
        "steps_state_known",
        "resolutions_pkey",
        "resolutions_move_known",
        "resolutions_person_known",
        "resolutions_how_known",
        "resolutions_state_known",
        "restore_points_pkey",
        "restore_points_move_unique",
        "restore_points_move_known",
        "restore_points_environment_known",
        "policies_pkey",
        "policies_organisation_known",
        "policies_submitter_known",
        "policies_approver_known",
        "policies_version_unique",
        "policies_state_known",
        "policies_approved_by_somebody",
        "policies_one_approved",
        "policies_one_submitted",
        "audit_events_pkey",
        "audit_events_organisation_known",
        "audit_events_person_known",
        "audit_events_move_known",
        "audit_events_environment_known",
        "audit_events_position_unique",
        "audit_events_keep",
        "notifications_pkey",
        "notifications_organisation_known",
        "notifications_person_known",
        "notifications_move_known",
        "mailings_pkey",
        "mailings_notification_known",
        "mailings_state_known",
        "mailings_end_some_time",
        "workers_pkey",
        "fences_pkey",
        "fences_environment_known",
        "fences_move_known",
        "migrations_pkey",
        "passwords_pkey",
        "passwords_person_known",
        "passwords_set_at_some_time",
        "passwords_code_ends",
        "passwords_code_is_sha256",
        "sessions_pkey",
        "sessions_digest_unique",
        "sessions_person_known",
        "sessions_organisation_known",
        "sessions_digest_is_sha256",
        "sign_ins_pkey",
        "answers_pkey",
        "answers_person_known",
        "answers_key_is_sha256",
        "answers_request_is_sha256",
        "submissions_pkey",
        "submissions_person_known",
        "submissions_digest_is_sha256",
    }
)


class RuleBroken(Exception):
    """A bug: the code above should have kept this rule.

    Its one argument is the constraint's name.
    """


def write(tx: Transaction, statement: LiteralString, fields: Written) -> Cursor:
    """Execute a statement that writes.

    Raises:
        LiftlockError: the refusal that belongs to the constraint that stood in the way.
        RuleBroken: a constraint that only a bug can break.
    """
    try:
        return tx.connection.execute(statement, fields)
    except IntegrityError as error:
        raise refusal(error.diag.constraint_name, fields) from None


def refusal(constraint: str | None, fields: Written) -> LiftlockError | RuleBroken:
    """Return the error that a constraint stands for."""
    refuse = REFUSALS.get(constraint or "")
    return RuleBroken(constraint or "an unnamed constraint") if refuse is None else refuse(fields)
