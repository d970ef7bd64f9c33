-- How a server proves who it is, and the secret that requests to a runtime's hooks are signed with (locked).
ALTER TABLE environment_databases
    ADD COLUMN tls text NOT NULL DEFAULT 'verify',
    ADD COLUMN root_certificate text,
    ADD CONSTRAINT environment_databases_tls_known CHECK (tls IN ('verify', 'none'));
ALTER TABLE environments
    ADD COLUMN hook_secret bytea;
