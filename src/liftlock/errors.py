"""The categories of refusal. Concrete errors live beside the noun they speak of.

A category decides three things, once for each surface: the HTTP status, the exit code of a command,
and what a running move does about it. The table is in `docs/how-errors.md`.
"""

from typing import ClassVar, TypeAlias

from typing_extensions import override

Field: TypeAlias = "str | int | list[str]"


def _rebuild(kind: "type[LiftlockError]", fields: dict[str, Field]) -> "LiftlockError":
    return kind(**fields)


class LiftlockError(Exception):
    """A refusal a person can act on: a code, one sentence, fields; nothing secret.

    A concrete error sets `code` (`noun.what`) and `sentence`, a format string over its fields,
    which says what is wrong with which thing and what to do next.
    """

    code: ClassVar[str]
    sentence: ClassVar[str]

    def __init__(self, **fields: Field) -> None:
        shown = {k: ", ".join(v) if isinstance(v, list) else v for k, v in fields.items()}
        super().__init__(self.sentence.format(**shown))
        self.fields = fields

    @override
    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling: the engine stores the exceptions that cross a step."""
        return _rebuild, (type(self), self.fields)


class Invalid(LiftlockError):
    """What was given is wrong in itself."""


class Unsaid(Invalid):
    """A request must say what was seen, and does not."""


class Unauthenticated(LiftlockError):
    """Nobody knows who asks."""


class Forbidden(LiftlockError):
    """Who asks may not do this."""


class NotFound(LiftlockError):
    """There is no such thing, or not for who asks."""


class Conflict(LiftlockError):
    """The books, or the world, say otherwise by now."""


class Stale(Conflict):
    """What the person had seen has changed since."""


class Unavailable(LiftlockError):
    """Something that we do not own did not answer; worth another try."""


class TooMany(LiftlockError):
    """Asked too often."""
