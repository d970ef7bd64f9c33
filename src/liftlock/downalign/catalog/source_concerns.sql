-- What of a source cannot travel blindly, or not at all with a plain role: the concern, and the name of the thing.
SELECT 'unreadable table' AS concern, n.nspname || '.' || c.relname AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'))
UNION ALL
SELECT 'row security', n.nspname || '.' || c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND row_security_active(c.oid)
UNION ALL
SELECT 'forced row security', n.nspname || '.' || c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND c.relforcerowsecurity
UNION ALL
SELECT 'refuses its owner', n.nspname || '.' || c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT has_table_privilege(c.relowner, c.oid, 'SELECT')
UNION ALL
SELECT 'unlogged table', n.nspname || '.' || c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'u' AND pg_is_in_recovery()
UNION ALL
SELECT 'event_trigger', e.evtname::text FROM pg_event_trigger e
WHERE NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e')
UNION ALL
SELECT 'publication', p.pubname::text FROM pg_publication p
WHERE p.puballtables OR EXISTS (
  SELECT FROM pg_depend d
  WHERE d.refclassid = 'pg_publication'::regclass AND d.refobjid = p.oid
    AND d.classid::regclass::text LIKE '%publication_namespace')
UNION ALL
SELECT 'subscription', s.subname::text FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
WHERE d.datname = current_database()
UNION ALL
SELECT 'server', s.srvname::text FROM pg_foreign_server s
UNION ALL
SELECT 'user_mapping', m.usename || '@' || m.srvname FROM pg_user_mappings m
UNION ALL
SELECT 'function', p.oid::regprocedure::text
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384 AND p.prokind <> 'a' AND (NOT l.lanpltrusted OR p.proleakproof)
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'superuser kind', i.type || ' ' || i.identity
FROM (SELECT 'pg_opclass'::regclass AS classid, oid AS objid FROM pg_opclass
      UNION ALL SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily
      UNION ALL SELECT 'pg_ts_parser'::regclass, oid FROM pg_ts_parser
      UNION ALL SELECT 'pg_ts_template'::regclass, oid FROM pg_ts_template
      UNION ALL SELECT 'pg_language'::regclass, oid FROM pg_language
      UNION ALL SELECT 'pg_am'::regclass, oid FROM pg_am
      UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper
      UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type t WHERE t.typtype = 'b' AND NOT EXISTS (
        SELECT FROM pg_type y WHERE y.typarray = t.oid)) o
CROSS JOIN LATERAL pg_identify_object(o.classid, o.objid, 0) i
WHERE o.objid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = o.classid AND d.objid = o.objid AND d.deptype IN ('e', 'i'))
ORDER BY 1, 2
