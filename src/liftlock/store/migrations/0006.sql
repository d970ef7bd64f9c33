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
