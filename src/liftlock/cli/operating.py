"""Commands that run alone: init, serve, work, doctor, demo."""

from liftlock import bootstrap
from liftlock.cli.exits import EXIT
from liftlock.cli.output import AsJson, say, show
from liftlock.client.connection import Json
from liftlock.demo import cycle
from liftlock.domain.findings import Finding
from liftlock.errors import Conflict
from liftlock.settings import settings


def init(
    *,
    login: str = "operator",
    name: str = "Platform operator",
    restored: bool = False,
    as_json: AsJson = False,
) -> None:
    """Make the books and the master key, or bring the books up to date.

    The first time it prints the first operator's API key, and their sign-in code for the console,
    this once.

    Args:
        login: The first operator's login.
        name: The first operator's name.
        restored: The books come from a backup, and nothing uses them: have nothing carried on that
            was running, and number moves anew.
    """
    made = bootstrap.init(settings(), login=login, name=name, restored=restored)
    since = made.restored
    master_key = str(settings().master_key_path)
    key = None if made.key is None else made.key.get_secret_value()
    code = None if made.sign_in_code is None else made.sign_in_code.get_secret_value()
    if as_json:
        show(
            {"migrations": list(made.migrations), "master_key": master_key, "zone": made.zone,
             "login": login if key else None, "key": key, "sign_in_code": code,
             "errored": list(since.errored) if since else None,
             "next_move": since.next_move if since else None},
            as_json=True,
        )  # fmt: skip
        return
    say(f"The books are up to date; migrations applied: {', '.join(made.migrations) or 'none'}.")
    say(f"The master key is in {master_key}. Back it up, apart from the books.")
    say(f"Slots are wall-clock times of {made.zone}.")
    if since is not None:
        errored = ", ".join(str(move) for move in since.errored) or "none"
        say(f"Moves that had been running, errored now: {errored}. Look at each.")
        say(f"The next move has the number {since.next_move}. Now run `liftlock doctor`.")
    if code is not None:
        say(f"The sign-in code of {login} for the console, shown this once: {code}")
    if key is not None:
        say("The first operator's API key, shown this once (set it as LIFTLOCK_API_KEY):")
    show(key, as_json=False)


def serve() -> None:
    """Run the API until it is stopped (LIFTLOCK_HOST, LIFTLOCK_PORT)."""
    bootstrap.serve(settings(), say)


def work() -> None:
    """Carry out moves that are due, until stopped; several workers share the work."""
    bootstrap.work(settings(), say)


def doctor(*, sql: bool = False, as_json: AsJson = False) -> int:
    """Look at the books, the key file, every environment's servers, rights, files and programs.

    Ends with 5 when there is something to mend.

    Args:
        sql: Print only the statements that a superuser has to run once, by server.
    """
    if sql:
        _statements(as_json=as_json)
        return 0
    found = bootstrap.doctor(settings())
    if found or as_json:
        show(_documents(found), as_json=as_json, columns=("where", "said"))
    else:
        say("All is well.")
    return EXIT[Conflict] if found else 0


def _statements(*, as_json: bool) -> None:
    found = bootstrap.set_up_statements(settings())
    if as_json:
        show([{"server": s, "statements": list(given)} for s, given in found], as_json=True)
        return
    for server, statements in found:
        print(f"-- {server}")
        print("".join(f"{statement};\n" for statement in statements))


def _documents(found: tuple[Finding, ...]) -> list[Json]:
    return [{"where": each.where, "said": each.said} for each in found]


def demo(*, once: bool = False, as_json: AsJson = False) -> int:
    """Play one whole procedure on three real environments on this machine.

    Args:
        once: End afterwards; without it, applications and API stay up until Ctrl-C.
        as_json: Live steps go to standard error, standard output is one JSON document.
    """
    return cycle.run(once=once, as_json=as_json)
