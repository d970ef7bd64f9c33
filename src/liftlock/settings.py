"""The one typed view of the variables `LIFTLOCK_…`: what an operator may decide for a process."""

import os
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _home() -> Path:
    """Root's own folder is out of reach for the user whom PostgreSQL runs as."""
    return Path("/var/lib/liftlock") if os.geteuid() == 0 else Path.home() / ".liftlock"


class Settings(BaseSettings):
    """What an operator may decide: each field is `LIFTLOCK_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="LIFTLOCK_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=_home)
    """Where master key, module store and embedded PostgreSQL live when nothing else is said."""
    database_url: SecretStr | None = None
    """Connection string of the books. Without it, a PostgreSQL is started below `home`."""
    database_tls: Literal["verify", "none"] = "verify"
    """Whether the way to the books is verified TLS where it leaves this machine; or `none`."""
    database_root_certificate: Path | None = None
    """A file in PEM: the authority that vouches for the books' server."""
    pg_bin: Path | None = None
    """A folder of PostgreSQL programs to use before all others."""
    master_key_file: Path | None = None
    """Mode 0600; default: `master.key` below `home`."""
    signing_key_file: Path | None = None
    """Mode 0600; default: `signing.key` below `home`. Its public half lies beside it."""
    audit_heads: Path | None = None
    """The folder that heads of the audit record are taken to; default: `audit-heads` below `home`.
    """
    audit_heads_s: float = 600.0
    """How often a worker signs the heads of chains that have grown."""
    module_store: Path | None = None
    """An OCI image layout; default: `modules` below `home`."""
    zone: str = "UTC"
    """The platform's time zone, written into the books by `liftlock init`."""
    url: str = "http://127.0.0.1:8550"
    """Where commands find the API."""
    api_key: SecretStr | None = None
    """Who commands act for."""
    organisation: str | None = None
    """The code of the organisation that a platform operator's commands speak of."""
    public_url: str | None = None
    """The address that people open the console by; https there makes its cookies Secure."""
    mail_url: SecretStr | None = None
    """The mail server that messages go out by; without one they stay in people's inboxes."""
    mail_s: float = 2.0
    """How often a worker looks whether mail is to be sent."""
    look_ahead_s: float = 30.0
    """How often a worker looks for moves that are about to expire."""
    session_idle_min: int = Field(default=120, gt=0)
    """After how many minutes without a request a session of the console ends."""
    session_hours: int = Field(default=24, gt=0)
    """After how many hours a session of the console ends in any case."""
    notifications_days: int = Field(default=365, gt=0)
    """After how many days a notification, read or not, is forgotten."""
    host: str = "127.0.0.1"
    """The address that `liftlock serve` listens on."""
    port: int = 8550
    """The port that `liftlock serve` listens on."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """The reverse proxies, as addresses or networks with commas between: what these alone say in
    X-Forwarded-For and X-Forwarded-Proto is believed.
    """
    metrics_token: SecretStr | None = None
    """What whoever reads `/metrics` brings as bearer token; without one nobody reads it."""
    pool_size: int = 50
    """Connections to the books for one process; at least the web framework's 40 threads."""
    beat_s: float = 5.0
    """How often a worker shows that it lives."""
    death_s: float = 30.0
    """After how long without a beat a worker's moves are taken over."""
    tick_s: float = 1.0
    """How often a worker looks for moves that are due."""
    janitor_s: float = 60.0
    """How often a worker looks for moves that the engine has lost."""

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _as_networks(cls, given: object) -> object:
        """Take each apart; one that is no address or network is named."""
        if not isinstance(given, str):
            return given
        proxies = tuple(each.strip() for each in given.split(",") if each.strip())
        for each in proxies:
            try:
                _ = ip_network(each)
            except ValueError:
                said = f"{each} is no address and no network, such as 10.0.0.7 or 10.0.0.0/28"
                raise ValueError(said) from None
        return proxies

    @property
    def master_key_path(self) -> Path:
        """Return where the master key is kept."""
        return self.master_key_file or self.home / "master.key"

    @property
    def signing_key_path(self) -> Path:
        """Return where the key is kept that signs what Liftlock leaves behind."""
        return self.signing_key_file or self.home / "signing.key"

    @property
    def audit_heads_path(self) -> Path:
        """Return where heads of the audit record are taken to."""
        return self.audit_heads or self.home / "audit-heads"

    @property
    def console_url(self) -> str:
        """Return the address that links of messages lead to."""
        return self.public_url or self.url

    @property
    def module_store_path(self) -> Path:
        """Return where module packages are kept."""
        return self.module_store or self.home / "modules"


@cache
def settings() -> Settings:
    """Read the environment variables once for this process."""
    return Settings()


def forget_environment(prefix: str) -> None:
    """Take the variables that begin so away from a library that would obey them."""
    for name in [name for name in os.environ if name.startswith(prefix)]:  # noqa: TID251  the one place
        del os.environ[name]  # noqa: TID251  the one place
