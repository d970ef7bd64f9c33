"""Masking policies through the API: draft, check, submit, approve, look."""

from typing import cast

from liftlock.client.connection import Connection, Document, part


def discover(api: Connection, repository: str) -> str:
    """Return a document (TOML) that decides what nobody has decided yet in Production."""
    answer = cast("Document", api.get(f"/policies/{part(repository)}/draft"))
    return str(answer["document"])


def check(api: Connection, document: str) -> Document:
    """Return what a document leaves undecided, gets wrong or decides for nothing in Production."""
    return cast("Document", api.post("/policies/check", {"document": document}))


def submit(api: Connection, document: str) -> Document:
    """Submit a policy document (TOML); Production's administrators approve it."""
    return cast("Document", api.post("/policies", {"document": document}))


def approve(api: Connection, repository: str, version: int) -> Document:
    """Put a submitted version in force."""
    return cast("Document", api.post(f"/policies/{part(repository)}/{version}/approve"))


def show(api: Connection, repository: str) -> Document:
    """Return the newest version of a repository's policy, in force or not."""
    return cast("Document", api.get(f"/policies/{part(repository)}"))


def list_policies(api: Connection) -> list[Document]:
    """Return every version of the organisation's policies, without the documents."""
    return api.every("/policies")
