"""Why an installation is refused or broke off; what the servers said is never among it."""

from liftlock.errors import Conflict, Invalid, Unavailable


class NoSuchRepository(Invalid):
    """A module speaks of a database that the environment does not have."""

    code = "module.no_such_repository"
    sentence = (
        "Module {module} wants database {database}, which {environment} does not have. Register the"
        " database, or build the module without it."
    )


class TwoBuildsOfOneModule(Invalid):
    """Two packages of one module cannot both be installed."""

    code = "module.two_builds"
    sentence = "Two packages of module {module} were given. Choose one of them."


class MigrationChanged(Conflict):
    """A migration is not what the database has had under this name."""

    code = "module.migration_changed"
    sentence = (
        "Migration {migration} of module {module} was applied to {database} with another text. Put"
        " the old text back, and what is new into a migration of its own."
    )


class AppliedMeanwhile(Unavailable):
    """Somebody else, such as a worker that was only paused, applied the migration just now."""

    code = "module.applied_meanwhile"
    sentence = (
        "Migration {migration} of module {module} was applied to {database} by somebody else just"
        " now. Try again: a repeat sees what is there."
    )


class HalfDoneMigration(Conflict):
    """A migration that is no transaction was begun and not ended: nobody knows what it did."""

    code = "module.half_done_migration"
    sentence = (
        "Migration {migration} of module {module} began in {database} and did not end. It is not"
        " repeated on a half state: the target must be put back first."
    )


class HalfDoneCommand(Conflict):
    """An install command was begun and did not end well: nobody knows what it did."""

    code = "module.half_done_command"
    sentence = (
        "The install command of module {module} began on {database} and did not end well. It is not"
        " repeated on a half state: the target must be put back first."
    )


class MigrationFailed(Conflict):
    """A statement of a migration was refused by the server."""

    code = "module.migration_failed"
    sentence = (
        "Migration {migration} of module {module} failed in {database} at statement {statement}"
        " (line {line}): SQLSTATE {sqlstate}{where}. Correct the module and build it again."
    )


class InstallCommandFailed(Conflict):
    """A module's own updater said that it failed; its output is a field, not in the sentence."""

    code = "module.install_command_failed"
    sentence = (
        "The install command of module {module} ended with exit code {exit_code}. Read its output,"
        " and correct the module."
    )


class CheckSaidNo(Conflict):
    """A module's own check found that it does not work here."""

    code = "module.check_said_no"
    sentence = "Check {check} of module {module} said no{where}. Correct the module."


class CheckBroke(Conflict):
    """A module's own check could not be answered."""

    code = "module.check_broke"
    sentence = (
        "Check {check} of module {module} could not be answered in {database}: SQLSTATE {sqlstate}."
        " Correct the check, which may only read."
    )


class PlacesDisagree(Conflict):
    """The places that say which modules an environment has contradict each other."""

    code = "module.places_disagree"
    sentence = (
        "What {environment} has installed cannot be told: {problems}."
        " Install the modules concerned again."
    )


class UnreadableReadback(Conflict):
    """The configured query or command does not say what is installed in the agreed form."""

    code = "module.unreadable_readback"
    sentence = (
        "What is installed in {environment} cannot be read back: the configured {how} {problem}."
        " Correct it in the environment's registration."
    )
