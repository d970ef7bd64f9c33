"""What setting an organisation up would change: the difference of two pictures. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Hidden:
    """A secret: whether it differs can be said, what it is cannot."""

    digest: str


Value: TypeAlias = str | Hidden
Picture: TypeAlias = Mapping[str, Mapping[str, Value]]
"""From a part (`environments.staging`) to its settings, by name. Of what is not there: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One setting that would change."""

    where: str
    """The part: `environments.staging`."""
    what: str
    """The setting: `databases.customers.keeper`."""
    now: str | None
    """None: it is not there."""
    then: str | None
    """None: it would not be there."""
    is_secret: bool
    """Its values are not said."""
    is_new: bool
    """The whole part is not there yet."""


def differences(now: Picture, then: Picture) -> Iterator[Difference]:
    """Yield what differs, part by part, as it stands in `then`."""
    for where in dict.fromkeys((*then, *now)):
        before, after = now.get(where, {}), then.get(where, {})
        for what in dict.fromkeys((*after, *before)):
            old, new = before.get(what), after.get(what)
            if old != new:
                yield Difference(
                    where=where,
                    what=what,
                    now=_said(old),
                    then=_said(new),
                    is_secret=isinstance(old or new, Hidden),
                    is_new=not before,
                )


def _said(value: Value | None) -> str | None:
    return "(not shown)" if isinstance(value, Hidden) else value
