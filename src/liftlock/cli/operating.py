"""Commands that run alone: init, serve, work, doctor, demo."""

from typing import Annotated

from cyclopts import Parameter

from liftlock import bootstrap
from liftlock.cli.output import AsJson, say, show
from liftlock.client.connection import Json
from liftlock.demo import cycle
from liftlock.domain.findings import Finding
from liftlock.settings import settings


def init(
    *, login: str = "operator", name: str = "Platform operator", as_json: AsJson = False
) -> None:
    """Make the books and the master key, or bring the books up to date.

    The first time it prints the first operator's API key, this once.

    Args:
        login: The first operator's login.
        name: The first operator's name.
        as_json: Print JSON.
    """
    made = bootstrap.init(settings(), login=login, name=name)
    say(
        f"The books are up to date; migrations applied now: {', '.join(made.migrations) or 'none'}."
    )
    say(f"The master key is in {settings().master_key_path}. Back it up apart from the books.")
    if made.key is not None:
        say("The first operator's API key, shown this once (set it as LIFTLOCK_API_KEY):")
        key = made.key.get_secret_value()
        show({"login": login, "key": key} if as_json else key, as_json=as_json)


def serve() -> None:
    """Run the API until it is stopped (LIFTLOCK_HOST, LIFTLOCK_PORT)."""
    say(f"The API answers at http://{settings().host}:{settings().port}/api")
    bootstrap.serve(settings())


def work() -> None:
    """Carry out moves that are due, until stopped; several workers share the work."""
    say("Waiting for moves that are due.")
    bootstrap.work(settings())


def doctor(*, sql: Annotated[bool, Parameter(negative="")] = False, as_json: AsJson = False) -> int:
    """Look at the books, the key file, every environment's servers, rights, files and programs.

    Ends with 1 when there is something to mend.

    Args:
        sql: Print only the statements that a superuser has to run once, by server.
        as_json: Print JSON.
    """
    if sql:
        for server, statements in bootstrap.set_up_statements(settings()):
            print(f"-- {server}")
            print("".join(f"{statement};\n" for statement in statements))
        return 0
    found = bootstrap.doctor(settings())
    rows = _documents(found)
    if rows or as_json:
        show(rows, as_json=as_json, columns=("where", "said"))
    else:
        say("All is well.")
    return 1 if found else 0


def _documents(found: tuple[Finding, ...]) -> list[Json]:
    return [{"where": each.where, "said": each.said} for each in found]


def demo(*, once: Annotated[bool, Parameter(negative="")] = False, as_json: AsJson = False) -> int:
    """Play one whole procedure on three real environments on this machine.

    Args:
        once: End afterwards; without it, applications and API stay up until Ctrl-C.
        as_json: Live steps go to standard error, standard output is one JSON document.
    """
    return cycle.run(once=once, as_json=as_json)
