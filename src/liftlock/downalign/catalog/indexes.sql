-- Indexes. An invalid one (of a CREATE INDEX CONCURRENTLY that failed) means nothing and does not travel.
SELECT 'index' AS kind, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS identity,
       a.aspect, a.value, a.expression, n.nspname || '.' || t.relname AS relation,
       t.relispartition OR c.relispartition AS partition
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (VALUES
  ('definition', pg_get_indexdef(c.oid), true),
  ('valid', i.indisvalid::text, false),
  ('clustered', CASE WHEN i.indisclustered THEN 'true' END, false),
  ('parent', (SELECT h.inhparent::regclass::text FROM pg_inherits h WHERE h.inhrelid = c.oid), false),
  ('statistics targets',
   (SELECT string_agg(x.attnum || ' ' || x.attstattarget, ', ' ORDER BY x.attnum) FROM pg_attribute x
    WHERE x.attrelid = c.oid AND x.attstattarget >= 0), false),
  ('comment', obj_description(c.oid, 'pg_class'), false)
) AS a (aspect, value, expression)
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (i.indisvalid OR c.relkind = 'I')
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = t.oid AND e.deptype = 'e')
  AND a.value IS NOT NULL
