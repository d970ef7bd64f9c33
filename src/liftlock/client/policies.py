"""Masking policies through the API: submit, check, approve, look."""

from typing import cast

from liftlock.client.connection import Connection, Document


def submit(api: Connection, document: str) -> Document:
    """Submit a policy document (TOML); Production's administrators approve it."""
    return cast("Document", api.post("/policies", {"document": document}))


def approve(api: Connection, repository: str, version: int) -> Document:
    """Put a submitted version in force."""
    return cast("Document", api.post(f"/policies/{repository}/{version}/approve"))


def show(api: Connection, repository: str) -> Document:
    """Return the newest version of a repository's policy, in force or not."""
    return cast("Document", api.get(f"/policies/{repository}"))


def check(api: Connection, document: str) -> Document:
    """Return what a document leaves undecided, gets wrong or decides for nothing in Production."""
    return cast("Document", api.post("/policies/check", {"document": document}))
