"""Workers through the API, for platform operators."""

from typing import cast

from liftlock.client.connection import Connection, Document


def list_workers(api: Connection) -> list[Document]:
    """Return the processes that carry moves out."""
    return cast("list[Document]", api.get("/workers"))
