"""Why a server does not let a role in, each with what to do about it.

Until a session is open there is no SQLSTATE to go by, only the server's words; those in another
language are told as a server that cannot be reached.
"""

from liftlock.environments.rights import ALLOW_CONNECTING, ALLOW_LOGIN, statement_text
from liftlock.errors import Conflict


class LoginRefused(Conflict):
    """A server answers, and does not let a role into a database."""

    code = "server.login_refused"
    sentence = "Role {role} is not let into {database} ({label}): {reason}"


def named(said: str, *, role: str, database: str, label: str) -> LoginRefused | None:
    """Return why a role is not let in, by what the server said; None: it said something else."""
    reason = _reason(said, role, database)
    if reason is None:
        return None
    return LoginRefused(role=role, database=database, label=label, reason=reason)


def _reason(said: str, role: str, database: str) -> str | None:
    if "password authentication failed" in said:
        return "its password is another. Set it with \\password in psql, and register the same."
    if "permission denied for database" in said:
        statement = statement_text(ALLOW_CONNECTING, database=database, role=role)
        return f"it has no right to connect. Run as superuser: {statement};"
    if "is not permitted to log in" in said:
        statement = statement_text(ALLOW_LOGIN, role=role)
        return f"it may not log in at all. Run as superuser: {statement};"
    if "pg_hba.conf" in said:
        return (
            "pg_hba.conf has no line for it. Write one there with scram-sha-256, and reload "
            "the server."
        )
    return None
