"""`liftlock apply FILE`: make an organisation be as a document says, by the API."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from liftlock.cli import rehearsing, set_ups
from liftlock.cli.output import AsJson, api, say, show
from liftlock.cli.rehearsing import FOR_DEVELOPMENT, FOR_OPERATORS
from liftlock.cli.set_ups import PersonWished, SetUp
from liftlock.client import environments, organisations, people, policies
from liftlock.client.connection import Connection, Document, Json, RefusedNotFound
from liftlock.errors import LiftlockError


def apply(file: Path, /, *, dry_run: bool = False, as_json: AsJson = False) -> int:
    """Make an organisation be as a document says: its settings, environments, people, policies.

    What the document does not name is left alone. A platform operator's key sets up organisation,
    environments and people; an administrator's key submits the policies. The first keys of new
    people are printed, this once.

    Args:
        file: TOML; docs/apply.md says what may stand in it.
        dry_run: Say what would change and what would be refused, and write nothing. Ends with 0
            when nothing would change, with 10 when something would, else as the first refusal.
    """
    set_up = set_ups.read(file)
    if dry_run:
        with api() as connection:
            return rehearsing.rehearse(connection, set_up, as_json=as_json)
    done = _Done(set_up.code)
    try:
        with api() as connection:
            _apply(connection.of(set_up.code), set_up, done)
    finally:
        done.show(as_json=as_json)  # also when a later part was refused: keys are shown once
    return 0


class _Done:
    """What has been done so far, and the keys that nobody will see again."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._done: list[Json] = []
        self._keys: Document = {}
        self._codes: Document = {}
        self._left: list[Json] = []

    def add(self, words: str) -> None:
        self._done.append(words)
        say(f"{words}.")

    def leave(self, words: str) -> None:
        self._left.append(words)
        say(f"Left out: {words}. Apply this file with such a key, too.")

    def key(self, login: str, key: Json, sign_in_code: Json) -> None:
        if key is not None:
            self._keys[login], self._codes[login] = key, sign_in_code

    def show(self, *, as_json: bool) -> None:
        if as_json:
            document: Document = {
                "organisation": self._code, "done": self._done, "keys": self._keys,
                "sign_in_codes": self._codes, "left_out": self._left,
            }  # fmt: skip
            show(document, as_json=True)
        elif self._keys:
            say("First keys, and sign-in codes for the console, shown this once:")
            rows: list[Json] = [
                {"login": who, "key": key, "sign_in_code": self._codes[who]}
                for who, key in self._keys.items()
            ]
            show(rows, as_json=False, columns=("login", "key", "sign_in_code"))


def _apply(api: Connection, set_up: SetUp, done: _Done) -> None:
    if people.is_operator(api):
        _set_up(api, set_up, done)
        if set_up.policies:
            done.leave(FOR_DEVELOPMENT)
        return
    if set_up.is_for_operators:
        done.leave(FOR_OPERATORS)
    for repository, text in set_up.policies.items():
        _submit(api, repository, text, done)


def _set_up(api: Connection, set_up: SetUp, done: _Done) -> None:
    at_once = {name: said for name, said in set_up.settings.items() if name != "four_eyes"}
    _ = organisations.put(api, set_up.code, at_once)
    done.add(f"Organisation {set_up.code} is set up")
    for kind, definition in set_up.environments.items():
        with _saying_where(f"environments.{kind}"):
            _ = environments.put(api, set_up.code, kind, definition)
        done.add(f"{kind.capitalize()} is set up")
    for person in set_up.people:
        with _saying_where(f"people.{person.login}"):
            put = _put(api, person)
            done.key(person.login, put["key"], put["sign_in_code"])
        done.add(f"{person.name} ({person.login}) is set up")
    if "four_eyes" in set_up.settings:  # possible only once there are enough people
        wanted = set_up.settings["four_eyes"]
        _ = organisations.put(api, set_up.code, {"four_eyes": wanted})
        done.add(f"Four-eyes is {'on' if wanted else 'off'}")


@contextmanager
def _saying_where(part: str) -> Generator[None]:
    """Say of which part of the document the API speaks."""
    try:
        yield
    except LiftlockError as refusal:
        raise type(refusal)(**{**refusal.fields, "said": f"{part}: {refusal}"}) from None


def _put(api: Connection, person: PersonWished) -> Document:
    return people.put(api, person.login, name=person.name, email=person.email, grants=person.grants)


def _submit(api: Connection, repository: str, text: str, done: _Done) -> None:
    try:
        present: Json = policies.show(api, repository)["document"]
    except RefusedNotFound:
        present = None
    if present == text:
        done.add(f"The policy for {repository} is submitted already")
    else:
        version = policies.submit(api, text)["version"]
        done.add(f"The policy for {repository} is submitted as version {version}")
