"""`liftlock apply FILE`: an organisation as one document, made so by the API."""

import tomllib
from pathlib import Path
from typing import cast

from liftlock.cli.output import AsJson, api, say, show
from liftlock.client import environments, organisations, people, policies
from liftlock.client.connection import Connection, Document, Json
from liftlock.errors import Invalid

SECTIONS = ("organisation", "environments", "people", "policies")


class UnreadableSetUp(Invalid):
    """The document is no TOML, or holds what nobody knows."""

    code = "apply.unreadable"
    sentence = "{file} cannot be applied: {problem}. Nothing was changed."


def apply(file: Path, /, *, as_json: AsJson = False) -> None:
    """Make an organisation be as a document says: its settings, environments, people, policies.

    What the document does not name is left alone. New people's first keys are printed, this once.

    Args:
        file: TOML with the sections organisation, environments, people and policies.
        as_json: Print JSON.
    """
    document = read(file)
    organisation = section(document, "organisation", file)
    code = str(organisation.pop("code", ""))
    if not code:
        raise UnreadableSetUp(file=str(file), problem="organisation.code is missing")
    with api() as connection:
        done = _apply(connection.of(code), code, organisation, document, file)
    show(done, as_json=as_json)


def read(file: Path) -> Document:
    """Return the document. Raises: UnreadableSetUp."""
    try:
        document = cast("Document", tomllib.loads(file.read_text()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableSetUp(file=str(file), problem=str(error)) from None
    unknown = [name for name in document if name not in SECTIONS]
    if unknown:
        problem = f"nobody knows {', '.join(unknown)}; sections are {', '.join(SECTIONS)}"
        raise UnreadableSetUp(file=str(file), problem=problem)
    return document


def section(document: Document, name: str, file: Path) -> Document:
    """Return a section of the document, empty when it is not there. Raises: UnreadableSetUp."""
    found = document.get(name, {})
    if not isinstance(found, dict):
        raise UnreadableSetUp(file=str(file), problem=f"{name} is no table")
    return found


def _apply(
    api: Connection, code: str, organisation: Document, document: Document, file: Path
) -> Document:
    paths = section(document, "policies", file).values()
    texts = [(file.parent / str(path)).read_text() for path in paths]
    keys: Document = {}
    four_eyes = organisation.pop("four_eyes", None)
    _ = organisations.put(api, code, organisation)
    for kind, definition in section(document, "environments", file).items():
        _ = environments.put(api, code, kind, section({kind: definition}, kind, file))
        say(f"{kind.capitalize()} is set up.")
    for login, person in section(document, "people", file).items():
        key = _person(api, login, section({login: person}, login, file))
        if key is not None:
            keys[login] = key
    if four_eyes is not None:  # only possible once there are enough people
        _ = organisations.put(api, code, {"four_eyes": four_eyes})
    for text in texts:
        repository = policies.submit(api, text)["repository"]
        say(f"The policy for {repository} is submitted.")
    return {"organisation": code, "keys": keys}


def _person(api: Connection, login: str, person: Document) -> Json:
    grants = person.get("grants", [])
    wished = [_grant(str(grant)) for grant in (grants if isinstance(grants, list) else [])]
    return people.put(api, login, name=str(person.get("name", "")), grants=wished).get("key")


def _grant(written: str) -> dict[str, str]:
    """Read `administrator of production`, `auditor`."""
    role, _, environment = written.partition(" of ")
    return {"role": role, "environment": environment} if environment else {"role": role}
