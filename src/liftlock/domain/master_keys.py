"""The master key: what makes the secrets in the books readable, and the refusals about its file.

Pure.
"""

from liftlock.errors import Conflict, Forbidden, Invalid, NotFound


class MasterKeyMissing(NotFound):
    """No file, and without it no connection of an environment can be read."""

    code = "master_key.missing"
    sentence = (
        "There is no master key file {path}. Restore it; `liftlock init` makes one for new books."
    )


class MasterKeyReadable(Forbidden):
    """Others could read the file."""

    code = "master_key.readable"
    sentence = "{path} has mode {mode}: others can read it. Run `chmod 600 {path}`."


class MasterKeyUnusable(Invalid):
    """The file holds something else."""

    code = "master_key.unusable"
    sentence = "{path} holds no master key: one key a line, 44 characters each. Restore it."


class MasterKeyExists(Conflict):
    """A new key would make what is in the books unreadable."""

    code = "master_key.exists"
    sentence = "There is a master key at {path} already; it is kept."


class WrongMasterKey(Conflict):
    """What is in the books was locked with another key."""

    code = "master_key.wrong"
    sentence = (
        "The master key in {path} does not open what the books hold. "
        "Restore the file that belongs to them."
    )
