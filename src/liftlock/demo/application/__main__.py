"""The application's commands: `start`, `open`, `drain`, `health`, `stop`."""

import argparse
import os
import sys

from liftlock.demo.application import process
from liftlock.demo.application.surroundings import Mode, Surroundings, read

_TIMEOUT_S = 20.0
_COMMANDS = ("start", "open", "drain", "health", "stop")


def main(argv: list[str]) -> int:
    """Run one command; exit code 1 and a line on standard error when it did not succeed."""
    parser = argparse.ArgumentParser(prog="acme")
    _ = parser.add_argument("command", choices=_COMMANDS)
    _ = parser.add_argument("--port", type=int, required=True)
    _ = parser.add_argument("--life", type=int, help="end when this process is gone")
    given = parser.parse_args(argv)
    surroundings = read(os.environ)  # noqa: TID251  a stranger's program: these are its settings
    try:
        _carry_out(str(given.command), surroundings, int(given.port), given.life)
    except process.NotThere as error:
        print(error, file=sys.stderr)  # noqa: T201  a command prints
        return 1
    return 0


def _carry_out(command: str, surroundings: Surroundings, port: int, life: int | None) -> None:
    match command:
        case "start":
            process.end(surroundings, timeout_s=_TIMEOUT_S)
            surroundings.set_mode(Mode.CLOSED)
            process.start(surroundings, port, life, timeout_s=_TIMEOUT_S)
        case "open":
            surroundings.set_mode(Mode.OPEN)
        case "drain":
            surroundings.set_mode(Mode.DRAINED)
            process.drain(surroundings, port, timeout_s=_TIMEOUT_S)
        case "health":
            _require_well(port)
        case _:
            surroundings.set_mode(Mode.DRAINED)
            process.end(surroundings, timeout_s=_TIMEOUT_S)


def _require_well(port: int) -> None:
    well, told = process.health(port)
    if not well:
        msg = f"the application is not well: {told['why']}"
        raise process.NotThere(msg)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
