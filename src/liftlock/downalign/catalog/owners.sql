-- Who owns what. Owned sequences follow their table, row types their relation, multiranges their range.
WITH owned (classid, objid, owner, relation, partition) AS (
  SELECT 'pg_class'::regclass, c.oid, c.relowner, n.nspname || '.' || c.relname, c.relispartition
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND NOT (c.relkind = 'S' AND EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))
  UNION ALL
  SELECT 'pg_type'::regclass, t.oid, t.typowner, n.nspname || '.' || t.typname, false
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE t.typtype IN ('e', 'd', 'r', 'c', 'b') AND (t.typrelid = 0 OR c.relkind = 'c')
    AND NOT EXISTS (SELECT FROM pg_type y WHERE y.typarray = t.oid)
  UNION ALL
  SELECT 'pg_proc'::regclass, p.oid, p.proowner, n.nspname || '.' || p.proname, false
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                      AND d.deptype = 'i')
  UNION ALL
  SELECT 'pg_namespace'::regclass, n.oid, n.nspowner, n.nspname || '.', false FROM pg_namespace n
  UNION ALL
  SELECT 'pg_operator'::regclass, o.oid, o.oprowner, n.nspname || '.' || o.oprname, false
  FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
  UNION ALL
  SELECT 'pg_opclass'::regclass, o.oid, o.opcowner, n.nspname || '.' || o.opcname, false
  FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace
  UNION ALL
  SELECT 'pg_opfamily'::regclass, o.oid, o.opfowner, n.nspname || '.' || o.opfname, false
  FROM pg_opfamily o JOIN pg_namespace n ON n.oid = o.opfnamespace
  UNION ALL
  SELECT 'pg_collation'::regclass, o.oid, o.collowner, n.nspname || '.' || o.collname, false
  FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace
  UNION ALL
  SELECT 'pg_conversion'::regclass, o.oid, o.conowner, n.nspname || '.' || o.conname, false
  FROM pg_conversion o JOIN pg_namespace n ON n.oid = o.connamespace
  UNION ALL
  SELECT 'pg_ts_dict'::regclass, o.oid, o.dictowner, n.nspname || '.' || o.dictname, false
  FROM pg_ts_dict o JOIN pg_namespace n ON n.oid = o.dictnamespace
  UNION ALL
  SELECT 'pg_ts_config'::regclass, o.oid, o.cfgowner, n.nspname || '.' || o.cfgname, false
  FROM pg_ts_config o JOIN pg_namespace n ON n.oid = o.cfgnamespace
  UNION ALL
  SELECT 'pg_statistic_ext'::regclass, s.oid, s.stxowner, n.nspname || '.' || s.stxname, false
  FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
  UNION ALL
  SELECT 'pg_publication'::regclass, p.oid, p.pubowner, 'publication.' || p.pubname, false FROM pg_publication p
  UNION ALL
  SELECT 'pg_foreign_data_wrapper'::regclass, w.oid, w.fdwowner, 'wrapper.' || w.fdwname, false
  FROM pg_foreign_data_wrapper w
  UNION ALL
  SELECT 'pg_foreign_server'::regclass, s.oid, s.srvowner, 'server.' || s.srvname, false FROM pg_foreign_server s
  UNION ALL
  SELECT 'pg_language'::regclass, l.oid, l.lanowner, 'language.' || l.lanname, false FROM pg_language l
  UNION ALL
  SELECT 'pg_event_trigger'::regclass, e.oid, e.evtowner, 'event_trigger.' || e.evtname, false
  FROM pg_event_trigger e
)
SELECT i.type AS kind, i.identity, r.rolname::text AS owner, r.rolsuper AS superuser, o.relation, o.partition
FROM owned o
JOIN pg_roles r ON r.oid = o.owner
CROSS JOIN LATERAL pg_identify_object(o.classid, o.objid, 0) i
WHERE (o.objid >= 16384 OR (o.classid = 'pg_namespace'::regclass AND o.relation = 'public.'))
  AND o.relation !~ '^pg_' AND o.relation !~ '^information_schema[.]'
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = o.classid AND e.objid = o.objid AND e.deptype = 'e')
ORDER BY 1, 2
