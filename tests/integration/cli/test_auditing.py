"""The audit record taken out and verified without books; heads signed by a worker."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from acme_books import Acme
from commands import Command, Ran
from eventually import eventually
from journeys import to_staging
from liftlock.domain.audit_chains import HEAD_TYPE
from liftlock.domain.audit_events import Tag
from liftlock.passports import signing
from liftlock.store import audit_events
from liftlock.workflows import recording
from liftlock.workflows.recording import Record
from liftlock.workflows.worker import Repeating

NASTY = {
    "long name": "x", "b": 'quote " back \\ slash / \b\f\n\r\t \x01 \x7f',
    "ä": "ünïcödé 🚢 \u2028 \x85", "n": -(2**70), "yes": True, "zero": 0, "": "",
}  # fmt: skip


@pytest.fixture
def record(tmp_path: Path) -> Record:
    signing.make(tmp_path / "keys" / "signing.key")
    key = signing.read(tmp_path / "keys" / "signing.key")
    return Record(folder=tmp_path / "heads", key=key)


@pytest.fixture
def acme_of(command: Command) -> Acme:
    assert command.served is not None
    acme = command.served.acme
    _ = to_staging(acme)
    with acme.books.transaction() as tx:
        audit_events.append(tx, Tag.MOVE_ENDED, acme.organisation.id, None, fields=NASTY)
        audit_events.append(tx, Tag.ORGANISATION_CHANGED, None, None, fields=NASTY)
    return acme


@pytest.fixture
def export(command: Command, acme_of: Acme, tmp_path: Path) -> Path:
    del acme_of
    file = tmp_path / "acme.ndjson"
    _ = file.write_text(command("audit", "export", who="eve").out)
    return file


def verified(liftlock_alone: Command, *words: str | Path) -> Ran:
    return liftlock_alone("audit", "verify", *words)


def test_what_the_books_have_hashed_is_hashed_the_same_outside(
    command: Command, liftlock_alone: Command, export: Path, tmp_path: Path
) -> None:
    ran = verified(liftlock_alone, export)
    assert (ran.code, ran.out) == (0, "")
    assert "nothing is wrong" in ran.err
    assert "No head was given" in ran.err
    own = tmp_path / "installation.ndjson"
    _ = own.write_text(command("audit", "export", "--installation", who="operator").out)
    assert verified(liftlock_alone, own).code == 0
    assert command("audit", "export", "--installation", who="eve").code == 3
    assert command("audit", "export", who="pat").code == 3


def changed(lines: list[str]) -> list[str]:
    return [lines[0], lines[1].replace(".registered", ".changed"), *lines[2:]]


FAULTS: tuple[tuple[str, Callable[[list[str]], list[str]]], ...] = (
    ("Changed: event 2 is not what was appended", changed),
    ("Lost: event 2 is missing", lambda lines: [lines[0], *lines[2:]]),
    ("Inserted: there is more than one event 1", lambda lines: [lines[0], *lines]),
    ("Reordered: event 1 stands after", lambda lines: [lines[1], lines[0], *lines[2:]]),
)


@pytest.mark.parametrize(("said", "plant"), FAULTS, ids=[said.split(":")[0] for said, _ in FAULTS])
def test_a_planted_fault_is_found_without_books(
    liftlock_alone: Command, export: Path, said: str, plant: Callable[[list[str]], list[str]]
) -> None:
    lines = export.read_text().removesuffix("\n").split("\n")
    _ = export.write_text("\n".join(plant(lines)) + "\n")
    ran = verified(liftlock_alone, export)
    assert (ran.code, said in ran.out) == (5, True), ran


def test_a_missing_tail_is_found_by_a_signed_head(
    acme_of: Acme, liftlock_alone: Command, export: Path, record: Record, tmp_path: Path
) -> None:
    assert recording.export(acme_of.books, record) == 2
    heads, key = record.folder / "acme", tmp_path / "keys" / "signing.pub"
    whole = verified(liftlock_alone, export, "--head", heads, "--key", key)
    assert (whole.code, "as 1 signed heads say" in whole.err) == (0, True)
    _ = export.write_text("".join(f"{line}\n" for line in export.read_text().split("\n")[:-2]))
    cut = verified(liftlock_alone, export, "--head", heads, "--key", key, "--json")
    assert cut.code == 5
    assert "tail_missing" in str(cut.document["faults"])
    assert verified(liftlock_alone, export).code == 0


def test_a_head_that_somebody_else_has_signed_is_worth_nothing(
    acme_of: Acme, liftlock_alone: Command, export: Path, record: Record, tmp_path: Path
) -> None:
    _ = recording.export(acme_of.books, record)
    (head,) = (record.folder / "acme").glob("*.json")
    signing.make(tmp_path / "other.key")
    other = verified(liftlock_alone, export, "--head", head, "--key", tmp_path / "other.pub")
    assert (other.code, "was not signed with the key" in other.err) == (5, True)
    key = tmp_path / "keys" / "signing.pub"
    envelope = json.loads(head.read_text())
    envelope["payload"] = "e30="
    _ = head.write_text(json.dumps(envelope))
    assert verified(liftlock_alone, export, "--head", head, "--key", key).code == 5
    for text in ("", "{}", "[]", '{"payloadType": "x", "payload": "e30=", "signatures": []}'):
        _ = head.write_text(text)
        assert verified(liftlock_alone, export, "--head", head, "--key", key).code == 2
    _ = head.write_text(signing.signed(record.key, HEAD_TYPE, b"{}"))
    assert verified(liftlock_alone, export, "--head", head, "--key", key).code == 2
    unkeyed = verified(liftlock_alone, export, "--head", head)
    assert (unkeyed.code, "--key" in unkeyed.err) == (2, True)
    nothing = verified(liftlock_alone, export, "--head", tmp_path / "keys", "--key", key)
    assert (nothing.code, "no head" in nothing.err) == (2, True)


def test_heads_are_taken_out_when_there_is_something_new(acme_of: Acme, record: Record) -> None:
    books = acme_of.books
    assert recording.export(books, record) == 2
    assert recording.export(books, record) == 0
    _ = to_staging(acme_of)
    ended = threading.Event()
    Repeating("record", 0.05, lambda: note(recording.export(books, record)), ended).start()
    _ = eventually(lambda: len(list((record.folder / "acme").glob("*.json"))) == 2)
    ended.set()
    assert len(list((record.folder / "installation").glob("*.json"))) == 1
    assert not list(record.folder.rglob("*.part"))


def note(written: int) -> None:
    del written


def test_a_record_that_went_back_is_told_and_nothing_is_written_over(
    acme_of: Acme, record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    _ = recording.export(acme_of.books, record)
    (head,) = (record.folder / "acme").glob("*.json")
    later = head.rename(head.with_name("000000999999.json"))
    assert recording.export(acme_of.books, record) == 0
    assert "audit.head_went_back" in "".join(capsys.readouterr())
    assert list((record.folder / "acme").glob("*.json")) == [later]
