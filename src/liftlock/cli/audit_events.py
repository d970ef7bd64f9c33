"""`liftlock audit …`: read the audit record, take it out, verify what was taken out."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from liftlock.cli.exits import EXIT
from liftlock.cli.output import AsJson, Limit, api, say, show
from liftlock.cli.reading import text_of
from liftlock.client import audit_events
from liftlock.client.connection import Document, Json
from liftlock.domain.audit_chains import HEAD_TYPE, Head, Verdict, verify
from liftlock.errors import Conflict, Invalid
from liftlock.passports import signing

app = App(name="audit", help="Read the audit record, take it out, verify what was taken out.")
NO_HEAD = (
    "No head was given: nobody can say whether newer events are missing, nor whether all of it "
    "was written anew."
)


class PublicKeyMissing(Invalid):
    """A head is worth nothing without the key that it was signed with."""

    code = "audit_head.key_missing"
    sentence = "Say which key the heads were signed with: --key, the file signing.pub."


class NoHeads(Invalid):
    """A folder has nothing to hold the export against."""

    code = "audit_head.none"
    sentence = "There is no head of the record in {folder}."


@app.command(name="list")
def list_audit_events(*, limit: Limit = 100, as_json: AsJson = False) -> None:
    """List who did what, latest first.

    Args:
        limit: At most so many; 100 when nothing is said.
    """
    with api() as connection:
        found = audit_events.list_audit_events(connection, at_most=limit)
    columns = ("position", "at", "tag", "by", "move", "fields")
    show(list(found), as_json=as_json, columns=columns)


@app.command
def check(*, as_json: AsJson = False) -> int:
    """Say whether anybody has changed the record; end with 5 when it was."""
    with api() as connection:
        broken = audit_events.check(connection)
    if broken or as_json:
        show(list(broken), as_json=as_json, columns=("organisation", "position"))
    else:
        say("Nobody has changed the audit record.")
    return EXIT[Conflict] if broken else 0


@app.command
def export(*, installation: bool = False, as_json: AsJson = False) -> None:
    """Print the organisation's whole record, an event a line (NDJSON), earliest first.

    It has what each hash covers, so that it can be verified without Liftlock's books.

    Args:
        installation: Instead, what belongs to no organisation; for platform operators.
        as_json: Print one JSON document.
    """
    with api() as connection:
        take = audit_events.installations_chain if installation else audit_events.chain
        found = take(connection)
    if as_json:
        show(list(found), as_json=True)
        return
    for event in found:
        print(_line(event))


def _line(event: Document) -> str:
    """Return an event as an export has it, to the letter."""
    at = str(event["at"]).replace("Z", "+00:00")
    whole, _, zone = at.partition("+")
    seconds, _, fraction = whole.partition(".")
    exact = {**event, "at": f"{seconds}.{fraction:0<6}+{zone}"}
    return json.dumps(exact, ensure_ascii=False, separators=(",", ":"))


@app.command(name="verify")
def verify_export(
    file: Path,
    /,
    *,
    head: Annotated[tuple[Path, ...], Parameter(negative="")] = (),
    key: Path | None = None,
    as_json: AsJson = False,
) -> int:
    """Say whether anything of an export was changed, lost, inserted or put into another order.

    It needs no books and no API. Ends with 5 when something is wrong.

    Args:
        file: What `liftlock audit export` printed.
        head: A signed head of the record, or a folder of them; with it, newer events that are
            missing are seen, too, and a record that was written anew. May be repeated.
        key: The public key (`signing.pub`) that the heads must be signed with.
        as_json: Print JSON.
    """
    heads = tuple(_heads(head, key))
    verdict = verify(_lines(text_of(file)), heads)
    if as_json:
        show(_shown(verdict, heads), as_json=True)
    else:
        _say(verdict, heads)
    return EXIT[Conflict] if verdict.faults else 0


def _lines(text: str) -> list[str]:
    """Return the lines of an export; what else breaks lines may stand in its texts."""
    return text.removesuffix("\n").split("\n") if text else []


def _heads(given: Sequence[Path], key: Path | None) -> Iterator[Head]:
    if not given:
        return
    if key is None:
        raise PublicKeyMissing
    public = signing.read_public(key)
    for path in given:
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not files:
            raise NoHeads(folder=str(path))
        for file in files:
            payload = signing.opened(public, HEAD_TYPE, text_of(file), str(file))
            yield Head.read(payload, str(file))


def _shown(verdict: Verdict, heads: Sequence[Head]) -> Json:
    faults: list[Json] = [
        {"kind": fault.kind, "position": fault.position, "said": fault.said}
        for fault in verdict.faults
    ]
    return {"events": verdict.events, "last": verdict.last, "heads": len(heads), "faults": faults}


def _say(verdict: Verdict, heads: Sequence[Head]) -> None:
    for fault in verdict.faults:
        print(f"{fault.kind.replace('_', ' ').capitalize()}: {fault.said}.")
    if not heads:
        say(NO_HEAD)
    if not verdict.faults:
        against = f", as {len(heads)} signed heads say" if heads else ""
        say(f"{verdict.events} events, the last is {verdict.last}: nothing is wrong{against}.")
