-- Freezes that come again each week, and overrides of them; what people were told and have read, and the mail of it.

ALTER TABLE freezes
    ADD COLUMN weekly boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT freezes_of_organisation UNIQUE (organisation_id, id),
    ADD CONSTRAINT freezes_weekly_fits CHECK (NOT weekly OR upper(during) - lower(during) < interval '7 days');
CREATE INDEX freezes_in_force ON freezes (organisation_id) WHERE canceled_at IS NULL;

-- An override is of one move at the time that it is booked for: with another date the freeze counts again.
CREATE TABLE freeze_overrides (
    organisation_id bigint NOT NULL,
    freeze_id bigint NOT NULL,
    move_id bigint NOT NULL,
    slot_begins timestamptz NOT NULL,
    reason text NOT NULL,
    entered_by bigint NOT NULL,
    entered_at timestamptz NOT NULL,
    CONSTRAINT freeze_overrides_pkey PRIMARY KEY (move_id, freeze_id, slot_begins),
    CONSTRAINT freeze_overrides_freeze_known FOREIGN KEY (organisation_id, freeze_id)
        REFERENCES freezes (organisation_id, id),
    CONSTRAINT freeze_overrides_move_known FOREIGN KEY (organisation_id, move_id) REFERENCES moves (organisation_id, id),
    CONSTRAINT freeze_overrides_person_known FOREIGN KEY (entered_by) REFERENCES people (id),
    CONSTRAINT freeze_overrides_reason_given CHECK (reason <> '')
);
CREATE INDEX freeze_overrides_of_organisation ON freeze_overrides (organisation_id);

ALTER TABLE notifications
    DROP COLUMN sent_at,
    ADD COLUMN title text NOT NULL DEFAULT '',
    ADD COLUMN repository text,
    ADD COLUMN read_at timestamptz;
CREATE INDEX notifications_of_person ON notifications (person_id, id);
CREATE INDEX notifications_unread ON notifications (person_id) WHERE read_at IS NULL;

-- The outbox: written with the notification, in the transaction of the change that it speaks of.
CREATE TABLE mailings (
    notification_id bigint CONSTRAINT mailings_pkey PRIMARY KEY,
    state text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    ended_at timestamptz,
    trouble text NOT NULL DEFAULT '',
    CONSTRAINT mailings_notification_known FOREIGN KEY (notification_id) REFERENCES notifications (id),
    CONSTRAINT mailings_state_known CHECK (state IN ('waiting', 'sent', 'given_up')),
    CONSTRAINT mailings_end_some_time CHECK ((state = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX mailings_waiting ON mailings (next_try_at) WHERE state = 'waiting';

-- For which slot it was looked whether the move is about to expire: once each.
ALTER TABLE moves
    ADD COLUMN looked_ahead_for timestamptz;
