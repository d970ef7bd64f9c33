-- Signing in to the console. Of tokens and codes the books have the SHA-256 alone; of passwords the argon2id hash.

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
