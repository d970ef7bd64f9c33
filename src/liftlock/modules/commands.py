"""Programs of modules: their own updaters and checks, run as the application's commands are.

They get what every command of the application gets, and `LIFTLOCK_MODULE`,
`LIFTLOCK_MODULE_VERSION` and `LIFTLOCK_MODULE_FILES`, the folder of the module's installed files.
"""

from liftlock.domain.manifest_parts import ModuleCommand
from liftlock.domain.modules import Package
from liftlock.domain.progress import Tell
from liftlock.environments.commands import Command, Finished, run
from liftlock.environments.parts import Parts
from liftlock.environments.runtimes import environment_variables
from liftlock.modules import payloads


def run_for(parts: Parts, package: Package, command: ModuleCommand, tell: Tell) -> Finished:
    """Run a module's program on an environment, as the user of its runtime.

    Raises: OwnUserRefused, OtherUserImpossible, UnknownUser, CommandHung, what `tell` raises.
    """
    files = payloads.place(parts.files, package.code)
    program, *arguments = command.argv
    if program.startswith("./"):
        program = str(files / program)
    module = {
        "LIFTLOCK_MODULE": package.code,
        "LIFTLOCK_MODULE_VERSION": package.version,
        "LIFTLOCK_MODULE_FILES": str(files),
    }
    return run(
        Command(
            argv=(program, *arguments), user=parts.runtime.user, timeout_s=float(command.timeout_s)
        ),
        env={**environment_variables(parts), **module},
        tell=tell,
        own_user_allowed=parts.runtime.own_user_allowed,
    )
