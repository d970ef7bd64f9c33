"""Recording: each worker signs the head of each audit chain now and then, and takes it out.

A head is a file of its own, named by the position that it speaks of, and never written again. It
says later whether the newest events of a chain were cut off, or all of it was written anew: put the
folder where whoever keeps the books cannot write.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liftlock.books import Books
from liftlock.domain.audit_chains import HEAD_TYPE, Head
from liftlock.passports import signing
from liftlock.services import audit_events
from liftlock.telemetry import log


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Where heads are taken, and what signs them."""

    folder: Path
    key: Ed25519PrivateKey


def export(books: Books, record: Record) -> int:
    """Write the head of each chain that has grown; return how many were written."""
    with books.transaction() as tx:
        heads = audit_events.heads(tx)
    return sum(_write(head, record) for head in heads)


def _write(head: Head, record: Record) -> bool:
    folder = record.folder / head.name
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    file = folder / f"{head.position:012}.json"
    newest = max((path.name for path in folder.glob("*.json")), default="")
    if newest > file.name:
        log.error("audit.head_went_back", chain=head.name, position=head.position, newest=newest)
        return False
    if file.exists():
        return False
    _write_whole(file, signing.signed(record.key, HEAD_TYPE, head.payload))
    log.info("audit.head_exported", chain=head.name, position=head.position)
    return True


def _write_whole(file: Path, text: str) -> None:
    """Write a file that is there whole, or not at all."""
    part = file.with_suffix(f".{os.getpid()}.part")
    with part.open("w", encoding="utf-8") as opened:
        _ = opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    _ = part.rename(file)
