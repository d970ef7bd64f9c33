"""Refusals as they leave the API: what is asked, what is said, and that nothing changed."""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from acme_books import Acme
from served import Answer, Served

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
LOOK = "SELECT count(*), coalesce(md5(string_agg(t::text, ' ' ORDER BY t::text)), '') FROM {} AS t"

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something that is asked, and how it is refused."""

    who: str
    method: str
    path: str
    body: object = None
    status: int
    code: str
    names: tuple[str, ...] = ()
    """What the sentence must name."""

    @property
    def title(self) -> str:
        return f"{self.who} {self.method} {self.path} {self.body or ''}: {self.code}"


def pages(acme: Acme) -> dict[str, tuple[int, str]]:
    """Return, for each table of the books, how many rows it has and a digest of them."""
    with psycopg.connect(acme.url.get_secret_value()) as connection:
        names = [str(name) for (name,) in connection.execute(TABLES).fetchall()]
        return {name: _look(connection, name) for name in names}


def _look(connection: psycopg.Connection, name: str) -> tuple[int, str]:
    row = connection.execute(sql.SQL(LOOK).format(sql.Identifier(name))).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])


def refused(served: Served, case: Refusal) -> Answer:
    """Ask, and assert that it is refused as it should be and that the books are as before."""
    before = pages(served.acme)
    answer = served.ask(case.who, case.method, case.path, case.body)
    assert (answer.status, answer.code) == (case.status, case.code), answer
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.body["type"] == f"urn:liftlock:{case.code}"
    for name in case.names:
        assert name in answer.detail
    assert pages(served.acme) == before
    return answer
