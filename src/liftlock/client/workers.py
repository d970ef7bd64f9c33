"""Workers through the API, for platform operators."""

from liftlock.client.connection import Connection, Document


def list_workers(api: Connection) -> list[Document]:
    """Return the processes that carry moves out."""
    return api.every("/workers")
