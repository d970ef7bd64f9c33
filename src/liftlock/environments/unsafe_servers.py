"""Servers that are refused before anything is sent to them, and what to do about each.

libpq says *certificate verify failed* for whatever is wrong with a certificate. So the server is
asked for it once more, by a handshake that sends nothing else.
"""

import socket
import ssl
import struct
from contextlib import suppress

from psycopg.conninfo import conninfo_to_dict

from liftlock.errors import Conflict

_ASK_FOR_TLS = struct.pack("!ii", 8, 80877103)
"""SSLRequest of the frontend protocol; the answer is one letter, S or N."""
_PATIENCE_S = 10
_OFFERED = {
    "server requested a cleartext password": "the password itself (password)",
    "server requested a hashed password": "an MD5 of the password (md5)",
    "server did not complete authentication": "no password at all (trust, or by who you are)",
    "did not offer an authentication method": "another login",
    "channel binding required": "another login",
    "authentication method requirement": "another login",
}


class ServerUnsafe(Conflict):
    """A server that cannot prove who it is, or a login that would give a secret away."""


class CertificateUnknown(ServerUnsafe):
    """Nobody whom we trust vouches for who answers."""

    code = "server.certificate_unknown"
    sentence = (
        "The certificate of {host}, the server of {label}, is not from the authority that is "
        "trusted for it. Find out who answers there; register the root certificate of its "
        "authority (root_certificate)."
    )


class CertificateExpired(ServerUnsafe):
    """A certificate is good for a time."""

    code = "server.certificate_expired"
    sentence = (
        "The certificate of {host}, the server of {label}, is not valid at this time. Give the "
        "server a new one, and look at this machine's clock."
    )


class CertificateOfAnother(ServerUnsafe):
    """A good certificate, of another host."""

    code = "server.certificate_of_another"
    sentence = (
        "The certificate that {host}, the server of {label}, shows is another host's. Name the "
        "host as its certificate does, or give the server a certificate for {host}."
    )


class RootCertificateMissing(ServerUnsafe):
    """There is nothing to hold a certificate against."""

    code = "server.root_certificate_missing"
    sentence = (
        "Nothing says which authority vouches for {host}, the server of {label}. Register its "
        "root certificate (root_certificate)."
    )


class ServerWithoutTls(ServerUnsafe):
    """Bytes would go in the clear."""

    code = "server.without_tls"
    sentence = (
        "{host}, the server of {label}, does not offer TLS. Switch it on there (ssl = on), or let "
        "the operator write that nobody else can listen on the way (tls none)."
    )


class LoginUnsafe(ServerUnsafe):
    """The server would learn the password, or does not care who comes."""

    code = "server.login_unsafe"
    sentence = (
        "{host}, the server of {label}, wants {wanted} instead of SCRAM; nothing was sent. Write "
        "scram-sha-256 in its pg_hba.conf, and set the role's password again where it is older."
    )


def named(said: str, conninfo: str, label: str) -> ServerUnsafe | None:
    """Return why a server is refused, by what libpq said when it did not connect; None: not so."""
    host = _host(conninfo)
    if "certificate verify failed" in said:
        return _kind_of(_verify_code(conninfo))(host=host, label=label)
    if "does not match host name" in said:
        return CertificateOfAnother(host=host, label=label)
    if "does not support SSL" in said:
        return ServerWithoutTls(host=host, label=label)
    if "root certificate file" in said or "could not read root certificate" in said:
        return RootCertificateMissing(host=host, label=label)
    for words, wanted in _OFFERED.items():
        if words in said:
            return LoginUnsafe(host=host, label=label, wanted=wanted)
    return None


def _kind_of(verify_code: int | None) -> type[ServerUnsafe]:
    """By OpenSSL's X509_V_ERR_…: not yet valid, expired, another host's name."""
    match verify_code:
        case 9 | 10:
            return CertificateExpired
        case 62:
            return CertificateOfAnother
        case _:
            return CertificateUnknown


def _verify_code(conninfo: str) -> int | None:
    """Return what OpenSSL has against a server's certificate; None when it cannot be found out."""
    given = conninfo_to_dict(conninfo)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    address = str(given.get("hostaddr") or _host(conninfo)), int(given.get("port") or 5432)
    try:
        with suppress(OSError, ValueError):
            context.load_verify_locations(str(given.get("sslrootcert")))
        with socket.create_connection(address, timeout=_PATIENCE_S) as plain:
            plain.sendall(_ASK_FOR_TLS)
            if plain.recv(1) == b"S":
                context.wrap_socket(plain, server_hostname=_host(conninfo)).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_code
    except (OSError, ValueError):
        return None
    return None


def _host(conninfo: str) -> str:
    given = conninfo_to_dict(conninfo)
    return str(given.get("host") or given.get("hostaddr") or "this machine").split(",")[0]
