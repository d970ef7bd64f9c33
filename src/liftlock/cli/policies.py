"""`liftlock policy …`: masking policies."""

from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import App, Parameter

from liftlock import bootstrap
from liftlock.cli.exits import EXIT
from liftlock.cli.output import AsJson, api, say, show
from liftlock.cli.reading import text_of
from liftlock.client import policies as client
from liftlock.client.connection import Document, Json
from liftlock.domain import policies
from liftlock.errors import Conflict
from liftlock.services.policies import Checked

app = App(name="policy", help="Draft, check, submit and approve masking policies.")

OfDatabase: TypeAlias = Annotated[
    str | None,
    Parameter(
        help="Ask no API: a connection string of a database to look at instead of Production's. "
        "Leave the password to PGPASSWORD or ~/.pgpass."
    ),
]


@app.command
def discover(repository: str, /, *, database: OfDatabase = None, as_json: AsJson = False) -> None:
    """Draft decisions for all that nobody has decided yet; read them, change them, submit them.

    Args:
        repository: The label of a database, or files.
    """
    if database is not None:
        document = bootstrap.discover(database, repository)
    else:
        with api() as connection:
            document = client.discover(connection, repository)
    drafted: Json = {"repository": repository, "document": document}
    show(drafted if as_json else document.rstrip(), as_json=as_json)


@app.command
def check(file: Path, /, *, database: OfDatabase = None, as_json: AsJson = False) -> int:
    """Say what a policy leaves undecided for Production as it is now, with a proposal for each.

    Ends with 5 when something is undecided or cannot be carried out.

    Args:
        file: The document.
    """
    document = text_of(file)
    _ = policies.parse(document)
    if database is not None:
        found = _document(bootstrap.check_policy(database, document))
    else:
        with api() as connection:
            found = client.check(connection, document)
    if as_json:
        show(found, as_json=True)
    else:
        _say_checked(file, found)
    return EXIT[Conflict] if found["undecided"] or found["refused"] else 0


def _document(checked: Checked) -> Document:
    return {
        "undecided": [
            {"what": u.what, "proposal": u.proposal, "why": u.why} for u in checked.undecided
        ],
        "refused": list(checked.refused),
        "idle": list(checked.idle),
    }


def _say_checked(file: Path, found: Document) -> None:
    undecided = found["undecided"]
    if undecided:
        show(undecided, as_json=False, columns=("what", "proposal", "why"))
    for word, title in (("refused", "Cannot be"), ("idle", "Decided and not there")):
        named = found[word]
        for each in named if isinstance(named, list) else []:
            print(f"{title}: {each}")
    if not undecided and not found["refused"]:
        say(f"{file} decides everything.")


@app.command
def submit(file: Path, /, *, as_json: AsJson = False) -> None:
    """Submit a policy document; Production's administrators approve it.

    Args:
        file: The document.
    """
    with api() as connection:
        _show(client.submit(connection, text_of(file)), as_json=as_json)


@app.command
def approve(repository: str, version: int, /, *, as_json: AsJson = False) -> None:
    """Put a submitted version in force, as Production's administrator.

    Args:
        repository: The label of a database, or files.
        version: Which version.
    """
    with api() as connection:
        _show(client.approve(connection, repository, version), as_json=as_json)


@app.command(name="show")
def show_policy(repository: str, /, *, as_json: AsJson = False) -> None:
    """Print the newest version of a policy, in force or not.

    Args:
        repository: The label of a database, or files.
    """
    with api() as connection:
        found = client.show(connection, repository)
    if as_json:
        show(found, as_json=True)
        return
    say(f"Version {found['version']}, {found['state']}, submitted by {found['submitted_by']}.")
    print(str(found["document"]).rstrip())


@app.command(name="list")
def list_policies(*, as_json: AsJson = False) -> None:
    """List every version of every policy, and which one is in force (approved)."""
    with api() as connection:
        found = client.list_policies(connection)
    columns = ("repository", "version", "state", "submitted_by", "approved_by")
    show(list(found), as_json=as_json, columns=columns)


def _show(version: Document, *, as_json: bool) -> None:
    columns = ("repository", "version", "state", "submitted_by", "approved_by")
    show(version, as_json=as_json, columns=() if as_json else columns)
