"""Large objects, all of a database by one decision: kept, replaced by placeholders, or left out.

They keep their number, since tables refer to it, and belong to whom they belong in Production.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import class_row, scalar_row

from liftlock.domain.policies import Handling
from liftlock.downalign.catalogs import ask
from liftlock.downalign.ownership import PUBLIC, Rename

PLACEHOLDER = b"liftlock placeholder\n"
_CHUNK = 1024 * 1024
_BATCH = 200
"""Each one holds a lock until its transaction ends."""

CREATE: LiteralString = "SELECT lo_create(%(oid)s::oid)"
READ: LiteralString = "SELECT lo_get(%(oid)s::oid, %(offset)s, %(size)s)"
WRITE: LiteralString = "SELECT lo_put(%(oid)s::oid, %(offset)s, %(chunk)s)"
OWNER: LiteralString = "ALTER LARGE OBJECT {oid} OWNER TO {role}"
REVOKE: LiteralString = "REVOKE ALL ON LARGE OBJECT {oid} FROM {role}"
GRANT: LiteralString = "GRANT {privilege} ON LARGE OBJECT {oid} TO {role}{option}"
COMMENT: LiteralString = "COMMENT ON LARGE OBJECT {oid} IS {comment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeObject:
    """One large object; `grants` are role, privilege, grantable."""

    oid: int
    owner: str
    explicit: bool
    grants: list[tuple[str, str, bool]]
    comment: str | None
    readable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What the copy's large objects are to be: a digest over contents, owners, grants."""

    count: int
    digest: str


def read(connection: Connection) -> list[LargeObject]:
    """Return the large objects of the connection's database."""
    return ask(connection, "large_objects", class_row(LargeObject))


def copy(source: Connection, copy_: Connection, handling: Handling, rename: Rename) -> Copied:
    """Copy all of a database's large objects as decided. Contents may be larger than memory.

    Raises: psycopg.Error.
    """
    if handling is Handling.LEAVE_OUT:
        return Copied(count=0, digest=_digest([]))
    lines: list[str] = []
    for batch in _batches(read(source)):
        with copy_.transaction():
            for one in batch:
                lines.append(_line(one, _copy_content(source, copy_, one, handling), rename))
                _dress(copy_, one, rename)
    return Copied(count=len(lines), digest=_digest(lines))


def found_in(connection: Connection) -> Copied:
    """Return what the large objects of the connection's database are."""
    lines = [_line(o, _content_digest(_chunks(connection, o.oid)), str) for o in read(connection)]
    return Copied(count=len(lines), digest=_digest(lines))


def _batches(objects: list[LargeObject]) -> Iterator[list[LargeObject]]:
    for start in range(0, len(objects), _BATCH):
        yield objects[start : start + _BATCH]


def _copy_content(
    source: Connection, copy_: Connection, one: LargeObject, handling: Handling
) -> str:
    _ = copy_.execute(CREATE, {"oid": one.oid})
    kept = handling is Handling.KEEP
    written = _written(copy_, one.oid, _chunks(source, one.oid) if kept else (PLACEHOLDER,))
    return _content_digest(written)


def _written(copy_: Connection, oid: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    offset = 0
    for chunk in chunks:
        _ = copy_.execute(WRITE, {"oid": oid, "offset": offset, "chunk": chunk})
        offset += len(chunk)
        yield chunk


def _chunks(connection: Connection, oid: int) -> Iterator[bytes]:
    offset = 0
    with connection.cursor(row_factory=scalar_row, binary=True) as cursor:
        while chunk := cursor.execute(
            READ, {"oid": oid, "offset": offset, "size": _CHUNK}
        ).fetchone():
            yield bytes(chunk)
            offset += len(chunk)


def _dress(copy_: Connection, one: LargeObject, rename: Rename) -> None:
    oid = sql.Literal(one.oid)
    owner = sql.Identifier(rename(one.owner))
    _ = copy_.execute(sql.SQL(OWNER).format(oid=oid, role=owner))
    if one.comment is not None:
        comment = sql.Literal(one.comment)
        _ = copy_.execute(sql.SQL(COMMENT).format(oid=oid, comment=comment))
    if one.explicit:
        _ = copy_.execute(sql.SQL(REVOKE).format(oid=oid, role=owner))
        for grantee, privilege, grantable in one.grants:
            public = grantee == PUBLIC
            statement = sql.SQL(GRANT).format(
                privilege=sql.SQL("UPDATE" if privilege == "UPDATE" else "SELECT"),
                oid=oid,
                role=sql.SQL("PUBLIC") if public else sql.Identifier(rename(grantee)),
                option=sql.SQL(" WITH GRANT OPTION" if grantable else ""),
            )
            _ = copy_.execute(statement)


def _line(one: LargeObject, content: str, rename: Rename) -> str:
    grants = sorted(
        f"{g if g == PUBLIC else rename(g)} {privilege} {grantable}"
        for g, privilege, grantable in one.grants
    )
    return f"{one.oid} {content} {rename(one.owner)} {grants} {one.comment or ''}"


def _content_digest(chunks: Iterable[bytes]) -> str:
    digest = sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _digest(lines: Iterable[str]) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()
