"""`liftlock`: the commands, and how a refusal leaves a command."""

import json
import os
import sys
import traceback
from pathlib import Path

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError
from pydantic import ValidationError

from liftlock import __version__
from liftlock.cli.exits import BUG, EXIT, exit_code
from liftlock.cli.output import Paper, say
from liftlock.errors import Invalid, LiftlockError

INTERRUPTED = 130
NEXT = """\
Modules go up, production state comes down.

New here?       liftlock demo            plays one whole procedure on three real environments
Setting up?     liftlock init            makes the books, the master key and the first operator
                liftlock serve           runs the API         liftlock work   carries out moves
                liftlock apply FILE      sets up an organisation
Using it?       liftlock calendar        shows what is booked
                liftlock move list       shows moves and what they wait for
All commands:   liftlock --help"""

app = App(
    name="liftlock",
    help="Book, validate and run moves of modules and data between environments.",
    version=__version__,
    default_parameter=Parameter(negative="", show_default=False),
    suppress_keyboard_interrupt=False,
)
DETAILS = {
    "init": """Make the books and the master key, or bring them up to date.

        The first time it prints the first operator's API key, this once.""",
    "serve": """Run the API until it is stopped.

        It listens at LIFTLOCK_HOST and LIFTLOCK_PORT.""",
    "work": """Carry out moves that are due, until stopped.

        Several workers share the work.""",
    "doctor": """Look at everything that moves will need, and say what to mend.

        Books, key file, and each environment's servers, rights, files and programs. Ends with 5
        when there is something to mend.""",
    "apply": """Make an organisation be as a document says.

        What the document does not name is left alone. A platform operator's key sets up
        organisation, environments and people; an administrator's key submits the policies. The
        first keys of new people are printed, this once.""",
}
# Named, not imported: a command loads what it needs and nothing else.
COMMANDS = (
    ("init", "operating:init", DETAILS["init"]),
    ("serve", "operating:serve", DETAILS["serve"]),
    ("work", "operating:work", DETAILS["work"]),
    ("doctor", "operating:doctor", DETAILS["doctor"]),
    ("master-key", "master_keys:app", "Change the key that locks the books' secrets."),
    ("demo", "operating:demo", "Play one whole procedure on three real environments."),
    ("apply", "applying:apply", DETAILS["apply"]),
    ("organisation", "organisations:app", "Look at organisations, and set them up."),
    ("person", "people:app", "Set up an organisation's people; give and take roles."),
    ("operator", "people:operator", "Set up platform operators."),
    ("key", "keys:app", "Create, list and revoke your API keys."),
    ("env", "environments:app", "Look at environments."),
    ("align", "environments:align", "Look at what an alignment would do."),
    ("policy", "policies:app", "Draft, check, submit and approve masking policies."),
    ("module", "modules:app", "Build module packages, push and install them."),
    ("calendar", "slots:calendar", "Show what is booked, held or frozen from now on."),
    ("move", "moves:app", "Schedule, validate and follow moves."),
    ("maintenance", "slots:app", "Book time for work on servers, and give it back."),
    ("freeze", "freezes:app", "Enter times at which nothing moves, end them, override one."),
    ("notification", "records:notification", "Read what you were told."),
    ("restore-point", "restore_points:app", "Look at what was kept of targets; go back to it."),
    ("audit", "audit_events:app", "Read the audit record, take it out, verify what was taken out."),
    ("worker", "records:worker", "Look at the processes that carry moves out."),
)
for order, (word, place, words) in enumerate(COMMANDS):
    _ = app.command(f"liftlock.cli.{place}", name=word, help=words, sort_key=order)


@app.default
def what_next() -> None:
    """Say what to do next."""
    print(NEXT)


def main() -> None:
    """Run the command a person typed, and end with the exit code of what came of it."""
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run one command and return its exit code; a refusal is one line on standard error.

    With `--json` it is one JSON document there: `code` and `detail`.
    """
    try:
        answer: object = app(
            words,
            console=Paper(),
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
        sys.stdout.flush()
    except BrokenPipeError:
        return _unread()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  the last one that can speak to a person
        return _refuse(error, as_json="--json" in words)
    return answer if isinstance(answer, int) else 0


def _refuse(error: Exception, *, as_json: bool) -> int:
    code, said, ends_with = _refusal(error)
    say(json.dumps({"code": code, "detail": said}, ensure_ascii=False) if as_json else said)
    return ends_with


def _refusal(error: Exception) -> tuple[str, str, int]:
    match error:
        case CycloptsError():
            return "command.unfit", _command_said(error), EXIT[Invalid]
        case LiftlockError():
            return str(error.fields.get("was") or error.code), str(error), exit_code(error)
        case ValidationError():
            return "settings.invalid", _settings_said(error), EXIT[Invalid]
        case _:
            return "bug", _bug_said(error), BUG


def _command_said(error: CycloptsError) -> str:
    said = str(error)
    if isinstance(error, UnusedCliTokensError):
        said = f"Nobody knows {' '.join(error.unused_tokens or ())}."
    asked = " ".join(("liftlock", *(error.command_chain or ()), "--help"))
    return f"{said} Try: {asked}"


def _settings_said(error: ValidationError) -> str:
    """Name the variables that cannot be, without what stands in them."""
    wrong = [
        f"LIFTLOCK_{e['loc'][0]}".upper() + f": {e['msg']}" for e in error.errors() if e["loc"]
    ]
    return f"{'; '.join(wrong)}. Set it anew."


def _bug_said(error: Exception) -> str:
    """Say where it broke; the words of the error may hold values."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"Something unexpected happened ({type(error).__name__}{at}). This is a bug of Liftlock."


def _unread() -> int:
    """End quietly when nobody reads any more, as in `liftlock move list | head`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
