"""The lists that masks are taken from: 1,024 entries each, none of a real person.

They are put together from words and name parts of some twenty languages. Neighbours begin with
different letters, so that the next entry differs from an original also where both are cut. To
change a list is to change masks: don't.
"""

from functools import cache
from importlib.resources import files

from liftlock.domain.masking_rules import LIST_ENTRIES
from liftlock.errors import LiftlockError


class BrokenList(LiftlockError):
    """An installed list is not the one that was shipped."""

    code = "masking.broken_list"
    sentence = "The list {name} of this installation has {entries} entries; install Liftlock anew."


@cache
def entries(name: str) -> tuple[str, ...]:
    """Return a list's entries: `first_names`, `last_names`, `streets`, `cities`, `companies`.

    Raises: BrokenList.
    """
    text = files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    found = tuple(text.splitlines())
    if len(found) != LIST_ENTRIES:
        raise BrokenList(name=name, entries=len(found))
    return found
