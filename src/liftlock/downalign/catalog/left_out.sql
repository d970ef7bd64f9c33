-- Every catalog object that a decision of the policy can leave out: `kind:name`, where it stands in the catalog, how a
-- picture names it, how an archive does; a foreign table goes with its server.
SELECT 'publication:' || p.pubname AS name, 'pg_publication'::regclass::oid::bigint AS catalog, p.oid::bigint AS oid,
       'publication ' || quote_ident(p.pubname) AS thing, 'PUBLICATION ' || quote_ident(p.pubname) AS said,
       NULL::text AS table_identity, NULL::text AS relation
FROM pg_publication p
UNION ALL
SELECT 'event_trigger:' || e.evtname, 'pg_event_trigger'::regclass::oid, e.oid,
       'event trigger ' || quote_ident(e.evtname), 'EVENT TRIGGER ' || quote_ident(e.evtname), NULL, NULL
FROM pg_event_trigger e
UNION ALL
SELECT 'extension:' || e.extname, 'pg_extension'::regclass::oid, e.oid, 'extension ' || quote_ident(e.extname),
       'EXTENSION ' || quote_ident(e.extname), NULL, NULL
FROM pg_extension e
UNION ALL
SELECT 'wrapper:' || w.fdwname, 'pg_foreign_data_wrapper'::regclass::oid, w.oid,
       'foreign-data wrapper ' || quote_ident(w.fdwname), 'FOREIGN DATA WRAPPER ' || quote_ident(w.fdwname), NULL, NULL
FROM pg_foreign_data_wrapper w
UNION ALL
SELECT 'server:' || s.srvname, 'pg_foreign_server'::regclass::oid, s.oid, 'server ' || quote_ident(s.srvname),
       'SERVER ' || quote_ident(s.srvname), NULL, NULL
FROM pg_foreign_server s
UNION ALL
SELECT 'server:' || s.srvname, 'pg_class'::regclass::oid, c.oid, '', '',
       quote_ident(n.nspname) || '.' || quote_ident(c.relname), n.nspname || '.' || c.relname
FROM pg_foreign_server s
JOIN pg_foreign_table f ON f.ftserver = s.oid
JOIN pg_class c ON c.oid = f.ftrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
UNION ALL
SELECT 'function:' || p.oid::regprocedure::text, 'pg_proc'::regclass::oid, p.oid,
       'function ' || p.oid::regprocedure::text, 'FUNCTION ' || quote_ident(p.proname) || '(', NULL, NULL
FROM pg_proc p
WHERE p.oid >= 16384
UNION ALL
SELECT 'language:' || l.lanname, 'pg_language'::regclass::oid, l.oid, 'language ' || quote_ident(l.lanname),
       'LANGUAGE ' || quote_ident(l.lanname), NULL, NULL
FROM pg_language l
WHERE l.oid >= 16384
