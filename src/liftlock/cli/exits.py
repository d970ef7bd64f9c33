"""Exit codes: the one place where a category of refusal becomes one."""

from collections.abc import Mapping
from types import MappingProxyType

from liftlock.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LiftlockError,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
)

BUG = 1
EXIT: Mapping[type[LiftlockError], int] = MappingProxyType(
    {
        Invalid: 2,
        Unauthenticated: 3,
        Forbidden: 3,
        NotFound: 4,
        Conflict: 5,
        Unavailable: 6,
        TooMany: 7,
    }
)


def exit_code(refusal: LiftlockError) -> int:
    """Return the exit code of a refusal's category; 1 for one without a category."""
    return next((code for kind, code in EXIT.items() if isinstance(refusal, kind)), BUG)
