-- An Undo says what it takes back, in its content; a move that was undone says by which Undo.
ALTER TABLE moves
    ADD COLUMN undoes_id bigint GENERATED ALWAYS AS ((content -> 'undoing' ->> 'move')::bigint) STORED,
    ADD COLUMN undone_by_id bigint,
    ADD CONSTRAINT moves_undoes_known FOREIGN KEY (organisation_id, undoes_id)
        REFERENCES moves (organisation_id, id),
    ADD CONSTRAINT moves_undone_by_known FOREIGN KEY (organisation_id, undone_by_id)
        REFERENCES moves (organisation_id, id),
    ADD CONSTRAINT moves_undo_undoes CHECK ((kind = 'undo') = (undoes_id IS NOT NULL)),
    ADD CONSTRAINT moves_undone_by_an_undo CHECK ((state = 'undone') = (undone_by_id IS NOT NULL)),
    DROP CONSTRAINT moves_validated_by_somebody,
    ADD CONSTRAINT moves_validated_by_somebody CHECK (
        state NOT IN ('validated', 'running') OR validated_by IS NOT NULL
        OR kind = 'down_align' OR (kind = 'undo' AND target_kind <> 'production')
    );

-- One undo at a time for each environment: the next one would undo something else.
CREATE UNIQUE INDEX moves_one_undo ON moves (target_id)
    WHERE kind = 'undo' AND state IN ('proposed', 'validated', 'running');
-- What was completed in an environment, latest first; what an Undo had undone.
CREATE INDEX moves_completed ON moves (target_id, ended_at) WHERE state = 'completed';
CREATE INDEX moves_undone_by ON moves (undone_by_id) WHERE undone_by_id IS NOT NULL;
