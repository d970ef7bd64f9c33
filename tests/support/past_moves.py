"""Moves for pages to show: thousands that are over, and one at any step, without running any."""

from collections.abc import Mapping, Sequence
from typing import LiteralString

from acme_books import Acme
from builders import a_baseline, installed
from journeys import to_staging, validate
from liftlock.domain.contents import Content, Scope
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.progress import Progress
from liftlock.domain.statuses import MoveKind
from liftlock.domain.steps import StepState
from liftlock.services import runs, steps
from liftlock.store.contents import content_column
from liftlock.store.steps import Facts

TO_STAGING = (
    "copy_and_mask", "verify", "drain", "preserve", "swap", "install", "check", "resume", "attest",
)  # fmt: skip
NAMES: Mapping[MoveKind, tuple[str, ...]] = dict.fromkeys(MoveKind, TO_STAGING)

# Ever longer ago, a day apart: completed, failed, canceled and expired ones in turn.
SLOTS: LiteralString = """
    INSERT INTO slots (organisation_id, purpose, person_id, environment_id, slot, zone, wall, soon,
                       live, said, booked_at)
    SELECT %(organisation)s, 'move', %(person)s, %(staging)s,
           tstzrange(begins, begins + interval '2 hours'), 'Europe/Paris',
           begins AT TIME ZONE 'Europe/Paris', false, false, 'a move', begins - interval '1 day'
      FROM generate_series(%(count)s, 1, -1) AS ago,
           LATERAL (SELECT date_trunc('hour', now()) - ago * interval '1 day' AS begins) AS times
 RETURNING id
"""
MOVES: LiteralString = """
    INSERT INTO moves (organisation_id, kind, state, source_id, source_kind, target_id, target_kind,
                       slot_id, content, submitted_by, submitted_at, accepted_by, accepted_at,
                       validated_by, validated_at, validated_content, begun_at, ended_at, cause,
                       cause_said, steps)
    SELECT %(organisation)s, 'move_to_staging',
           (ARRAY['completed', 'failed', 'canceled', 'expired'])[1 + slots.id %% 4],
           %(development)s, 'development', %(staging)s, 'staging', slots.id, %(content)s,
           %(person)s, lower(slot) - interval '1 day', %(ben)s, lower(slot), %(ben)s, lower(slot),
           'sha256:0', CASE WHEN slots.id %% 4 < 2 THEN lower(slot) END, upper(slot),
           (ARRAY[NULL, 'check_said_no', 'canceled', 'not_validated'])[1 + slots.id %% 4], '',
           CASE WHEN slots.id %% 4 < 2 THEN ARRAY['drain'] ELSE '{}' END
      FROM slots
     WHERE slots.id = ANY (%(slots)s)
     ORDER BY lower(slot)
"""


def many(acme: Acme, count: int, modules: int = 5) -> None:
    """Write so many moves that are over, the last one of yesterday."""
    with acme.books.transaction() as tx:
        fields: dict[str, object] = {
            "organisation": acme.organisation.id,
            "development": acme.development.id,
            "staging": acme.staging.id,
            "person": acme.ana.id,
            "ben": acme.ben.id,
            "count": count,
            "content": content_column(some_content(modules)),
        }
        rows: list[tuple[int]] = tx.connection.execute(SLOTS, fields).fetchall()
        fields["slots"] = [id_ for (id_,) in rows]
        _ = tx.connection.execute(MOVES, fields)
        _ = tx.connection.execute("ANALYZE moves, slots")


def some_content(modules: int) -> Content:
    """Return what a move carries that goes up by so many modules."""
    names = [f"acme.module_{n:03}" for n in range(modules)]
    return Content(
        packages=tuple(installed(name, "2.0") for name in names),
        scope=Scope(systemdb_and_files=True, data=True),
        baseline=a_baseline(*(installed(name) for name in names), systemdb="sha256:1"),
    )


def running(acme: Acme) -> Move:
    """Begin a Move to Staging, of which no step has begun."""
    move = to_staging(acme)
    _ = validate(acme, move)
    with acme.books.transaction() as tx:
        [begun] = runs.begin_due(tx, NAMES)
    return begun


def step_begins(acme: Acme, move: MoveId, name: str) -> None:
    with acme.books.transaction() as tx:
        steps.begin(tx, move, name)


def step_says(
    acme: Acme, move: MoveId, name: str, said: str, *, done: int = 0, of: int = 0
) -> None:
    with acme.books.transaction() as tx:
        steps.tell(tx, move, name, Progress(said=said, done=done, of=of, unit="rows"))


def step_ends(
    acme: Acme,
    move: MoveId,
    name: str,
    said: str = "done",
    *,
    state: StepState = StepState.DONE,
    facts: Facts | None = None,
) -> None:
    with acme.books.transaction() as tx:
        steps.end(tx, move, name, state, said=said, facts=facts or {})


def steps_done(acme: Acme, move: MoveId, names: Sequence[str]) -> None:
    """Let these steps have begun and ended."""
    for name in names:
        step_begins(acme, move, name)
        step_ends(acme, move, name, f"{name} is done", facts=FACTS.get(name))


def content_of(acme: Acme, move: MoveId, content: Content) -> None:
    """Let a move carry something else than what was scheduled."""
    with acme.books.transaction() as tx:
        _ = tx.connection.execute(
            "UPDATE moves SET content = %(content)s WHERE id = %(move)s",
            {"content": content_column(content), "move": move},
        )


FACTS: Mapping[str, Facts] = {
    "copy_and_mask": {
        "rows": 1_234_567,
        "files": 812,
        "files_bytes": 41_943_040,
        "files_left_out": 3,
        "spread_ms": 1.25,
        "snapshot_s": 95.0,
        "taken_at": "2026-05-29T20:00:00+00:00",
    },
    "drain": {
        "sessions_ended": [
            {"database": "customers", "role": "app", "application": "reports", "count": 2}
        ]
    },
    "preserve": {
        "rows": {"systemdb": {"base.settings": 2}},
        "skipped": ["base.old"],
        "files": 1,
        "scripts": ["systemdb: acme.base: neutralize.sql"],
        "touched": {"systemdb": ["base.settings"]},
        "masking": {
            "columns": [
                {
                    "database": "customers",
                    "column": "base.customers.email",
                    "rule": "email",
                    "rows": 4000,
                    "distinct_before": 3990,
                    "distinct_after": 3990,
                    "survivors": 0,
                }
            ],
            "large_objects": [{"database": "customers", "handling": "placeholder", "count": 17}],
            "paths": [{"glob": "attachments/**", "handling": "leave_out", "files": 3}],
            "survivors": [],
            "survivors_total": 0,
            "originals": 7990,
            "tables": 12,
            "rows": 1_234_567,
            "objects": 240,
            "shared_with_production": ["customers"],
            "note": "Recycled WAL segments keep what they had.",
        },
    },
    "install": {"modules": [{"module": "acme.crm 1.0", "migrations": ["001-notes.sql"]}]},
    "check": {"checks": 4},
}
