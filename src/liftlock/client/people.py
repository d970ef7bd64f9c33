"""People through the API: set up with their roles; each gets a first key."""

from collections.abc import Mapping, Sequence
from typing import cast

from liftlock.client.connection import Connection, Document, part
from liftlock.domain.people import Role


def put(
    api: Connection,
    login: str,
    *,
    name: str,
    grants: Sequence[Mapping[str, str]],
    email: str = "",
) -> Document:
    """Set up a person with these roles; a new one's key and sign-in code are in the answer."""
    body = {"name": name, "email": email, "grants": list(grants)}
    return cast("Document", api.put(f"/people/{part(login)}", body))


def issue_code(api: Connection, login: str) -> Document:
    """Give a person a new sign-in code for the console; their password and sessions end."""
    return cast("Document", api.post(f"/people/{part(login)}/sign-in-code"))


def revoke(api: Connection, login: str, role: str, environment: str | None = None) -> Document:
    """Take a role away, of an administrator in one environment."""
    path = f"/people/{part(login)}/grants/{part(role)}"
    return cast("Document", api.delete(path, environment=environment))


def list_people(api: Connection) -> list[Document]:
    """Return the organisation's people and their roles."""
    return api.every("/people")


def me(api: Connection) -> Document:
    """Return who the caller is."""
    return cast("Document", api.get("/people/me"))


def is_operator(api: Connection) -> bool:
    """Tell whether the caller is a platform operator."""
    grants = cast("list[Document]", me(api)["grants"])
    return any(grant["role"] == Role.OPERATOR for grant in grants)


def list_operators(api: Connection) -> list[Document]:
    """Return the platform's operators."""
    return api.every("/operators")


def add_operator(api: Connection, login: str, *, name: str, email: str = "") -> Document:
    """Set up another platform operator, whose first key is in the answer."""
    body = {"name": name, "email": email}
    return cast("Document", api.post(f"/operators/{part(login)}", body))


def issue_operators_code(api: Connection, login: str) -> Document:
    """Give a platform operator a new sign-in code; their password and sessions end."""
    return cast("Document", api.post(f"/operators/{part(login)}/sign-in-code"))


def revoke_operator(api: Connection, login: str) -> Document:
    """Take a platform operator's role away."""
    return cast("Document", api.delete(f"/operators/{part(login)}"))
