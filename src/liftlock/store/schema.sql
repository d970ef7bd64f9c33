-- Liftlock's books as the migrations make them: to read, and to compare. Nothing is made from this file.

CREATE TABLE migrations (
    name text CONSTRAINT migrations_pkey PRIMARY KEY,
    applied_at timestamptz NOT NULL
);

CREATE TABLE installations (
    id smallint DEFAULT 1 CONSTRAINT installations_pkey PRIMARY KEY,
    name text NOT NULL,
    zone text NOT NULL,
    move_to_staging_min integer NOT NULL DEFAULT 240,
    move_to_production_min integer NOT NULL DEFAULT 120,
    down_align_min integer NOT NULL DEFAULT 240,
    undo_min integer NOT NULL DEFAULT 60,
    late_after_min integer NOT NULL DEFAULT 30,
    created_at timestamptz NOT NULL,
    database_id text,
    CONSTRAINT installations_only_one CHECK (id = 1),
    CONSTRAINT installations_name_fits CHECK (name ~ '^[a-z][a-z0-9]{0,7}$'),
    CONSTRAINT installations_lengths_positive CHECK (
        least(move_to_staging_min, move_to_production_min, down_align_min, undo_min, late_after_min) > 0
    )
);

CREATE TABLE organisations (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT organisations_pkey PRIMARY KEY,
    code text NOT NULL CONSTRAINT organisations_code_unique UNIQUE,
    title text NOT NULL,
    plan text NOT NULL,
    self_service boolean NOT NULL,
    four_eyes boolean NOT NULL,
    masking_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT organisations_code_fits CHECK (code ~ '^[a-z][a-z0-9-]{0,38}$'),
    CONSTRAINT organisations_plan_known CHECK (plan IN ('enterprise', 'essential'))
);

CREATE TABLE environments (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT environments_pkey PRIMARY KEY,
    organisation_id bigint NOT NULL,
    kind text NOT NULL,
    data_policy text,
    files text NOT NULL,
    runtime jsonb NOT NULL,
    readback jsonb NOT NULL,
    schema_ignored text[] NOT NULL DEFAULT '{}',
    registered_at timestamptz NOT NULL,
    hook_secret bytea,
    CONSTRAINT environments_organisation_known FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT environments_one_of_a_kind UNIQUE (organisation_id, kind),
    CONSTRAINT environments_of_organisation UNIQUE (organisation_id, id, kind),
    CONSTRAINT environments_files_unique UNIQUE (files),
    CONSTRAINT environments_files_absolute CHECK (files ~ '^/.*[^/]$'),
    CONSTRAINT environments_kind_known CHECK (kind IN ('development', 'staging', 'production')),
    CONSTRAINT environments_development_anonymized CHECK (kind <> 'development' OR data_policy = 'anonymized'),
    CONSTRAINT environments_data_policy_known CHECK (
        CASE kind WHEN 'production' THEN data_policy IS NULL
                  ELSE data_policy IS NOT NULL AND data_policy IN ('replica', 'anonymized') END
    )
);

CREATE TABLE environment_databases (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT environment_databases_pkey PRIMARY KEY,
    environment_id bigint NOT NULL,
    label text NOT NULL,
    role text NOT NULL,
    server text NOT NULL,
    name text NOT NULL,
    maintenance text NOT NULL,
    disk text,
    keeper bytea NOT NULL,
    application bytea NOT NULL,
    tls text NOT NULL DEFAULT 'verify',
    root_certificate text,
    CONSTRAINT environment_databases_environment_known FOREIGN KEY (environment_id) REFERENCES environments (id),
    CONSTRAINT environment_databases_label_unique UNIQUE (environment_id, label),
    CONSTRAINT environment_databases_database_unique UNIQUE (server, name),
    CONSTRAINT environment_databases_label_fits CHECK (label ~ '^[a-z][a-z0-9_-]{0,38}$' AND label <> 'files'),
    CONSTRAINT environment_databases_role_known CHECK (role IN ('systemdb', 'data', 'both')),
    CONSTRAINT environment_databases_tls_known CHECK (tls IN ('verify', 'none'))
);
CREATE UNIQUE INDEX environment_databases_one_systemdb ON environment_databases (environment_id) WHERE role <> 'data';

-- One directory inside another would be copied into itself, and swapped away with it.
CREATE FUNCTION environments_files_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('liftlock.environments.files', 0));
    IF EXISTS (
        SELECT FROM environments
         WHERE id <> NEW.id AND (starts_with(files, NEW.files || '/') OR starts_with(NEW.files, files || '/'))
    ) THEN
        RAISE EXCEPTION 'one environment''s files lie inside another''s'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'environments_files_apart';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER environments_files_apart BEFORE INSERT OR UPDATE OF files ON environments
    FOR EACH ROW EXECUTE FUNCTION environments_files_apart();

CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT people_pkey PRIMARY KEY,
    organisation_id bigint,
    login text NOT NULL CONSTRAINT people_login_unique UNIQUE,
    name text NOT NULL,
    email text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    CONSTRAINT people_organisation_known FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT people_login_fits CHECK (login ~ '^[a-z0-9][a-z0-9._@+-]{0,99}$'),
    CONSTRAINT people_name_given CHECK (name <> '')
);

CREATE TABLE grants (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT grants_pkey PRIMARY KEY,
    person_id bigint NOT NULL,
    role text NOT NULL,
    environment_id bigint,
    granted_by bigint,
    granted_at timestamptz NOT NULL,
    CONSTRAINT grants_person_known FOREIGN KEY (person_id) REFERENCES people (id),
    CONSTRAINT grants_environment_known FOREIGN KEY (environment_id) REFERENCES environments (id),
    CONSTRAINT grants_granter_known FOREIGN KEY (granted_by) REFERENCES people (id),
    CONSTRAINT grants_unique UNIQUE NULLS NOT DISTINCT (person_id, role, environment_id),
    CONSTRAINT grants_role_known CHECK (role IN ('operator', 'administrator', 'auditor', 'publisher', 'previewer')),
    CONSTRAINT grants_administrator_of_environment CHECK ((role = 'administrator') = (environment_id IS NOT NULL))
);

CREATE TABLE keys (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT keys_pkey PRIMARY KEY,
    person_id bigint NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL CONSTRAINT keys_digest_unique UNIQUE,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT keys_person_known FOREIGN KEY (person_id) REFERENCES people (id),
    CONSTRAINT keys_digest_is_sha256 CHECK (octet_length(digest) = 32)
);
CREATE UNIQUE INDEX keys_name_unique ON keys (person_id, name) WHERE revoked_at IS NULL;

CREATE TABLE packages (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT packages_pkey PRIMARY KEY,
    organisation_id bigint NOT NULL,
    digest text NOT NULL,
    code text NOT NULL,
    version text NOT NULL,
    manifest text NOT NULL,
    scripts jsonb NOT NULL,
    pushed_by bigint NOT NULL,
    pushed_at timestamptz NOT NULL,
    title text NOT NULL DEFAULT '',
    CONSTRAINT packages_organisation_known FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT packages_pusher_known FOREIGN KEY (pushed_by) REFERENCES people (id),
    CONSTRAINT packages_digest_unique UNIQUE (organisation_id, digest),
    CONSTRAINT packages_digest_is_sha256 CHECK (digest ~ '^sha256:[0-9a-f]{64}$')
);

CREATE TABLE slots (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT slots_pkey PRIMARY KEY,
    organisation_id bigint NOT NULL,
    purpose text NOT NULL,
    person_id bigint NOT NULL,
    environment_id bigint,
    slot tstzrange NOT NULL,
    zone text NOT NULL,
    wall timestamp NOT NULL,
    soon boolean NOT NULL,
    live boolean NOT NULL,
    expires_at timestamptz,
    said text NOT NULL,
    booked_at timestamptz NOT NULL,
    CONSTRAINT slots_organisation_known FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT slots_person_known FOREIGN KEY (person_id) REFERENCES people (id),
    CONSTRAINT slots_environment_known FOREIGN KEY (environment_id) REFERENCES environments (id),
    CONSTRAINT slots_of_organisation UNIQUE (organisation_id, id),
    CONSTRAINT slots_purpose_known CHECK (purpose IN ('move', 'hold', 'maintenance')),
    CONSTRAINT slots_bounded CHECK (
        NOT isempty(slot) AND lower_inc(slot) AND NOT upper_inc(slot)
        AND isfinite(lower(slot)) AND isfinite(upper(slot))
    ),
    CONSTRAINT slots_on_the_grid CHECK (extract(epoch FROM lower(slot))::bigint % 300 = 0),
    CONSTRAINT slots_holds_expire CHECK ((purpose = 'hold') = (expires_at IS NOT NULL)),
    -- With a bigint made a range of itself, no extension is needed.
    CONSTRAINT slots_never_overlap EXCLUDE USING gist (
        int8range(organisation_id, organisation_id, '[]') WITH &&, slot WITH &&
    ) WHERE (live)
);
CREATE UNIQUE INDEX slots_one_hold_a_person ON slots (person_id) WHERE live AND purpose = 'hold';

CREATE TABLE freezes (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT freezes_pkey PRIMARY KEY,
    organisation_id bigint NOT NULL,
    environment_id bigint,
    during tstzrange NOT NULL,
    reason text NOT NULL,
    entered_by bigint NOT NULL,
    entered_at timestamptz NOT NULL,
    canceled_at timestamptz,
    weekly boolean NOT NULL DEFAULT false,
    CONSTRAINT freezes_organisation_known FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT freezes_environment_known FOREIGN KEY (environment_id) REFERENCES environments (id),
    CONSTRAINT freezes_person_known FOREIGN KEY (entered_by) REFERENCES people (id),
    CONSTRAINT freezes_reason_given CHECK (reason <> ''),
    CONSTRAINT freezes_bounded CHECK (NOT isempty(during) AND isfinite(lower(during)) AND isfinite(upper(during))),
    CONSTRAINT freezes_of_organisation UNIQUE (organisation_id, id),
    CONSTRAINT freezes_weekly_fits CHECK (NOT weekly OR upper(during) - lower(during) < interval '7 days')
);
CREATE INDEX freezes_during ON freezes USING gist (during);
CREATE INDEX freezes_in_force ON freezes (organisation_id) WHERE canceled_at IS NULL;

CREATE TABLE moves (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT moves_pkey PRIMARY KEY,
    organisation_id bigint NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    source_id bigint NOT NULL,
    source_kind text NOT NULL,
    target_id bigint NOT NULL,
    target_kind text NOT NULL,
    slot_id bigint NOT NULL CONSTRAINT moves_slot_unique UNIQUE,
    content jsonb NOT NULL,
    submitted_by bigint NOT NULL,
    submitted_at timestamptz NOT NULL,
    accepted_by bigint,
    accepted_at timestamptz,
    validated_by bigint,
    validated_at timestamptz,
    validated_content text,
    date_modified_by bigint,
    date_modified_at timestamptz,
    changed text[] NOT NULL DEFAULT '{}',
    tested_note text NOT NULL DEFAULT '',
    way_free_at timestamptz,
    begun_at timestamptz,
    ended_at timestamptz,
    cause text,
    cause_said text NOT NULL DEFAULT '',
    stop_asked_by bigint,
    stop_asked_at timestamptz,
    steps text[] NOT NULL DEFAULT '{}',
    attempt integer NOT NULL DEFAULT 0,
    resolved_by bigint,
    resolved_at timestamptz,
    resolved_note text NOT NULL DEFAULT '',
    looked_ahead_for timestamptz,
    undoes_id bigint GENERATED ALWAYS AS ((content -> 'undoing' ->> 'move')::bigint) STORED,
    undone_by_id bigint,
    CONSTRAINT moves_organisation_known FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT moves_source_known FOREIGN KEY (organisation_id, source_id, source_kind)
        REFERENCES environments (organisation_id, id, kind),
    CONSTRAINT moves_target_known FOREIGN KEY (organisation_id, target_id, target_kind)
        REFERENCES environments (organisation_id, id, kind),
    CONSTRAINT moves_slot_known FOREIGN KEY (organisation_id, slot_id) REFERENCES slots (organisation_id, id),
    CONSTRAINT moves_of_organisation UNIQUE (organisation_id, id),
    CONSTRAINT moves_submitter_known FOREIGN KEY (submitted_by) REFERENCES people (id),
    CONSTRAINT moves_accepter_known FOREIGN KEY (accepted_by) REFERENCES people (id),
    CONSTRAINT moves_validator_known FOREIGN KEY (validated_by) REFERENCES people (id),
    CONSTRAINT moves_date_modifier_known FOREIGN KEY (date_modified_by) REFERENCES people (id),
    CONSTRAINT moves_stopper_known FOREIGN KEY (stop_asked_by) REFERENCES people (id),
    CONSTRAINT moves_resolver_known FOREIGN KEY (resolved_by) REFERENCES people (id),
    CONSTRAINT moves_kind_known CHECK (kind IN ('move_to_staging', 'move_to_production', 'down_align', 'undo')),
    CONSTRAINT moves_state_known CHECK (state IN (
        'proposed', 'validated', 'running', 'completed', 'failed', 'errored', 'canceled', 'expired', 'undone'
    )),
    CONSTRAINT moves_cause_known CHECK (cause IN (
        'check_said_no', 'broke', 'stopped', 'canceled', 'withdrawn', 'late', 'stale', 'not_validated', 'frozen'
    )),
    -- Production is never the target of a down alignment, whatever the code does.
    CONSTRAINT moves_go_their_way CHECK (
        CASE kind WHEN 'move_to_staging' THEN source_kind = 'development' AND target_kind = 'staging'
                  WHEN 'move_to_production' THEN source_kind = 'staging' AND target_kind = 'production'
                  WHEN 'down_align' THEN source_kind = 'production' AND target_kind = 'development'
                  ELSE source_id = target_id END
    ),
    CONSTRAINT moves_run_with_steps CHECK (state <> 'running' OR (begun_at IS NOT NULL AND steps <> '{}')),
    CONSTRAINT moves_ended_when_over CHECK (
        (ended_at IS NOT NULL) = (state NOT IN ('proposed', 'validated', 'running'))
    ),
    CONSTRAINT moves_validated_by_somebody CHECK (
        state NOT IN ('validated', 'running') OR validated_by IS NOT NULL
        OR kind = 'down_align' OR (kind = 'undo' AND target_kind <> 'production')
    ),
    CONSTRAINT moves_undoes_known FOREIGN KEY (organisation_id, undoes_id) REFERENCES moves (organisation_id, id),
    CONSTRAINT moves_undone_by_known FOREIGN KEY (organisation_id, undone_by_id)
        REFERENCES moves (organisation_id, id),
    CONSTRAINT moves_undo_undoes CHECK ((kind = 'undo') = (undoes_id IS NOT NULL)),
    CONSTRAINT moves_undone_by_an_undo CHECK ((state = 'undone') = (undone_by_id IS NOT NULL))
);
-- One undo at a time for each environment: the next one would undo something else.
CREATE UNIQUE INDEX moves_one_undo ON moves (target_id)
    WHERE kind = 'undo' AND state IN ('proposed', 'validated', 'running');
CREATE INDEX moves_completed ON moves (target_id, ended_at) WHERE state = 'completed';
CREATE INDEX moves_undone_by ON moves (undone_by_id) WHERE undone_by_id IS NOT NULL;
CREATE UNIQUE INDEX moves_one_running ON moves (organisation_id) WHERE state = 'running';
CREATE INDEX moves_waiting ON moves (organisation_id) WHERE state IN ('proposed', 'validated');

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

CREATE TABLE steps (
    move_id bigint NOT NULL,
    name text NOT NULL,
    position integer NOT NULL,
    state text NOT NULL,
    tries integer NOT NULL DEFAULT 1,
    begun_at timestamptz NOT NULL,
    told_at timestamptz NOT NULL,
    ended_at timestamptz,
    said text NOT NULL DEFAULT '',
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    unit text NOT NULL DEFAULT '',
    facts jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT steps_pkey PRIMARY KEY (move_id, name),
    CONSTRAINT steps_move_known FOREIGN KEY (move_id) REFERENCES moves (id),
    CONSTRAINT steps_state_known CHECK (state IN ('running', 'done', 'broken'))
);

CREATE TABLE resolutions (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT resolutions_pkey PRIMARY KEY,
    organisation_id bigint NOT NULL,
    move_id bigint NOT NULL,
    how text NOT NULL,
    state text NOT NULL,
    asked_by bigint NOT NULL,
    asked_at timestamptz NOT NULL,
    note text NOT NULL,
    begun_at timestamptz,
    ended_at timestamptz,
    said text NOT NULL DEFAULT '',
    CONSTRAINT resolutions_move_known FOREIGN KEY (organisation_id, move_id) REFERENCES moves (organisation_id, id),
    CONSTRAINT resolutions_person_known FOREIGN KEY (asked_by) REFERENCES people (id),
    CONSTRAINT resolutions_how_known CHECK (how IN ('put_back_again', 'mark_as_repaired')),
    CONSTRAINT resolutions_state_known CHECK (state IN ('asked', 'running', 'done', 'failed'))
);
CREATE UNIQUE INDEX resolutions_one_open ON resolutions (move_id) WHERE state IN ('asked', 'running');

CREATE TABLE restore_points (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT restore_points_pkey PRIMARY KEY,
    organisation_id bigint NOT NULL,
    environment_id bigint NOT NULL,
    move_id bigint NOT NULL CONSTRAINT restore_points_move_unique UNIQUE,
    bytes bigint NOT NULL,
    taken_at timestamptz NOT NULL,
    dropped_at timestamptz,
    CONSTRAINT restore_points_move_known FOREIGN KEY (organisation_id, move_id) REFERENCES moves (organisation_id, id),
    CONSTRAINT restore_points_environment_known FOREIGN KEY (environment_id) REFERENCES environments (id)
);

CREATE TABLE policies (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT policies_pkey PRIMARY KEY,
    organisation_id bigint NOT NULL,
    repository text NOT NULL,
    version integer NOT NULL,
    document text NOT NULL,
    state text NOT NULL,
    submitted_by bigint NOT NULL,
    submitted_at timestamptz NOT NULL,
    approved_by bigint,
    approved_at timestamptz,
    CONSTRAINT policies_organisation_known FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT policies_submitter_known FOREIGN KEY (submitted_by) REFERENCES people (id),
    CONSTRAINT policies_approver_known FOREIGN KEY (approved_by) REFERENCES people (id),
    CONSTRAINT policies_version_unique UNIQUE (organisation_id, repository, version),
    CONSTRAINT policies_state_known CHECK (state IN ('submitted', 'approved', 'superseded')),
    CONSTRAINT policies_approved_by_somebody CHECK (state <> 'approved' OR approved_by IS NOT NULL)
);
CREATE UNIQUE INDEX policies_one_approved ON policies (organisation_id, repository) WHERE state = 'approved';
CREATE UNIQUE INDEX policies_one_submitted ON policies (organisation_id, repository) WHERE state = 'submitted';

CREATE TABLE audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_events_pkey PRIMARY KEY,
    organisation_id bigint,
    position bigint NOT NULL,
    tag text NOT NULL,
    person_id bigint,
    move_id bigint,
    environment_id bigint,
    at timestamptz NOT NULL,
    fields jsonb NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_events_organisation_known FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT audit_events_person_known FOREIGN KEY (person_id) REFERENCES people (id),
    CONSTRAINT audit_events_move_known FOREIGN KEY (move_id) REFERENCES moves (id),
    CONSTRAINT audit_events_environment_known FOREIGN KEY (environment_id) REFERENCES environments (id),
    CONSTRAINT audit_events_position_unique UNIQUE NULLS NOT DISTINCT (organisation_id, position)
);

CREATE FUNCTION audit_events_hash(event audit_events) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array(
        encode(event.previous, 'hex'), event.organisation_id, event.position, event.tag, event.person_id,
        event.move_id, event.environment_id, extract(epoch FROM event.at), event.fields
    )::text, 'UTF8'))
$$;

-- Each organisation's events are one chain: an event carries the hash of the one before it.
CREATE FUNCTION audit_events_chain() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER audit_events_chain BEFORE INSERT ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_chain();

CREATE FUNCTION audit_events_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit record is only ever appended to'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'audit_events_keep';
END $$;
CREATE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_keep();
CREATE TRIGGER audit_events_keep_all BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_events_keep();

CREATE TABLE notifications (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT notifications_pkey PRIMARY KEY,
    organisation_id bigint NOT NULL,
    person_id bigint NOT NULL,
    move_id bigint,
    tag text NOT NULL,
    said text NOT NULL,
    created_at timestamptz NOT NULL,
    title text NOT NULL DEFAULT '',
    repository text,
    read_at timestamptz,
    CONSTRAINT notifications_organisation_known FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT notifications_person_known FOREIGN KEY (person_id) REFERENCES people (id),
    CONSTRAINT notifications_move_known FOREIGN KEY (move_id) REFERENCES moves (id)
);
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

CREATE TABLE workers (
    executor_id text CONSTRAINT workers_pkey PRIMARY KEY,
    version text NOT NULL,
    started_at timestamptz NOT NULL,
    beat_at timestamptz NOT NULL
);

CREATE TABLE fences (
    environment_id bigint CONSTRAINT fences_pkey PRIMARY KEY,
    number bigint NOT NULL,
    move_id bigint,
    taken_at timestamptz NOT NULL,
    CONSTRAINT fences_environment_known FOREIGN KEY (environment_id) REFERENCES environments (id),
    CONSTRAINT fences_move_known FOREIGN KEY (move_id) REFERENCES moves (id)
);

CREATE TABLE passwords (
    person_id bigint CONSTRAINT passwords_pkey PRIMARY KEY,
    hash text,
    set_at timestamptz,
    code_digest bytea,
    code_until timestamptz,
    CONSTRAINT passwords_person_known FOREIGN KEY (person_id) REFERENCES people (id),
    CONSTRAINT passwords_set_at_some_time CHECK ((hash IS NULL) = (set_at IS NULL)),
    CONSTRAINT passwords_code_ends CHECK ((code_digest IS NULL) = (code_until IS NULL)),
    CONSTRAINT passwords_code_is_sha256 CHECK (octet_length(code_digest) = 32)
);

CREATE TABLE sessions (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT sessions_pkey PRIMARY KEY,
    person_id bigint NOT NULL,
    digest bytea NOT NULL CONSTRAINT sessions_digest_unique UNIQUE,
    must_set_password boolean NOT NULL,
    organisation_id bigint,
    browser text NOT NULL,
    address text NOT NULL,
    begun_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ended_at timestamptz,
    kept jsonb,
    shown bytea,
    CONSTRAINT sessions_person_known FOREIGN KEY (person_id) REFERENCES people (id),
    CONSTRAINT sessions_organisation_known FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT sessions_digest_is_sha256 CHECK (octet_length(digest) = 32)
);
CREATE INDEX sessions_of_person ON sessions (person_id) WHERE ended_at IS NULL;

-- Wrong tries only; they count for minutes and are forgotten after a day.
CREATE TABLE sign_ins (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT sign_ins_pkey PRIMARY KEY,
    login text NOT NULL,
    address text NOT NULL,
    tried_at timestamptz NOT NULL
);
CREATE INDEX sign_ins_of_login ON sign_ins (login, tried_at);
CREATE INDEX sign_ins_of_address ON sign_ins (address, tried_at);

CREATE TABLE submissions (
    digest bytea CONSTRAINT submissions_pkey PRIMARY KEY,
    person_id bigint NOT NULL,
    location text NOT NULL DEFAULT '',
    submitted_at timestamptz NOT NULL,
    CONSTRAINT submissions_person_known FOREIGN KEY (person_id) REFERENCES people (id),
    CONSTRAINT submissions_digest_is_sha256 CHECK (octet_length(digest) = 32)
);
CREATE INDEX submissions_submitted_at ON submissions (submitted_at);

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
CREATE INDEX packages_of_code ON packages (organisation_id, code, pushed_at);

-- What requests with an Idempotency-Key were answered, for a day; locked with the master key.
CREATE TABLE answers (
    person_id bigint NOT NULL,
    key_digest bytea NOT NULL,
    request_digest bytea NOT NULL,
    answer bytea NOT NULL,
    answered_at timestamptz NOT NULL,
    CONSTRAINT answers_pkey PRIMARY KEY (person_id, key_digest),
    CONSTRAINT answers_person_known FOREIGN KEY (person_id) REFERENCES people (id),
    CONSTRAINT answers_key_is_sha256 CHECK (octet_length(key_digest) = 32),
    CONSTRAINT answers_request_is_sha256 CHECK (octet_length(request_digest) = 32)
);
CREATE INDEX answers_given ON answers (answered_at);
