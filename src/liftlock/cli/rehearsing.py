"""`liftlock apply FILE --dry-run`: what would change, and all that would be refused."""

from collections.abc import Iterator
from itertools import groupby
from typing import cast

from liftlock.cli.exits import exit_code
from liftlock.cli.output import say, show
from liftlock.cli.set_ups import SetUp
from liftlock.client import people, set_ups
from liftlock.client.connection import Connection, Document, Json, kind_of

FOR_OPERATORS = "organisation, environments and people are set up by a platform operator"
FOR_DEVELOPMENT = "policies are submitted by a Delegated Administrator of Development"
WOULD_CHANGE = 10
"""The exit code when something would change and nothing would be refused."""


def rehearse(api: Connection, set_up: SetUp, *, as_json: bool) -> int:
    """Print what applying the document would do; return how the command ends."""
    is_operator = people.is_operator(api)
    answer = set_ups.rehearse(api, set_up.code, _asked(set_up, is_operator=is_operator))
    changes = cast("list[Document]", answer["changes"])
    refused = cast("list[Document]", answer["refused"])
    left = FOR_DEVELOPMENT if is_operator and set_up.policies else ""
    left = FOR_OPERATORS if not is_operator and set_up.is_for_operators else left
    if as_json:
        left_out: list[Json] = [left] if left else []
        show({"organisation": set_up.code, **answer, "left_out": left_out}, as_json=True)
    else:
        _say(changes, refused, left)
    if refused:
        status = cast("int", refused[0]["status"])
        return exit_code(kind_of(status)(said="", was=""))
    return WOULD_CHANGE if changes else 0


def _asked(set_up: SetUp, *, is_operator: bool) -> Document:
    if not is_operator:
        return {"policies": dict(set_up.policies)}
    persons = {p.login: {"name": p.name, "email": p.email, "grants": p.grants}
               for p in set_up.people}  # fmt: skip
    whole = {"settings": set_up.settings, "environments": set_up.environments, "people": persons}
    return cast("Document", whole)


def _say(changes: list[Document], refused: list[Document], left: str) -> None:
    for line in lines(changes):
        print(line)
    for each in refused:
        say(f"Refused: {each['where']}: {each['detail']}")
    if left:
        say(f"Left out: {left}.")
    say(_summary(len(changes), len(refused)))


def _summary(changes: int, refused: int) -> str:
    if refused:
        return f"Nothing was written: {refused} refused, {changes} settings would change otherwise."
    if changes:
        return f"Nothing was written: {changes} settings would change."
    return "Nothing was written: it is already so."


def lines(changes: list[Document]) -> Iterator[str]:
    """Yield the difference as people read it, part by part."""
    for where, of_part in groupby(changes, key=lambda change: str(change["where"])):
        settings = list(of_part)
        is_new = bool(settings[0]["is_new"])
        yield f"+ {where}" if is_new else f"~ {where}"
        for change in settings:
            yield f"    {_line(change, is_new=is_new)}"


def _line(change: Document, *, is_new: bool) -> str:
    now, then = (change[name] if change[name] is not None else "(none)" for name in ("now", "then"))
    return f"{change['what']}: {then}" if is_new else f"{change['what']}: {now} → {then}"
