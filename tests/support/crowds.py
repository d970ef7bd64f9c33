"""Books in which much has happened: one move, repeated as often as a test wants, back in time."""

from typing import LiteralString

from acme_books import Acme

SLOTS: LiteralString = """
    INSERT INTO slots (organisation_id, purpose, person_id, environment_id, slot, zone, wall, soon,
                       live, said, booked_at)
    SELECT organisation_id, purpose, person_id, environment_id,
           tstzrange(lower(slot) - n * '5 hours'::interval, upper(slot) - n * '5 hours'::interval),
           zone, wall - n * '5 hours'::interval, soon, false, said,
           booked_at - n * '5 hours'::interval
      FROM slots, generate_series(%(many)s, 1, -1) AS n
     WHERE id = (SELECT slot_id FROM moves WHERE id = %(move)s)
    RETURNING id
"""
MOVES: LiteralString = """
    INSERT INTO moves (organisation_id, kind, state, source_id, source_kind, target_id, target_kind,
                       slot_id, content, submitted_by, submitted_at, accepted_by, accepted_at,
                       validated_by, validated_at, begun_at, ended_at, cause, cause_said, steps)
    SELECT m.organisation_id, m.kind, m.state, m.source_id, m.source_kind, m.target_id,
           m.target_kind, s.id, m.content, m.submitted_by, s.booked_at, m.accepted_by,
           s.booked_at + (m.accepted_at - m.submitted_at), m.validated_by,
           s.booked_at + (m.validated_at - m.submitted_at),
           s.booked_at + (m.begun_at - m.submitted_at), s.booked_at + (m.ended_at - m.submitted_at),
           m.cause, m.cause_said, m.steps
      FROM moves m, slots s
     WHERE m.id = %(move)s AND s.id = ANY(%(slots)s)
     ORDER BY s.id
    RETURNING id
"""
STEPS: LiteralString = """
    INSERT INTO steps (move_id, name, position, state, begun_at, told_at, ended_at, said, facts)
    SELECT m.id, s.name, s.position, s.state, m.begun_at + (s.begun_at - one.begun_at),
           m.begun_at + (s.told_at - one.begun_at), m.begun_at + (s.ended_at - one.begun_at),
           s.said, s.facts
      FROM steps s JOIN moves one ON one.id = s.move_id, moves m
     WHERE one.id = %(move)s AND m.id = ANY(%(moves)s)
"""
TOLD: LiteralString = """
    INSERT INTO notifications (organisation_id, person_id, move_id, tag, said, created_at, title,
                               read_at)
    SELECT n.organisation_id, n.person_id, m.id, n.tag, n.said, m.submitted_at, n.title,
           m.submitted_at
      FROM notifications n, moves m
     WHERE n.move_id = %(move)s AND m.id = ANY(%(moves)s)
"""
NOTED: LiteralString = """
    INSERT INTO audit_events (organisation_id, tag, person_id, move_id, environment_id, at, fields)
    SELECT e.organisation_id, e.tag, e.person_id, m.id, e.environment_id, m.submitted_at, e.fields
      FROM audit_events e, moves m
     WHERE e.move_id = %(move)s AND m.id = ANY(%(moves)s)
"""
ANALYZE: LiteralString = "ANALYZE"


def crowd(acme: Acme, move: int, many: int, *, noted: bool = False) -> None:
    """Repeat a move that is over so many times, with its steps and messages; `noted`: and with its
    lines of the audit record, which takes a while: they are one chain.
    """
    with acme.books.transaction() as tx:
        run = tx.connection.execute
        found = run(SLOTS, {"move": move, "many": many}).fetchall()
        made = run(MOVES, {"move": move, "slots": [id_ for (id_,) in found]}).fetchall()
        given = {"move": move, "moves": [id_ for (id_,) in made]}
        _ = run(STEPS, given)
        _ = run(TOLD, given)
        if noted:
            _ = run(NOTED, given)
    with acme.books.transaction() as tx:
        _ = tx.connection.execute(ANALYZE)
