"""Module packages through the API: push, install into Development, look."""

from typing import cast

from liftlock.client.connection import Connection, Document


def push(api: Connection, archive: bytes) -> Document:
    """Put a package (an OCI image layout as a tar archive) into the server's module store."""
    return cast("Document", api.upload("/packages", archive))


def install(api: Connection, digest: str) -> Document:
    """Install a pushed package into Development and return what is installed there now."""
    return cast("Document", api.post(f"/packages/{digest}/install"))


def list_packages(api: Connection) -> list[Document]:
    """Return the packages of the organisation, newest first."""
    return cast("list[Document]", api.get("/packages"))


def show(api: Connection, digest: str) -> Document:
    """Return one package with its manifest."""
    return cast("Document", api.get(f"/packages/{digest}"))
