"""What makes a connection safe: a server that proves who it is, TLS around it, SCRAM inside it.

A string that leaves this machine gets `sslmode=verify-full` and channel binding, whatever it says
itself; only an operator who writes `tls = "none"` sends bytes in the clear. Every connection, also
one that stays on this machine, accepts no login but SCRAM: a server that asks for the password
itself, or for none, is left before anything is sent. Only
the books may be reached by `peer` over a socket.
"""

import ipaddress
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from liftlock.domain.environments import Tls
from liftlock.errors import Invalid
from liftlock.settings import settings

_KNOWS_REQUIRE_AUTH = 16
_SURELY_ENCRYPTED = ("require", "verify")


class RootCertificateUnreadable(Invalid):
    """A root certificate is public, and it is a certificate."""

    code = "server.root_certificate_unreadable"
    sentence = (
        "The root certificate of {label} cannot be read. Give the certificate of the authority in "
        "PEM (-----BEGIN CERTIFICATE-----), without any private key."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked of the way to a server."""

    tls: Tls = Tls.VERIFY
    root_certificate: str | None = None
    """PEM text; without it the string's own `sslrootcert` counts, else libpq's usual place."""
    peer: bool = False
    """Over a socket, without a password, the server may know who comes by the system's own word."""


VERIFIED = Demand()
"""What counts where nothing is said."""


def strict(conninfo: str, demand: Demand) -> str:
    """Return the same way in, which libpq takes safely or not at all."""
    given = conninfo_to_dict(conninfo)
    by_system = demand.peer and _is_socket(given) and given.get("password") is None
    logins = "scram-sha-256,none" if by_system else "scram-sha-256"
    return make_conninfo(conninfo, **verified(conninfo, demand), require_auth=logins)


def verified(conninfo: str, demand: Demand) -> dict[str, str]:
    """Return what TLS adds to a connection string; nothing where the way stays in the clear."""
    if not is_encrypted(conninfo, demand):
        return {}
    rooted = demand.root_certificate
    root = {} if rooted is None else {"sslrootcert": str(root_certificate_file(rooted))}
    return {"sslmode": "verify-full", "channel_binding": "require", **root}


def is_encrypted(conninfo: str, demand: Demand) -> bool:
    """Say whether a connection is to be encrypted, or not to be made."""
    given = conninfo_to_dict(conninfo)
    if _is_socket(given):
        return False
    asked = str(given.get("sslmode") or "").startswith(_SURELY_ENCRYPTED)
    if demand.tls is Tls.NONE:
        return asked
    return asked or demand.root_certificate is not None or not _stays_here(given)


def for_program(conninfo: str, major: int) -> str:
    """Return the same way in for a client program, whose libpq may not know every word of ours.

    Until 15 none can be told to insist on SCRAM; where there is TLS, channel binding insists on it.
    """
    given = conninfo_to_dict(conninfo)
    if major < _KNOWS_REQUIRE_AUTH:
        _ = given.pop("require_auth", None)
    return make_conninfo("", **given)


def require_certificate(text: str | None, label: str) -> None:
    """Refuse what is no certificate in PEM, or comes with a private key; None is fine.

    Raises: RootCertificateUnreadable.
    """
    if text is not None and not _is_certificate(text):
        raise RootCertificateUnreadable(label=label)


def _is_certificate(text: str) -> bool:
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        return False
    return bool(found) and "PRIVATE KEY" not in text


def root_certificate_file(text: str) -> Path:
    """Return a file that holds a root certificate: what libpq and every program can be told.

    It stays below Liftlock's home under a name that follows from its content, and everybody may
    read it: an application that was started with it goes on to use it.
    """
    folder = settings().home / "certificates"
    path = folder / f"{sha256(text.encode()).hexdigest()[:32]}.pem"
    if not _holds(path, text):
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as half_made:
            _ = half_made.write(text)
        half = Path(half_made.name)
        half.chmod(0o644)
        _ = half.rename(path)
    return path


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text() == text
    except OSError:
        return False


def _is_socket(given: dict[str, str | int | None]) -> bool:
    hosts = _hosts(given)
    return not given.get("hostaddr") and all(host.startswith(("/", "@")) for host in hosts)


def _stays_here(given: dict[str, str | int | None]) -> bool:
    """Whether a string names this very machine, and nothing that could be another."""
    return all(host.startswith(("/", "@")) or is_loopback(host) for host in _hosts(given))


def is_loopback(host: str) -> bool:
    """Say whether a host is this very machine, by its address or as localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hosts(given: dict[str, str | int | None]) -> list[str]:
    """Return the hosts that a string names; none where libpq takes its own socket.

    What a service file would add is unknown, so it counts as a host elsewhere.
    """
    if given.get("service"):
        return ["service"]
    named = given.get("host") or given.get("hostaddr") or _default_host()
    return [host for host in str(named).split(",") if host]


def _default_host() -> str:
    defaults = {option.keyword: option.val for option in pq.Conninfo.get_defaults()}
    return (defaults.get(b"host") or b"").decode()
