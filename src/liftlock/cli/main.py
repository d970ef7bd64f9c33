"""`liftlock`: the commands, and how a refusal leaves a command."""

import sys

from cyclopts import App, CycloptsError

from liftlock import __version__
from liftlock.cli import (
    applying,
    environments,
    keys,
    modules,
    moves,
    operating,
    policies,
    restore_points,
    slots,
)
from liftlock.cli.exits import BUG, EXIT, exit_code
from liftlock.cli.output import say
from liftlock.errors import Invalid, LiftlockError

INTERRUPTED = 130
NEXT = """\
Modules go up, production state comes down.

New here?       liftlock demo            plays one whole procedure on three real environments
Setting up?     liftlock init            makes the books, the master key and the first operator
                liftlock serve           runs the API         liftlock work   carries out moves
Using it?       liftlock calendar        shows what is booked
                liftlock move list       shows moves and what they wait for
All commands:   liftlock --help"""

app = App(
    name="liftlock",
    help="Book, validate and run moves of modules and data between environments.",
    version=__version__,
)
for group in (
    moves.app, slots.app, modules.app, policies.app, environments.app, environments.align,
    restore_points.app, keys.app,
):  # fmt: skip
    _ = app.command(group)
_ = app.command(slots.calendar)
_ = app.command(applying.apply)
for command in (operating.init, operating.serve, operating.work, operating.doctor, operating.demo):
    _ = app.command(command)


@app.default
def what_next() -> None:
    """Say what to do next."""
    print(NEXT)


def main() -> None:
    """Run the command a person typed, and end with the exit code of what came of it."""
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run one command and return its exit code; a refusal is one line on standard error."""
    try:
        answer: object = app(words, exit_on_error=False, result_action="return_value")
    except CycloptsError:
        return EXIT[Invalid]
    except LiftlockError as refusal:
        say(str(refusal))
        return exit_code(refusal)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        say(f"{error.filename or 'A file'}: {error.strerror or type(error).__name__}.")
        return BUG
    return answer if isinstance(answer, int) else 0
