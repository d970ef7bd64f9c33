"""`liftlock key …`: your own API keys."""

from cyclopts import App

from liftlock.cli.output import AsJson, api, say, show
from liftlock.client import keys

app = App(name="key", help="Create, list and revoke your API keys.")


@app.command
def create(name: str, /, *, as_json: AsJson = False) -> None:
    """Create another key; it is shown this once and never again.

    Args:
        name: What you will know it by.
    """
    with api() as connection:
        show(keys.create(connection, name), as_json=as_json)


@app.command
def revoke(key: int, /, *, as_json: AsJson = False) -> None:
    """Revoke one of your keys.

    Args:
        key: Its number, as `key list` shows it.
    """
    with api() as connection:
        keys.revoke(connection, key)
    show({"revoked": key} if as_json else None, as_json=as_json)
    say(f"Key {key} is revoked.")


@app.command(name="list")
def list_keys(*, as_json: AsJson = False) -> None:
    """List your keys by name and number."""
    with api() as connection:
        found = keys.list_keys(connection)
    show(list(found), as_json=as_json, columns=("id", "name", "created_at"))
