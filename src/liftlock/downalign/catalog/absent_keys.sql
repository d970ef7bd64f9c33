-- Foreign keys of other tables to tables that do not travel (`schema.name`): they have nothing to point to.
SELECT 'pg_constraint'::regclass::oid::bigint AS catalog, k.oid::bigint AS oid,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(k.conname) AS identity
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE k.contype = 'f' AND fn.nspname || '.' || f.relname = ANY (%(absent)s::text[])
