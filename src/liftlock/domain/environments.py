"""An environment: which of the three it is, and what its data may be."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from liftlock.domain.organisations import OrganisationId
from liftlock.errors import Conflict, Invalid, NotFound

EnvironmentId = NewType("EnvironmentId", int)


class Kind(StrEnum):
    """Which of an organisation's three environments."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"

    @property
    def title(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride, reportImplicitOverride]
        """Return the name that people read: Development, Staging, Production."""
        return self.value.capitalize()


class DatabaseRole(StrEnum):
    """What a database is in its environment."""

    SYSTEMDB = "systemdb"
    DATA = "data"
    BOTH = "both"


class DataPolicy(StrEnum):
    """What of Production's data may be in an environment after a down alignment."""

    REPLICA = "replica"
    ANONYMIZED = "anonymized"


class Tls(StrEnum):
    """Whether connections to a server that leave this machine are encrypted."""

    VERIFY = "verify"
    """TLS, and only with the very server whose name and certificate agree."""
    NONE = "none"
    """Said by the operator: nobody else can listen on the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An environment as the books know it; its connections are elsewhere, encrypted."""

    id: EnvironmentId
    organisation: OrganisationId
    kind: Kind
    data_policy: DataPolicy | None
    """None in Production, which is never the target of a down alignment."""


class EnvironmentNotFound(NotFound):
    """No such environment, or another organisation's."""

    code = "environment.not_found"
    sentence = "There is no environment {environment} in your organisation."


class EnvironmentExists(Conflict):
    """An organisation has one environment of each kind."""

    code = "environment.exists"
    sentence = "{environment} of {organisation} is set up already. Change that one."


class SamePlaceTwice(Conflict):
    """Two environments would name the same database or directory."""

    code = "environment.same_place_twice"
    sentence = "{place} belongs to another environment already. Give {environment} one of its own."


class ReplicaForDevelopment(Invalid):
    """Development never holds real values."""

    code = "environment.replica_for_development"
    sentence = (
        "Development is always anonymized; replica is refused. Set its data policy to anonymized."
    )


class DataPolicyMissing(Invalid):
    """Staging's data policy is written out, never assumed."""

    code = "environment.data_policy_missing"
    sentence = "Say what data {environment} may have: its data policy is replica or anonymized."


class ProductionHasNoDataPolicy(Invalid):
    """Production is never the target of a down alignment."""

    code = "environment.production_has_no_data_policy"
    sentence = "Production is never aligned, so it has no data policy. Leave it out."


class LabelTaken(Invalid):
    """Two databases of one environment would have the same label."""

    code = "environment.label_taken"
    sentence = "Two databases are called {label}. Give each a label of its own."


class LabelUnfit(Invalid):
    """A label stands in policies, in module manifests and in commands."""

    code = "environment.label_unfit"
    sentence = (
        "{label} cannot label a database: use up to 39 small letters, digits, _ and -, a letter "
        "first, and not the word files."
    )


class OneSystemDB(Invalid):
    """Exactly one database says which modules are installed."""

    code = "environment.one_systemdb"
    sentence = "{environment} needs exactly one database that is its SystemDB; {count} were given."


class OnlyProductionIsKeptWhole(Invalid):
    """Below Production the swap leaves a restore point behind for nothing."""

    code = "environment.only_production_is_kept_whole"
    sentence = (
        "{environment} needs no commands for its restore point: what a move replaces there is "
        "kept as it is. Leave restore_point out."
    )


class FilesPathUnfit(Invalid):
    """A directory is named from the root."""

    code = "environment.files_path_unfit"
    sentence = (
        "{files} is no absolute path of a directory. Write it from the root: /srv/acme/files."
    )


class EnvironmentInAMove(Conflict):
    """What a running move works on stays what it was when the move began."""

    code = "environment.in_a_move"
    sentence = "{move} is running. Change environments when it has ended."


def require_data_policy(kind: Kind, policy: DataPolicy | None) -> None:
    """Refuse a data policy that an environment of this kind cannot have.

    Raises:
        ReplicaForDevelopment: Development is always anonymized.
        DataPolicyMissing: Staging and Development need it written out.
        ProductionHasNoDataPolicy: Production has none.
    """
    if kind is Kind.PRODUCTION:
        if policy is not None:
            raise ProductionHasNoDataPolicy
        return
    if policy is None:
        raise DataPolicyMissing(environment=kind.title)
    if kind is Kind.DEVELOPMENT and policy is not DataPolicy.ANONYMIZED:
        raise ReplicaForDevelopment
