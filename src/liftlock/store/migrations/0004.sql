-- Whoever looks at a move hears of every change of it: listeners of channel `liftlock` get `move 12` once it is committed.

CREATE FUNCTION moves_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('liftlock', 'move ' || NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER moves_notify AFTER INSERT OR UPDATE ON moves
    FOR EACH ROW EXECUTE FUNCTION moves_notify();

CREATE FUNCTION of_move_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('liftlock', 'move ' || NEW.move_id);
    RETURN NULL;
END $$;
CREATE TRIGGER steps_notify AFTER INSERT OR UPDATE ON steps
    FOR EACH ROW EXECUTE FUNCTION of_move_notify();
CREATE TRIGGER resolutions_notify AFTER INSERT OR UPDATE ON resolutions
    FOR EACH ROW EXECUTE FUNCTION of_move_notify();

-- Pages of many moves: the history by kind or state, what ran last, what is in the way, the events of one move.
CREATE INDEX moves_of_kind ON moves (organisation_id, kind, id);
CREATE INDEX moves_of_state ON moves (organisation_id, state, id);
CREATE INDEX moves_unresolved ON moves (organisation_id) WHERE state = 'errored' AND resolved_at IS NULL;
CREATE INDEX moves_ended ON moves (organisation_id, kind, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX audit_events_of_move ON audit_events (move_id) WHERE move_id IS NOT NULL;
CREATE INDEX restore_points_kept ON restore_points (organisation_id, environment_id) WHERE dropped_at IS NULL;

-- A package's title stands in its manifest, which no list should have to parse.
ALTER TABLE packages ADD COLUMN title text NOT NULL DEFAULT '';
CREATE INDEX packages_of_code ON packages (organisation_id, code, pushed_at);

-- The last event of a chain is found by its index, however long the chain is: IS NOT DISTINCT FROM would read it whole.
CREATE OR REPLACE FUNCTION audit_events_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before audit_events;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('liftlock.audit_events', coalesce(NEW.organisation_id, 0)));
    IF NEW.organisation_id IS NULL THEN
        SELECT * INTO before FROM audit_events WHERE organisation_id IS NULL ORDER BY position DESC LIMIT 1;
    ELSE
        SELECT * INTO before FROM audit_events
         WHERE organisation_id = NEW.organisation_id ORDER BY position DESC LIMIT 1;
    END IF;
    NEW.position := coalesce(before.position, 0) + 1;
    NEW.previous := coalesce(before.hash, ''::bytea);
    NEW.hash := audit_events_hash(NEW);
    RETURN NEW;
END $$;
