"""What a down alignment is of: Production, the live target, the attempt's copy beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from liftlock.domain.environments import DataPolicy
from liftlock.domain.moves import Scope
from liftlock.domain.policies import Policy
from liftlock.environments.names import OwnerMark
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database

FILES = "files"
"""The repository that a policy for the files configuration names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One database of the alignment in its three places, and the decisions about it."""

    source: Database
    target: Database
    copy: Database
    policy: Policy
    data_policy: DataPolicy

    @property
    def label(self) -> str:
        """Return what the database is called in every environment."""
        return self.source.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Everything that a down alignment needs; every function of `downalign` takes it."""

    source: Parts
    """Production, live."""
    target: Parts
    """The live target."""
    copy: Parts
    """The target's places at the attempt's own names; only the databases in scope."""
    data_policy: DataPolicy
    scope: Scope
    policies: Mapping[str, Policy]
    """Merged, by database label, and `files`."""
    key: SecretStr
    """The organisation's masking key, in hexadecimal."""
    mark: OwnerMark

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Return each database in scope with its places and decisions."""
        return tuple(self._pairs())

    @property
    def files_policy(self) -> Policy:
        """Return the decisions about the files configuration."""
        return self.policy(FILES)

    def policy(self, repository: str) -> Policy:
        """Return the decisions about a repository: none, where nobody wrote any."""
        return self.policies.get(repository) or Policy(repository=repository)

    def _pairs(self) -> Iterator[Pair]:
        for copy in self.copy.databases:
            yield Pair(
                source=self.source.database(copy.label),
                target=self.target.database(copy.label),
                copy=copy,
                policy=self.policy(copy.label),
                data_policy=self.data_policy,
            )
