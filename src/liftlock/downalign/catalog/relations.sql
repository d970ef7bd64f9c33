-- Tables, views, materialised views, sequences, foreign tables: what they are, apart from their columns.
WITH mine AS (
  SELECT c.*, n.nspname,
         quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS identity,
         n.nspname || '.' || c.relname AS relation
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
SELECT 'relation' AS kind, m.identity, a.aspect, a.value, a.expression, m.relation, m.relispartition AS partition
FROM mine m
LEFT JOIN pg_sequence s ON s.seqrelid = m.oid
LEFT JOIN pg_foreign_table f ON f.ftrelid = m.oid
LEFT JOIN pg_foreign_server fs ON fs.oid = f.ftserver
LEFT JOIN pg_class toast ON toast.oid = m.reltoastrelid
CROSS JOIN LATERAL (VALUES
  ('kind', m.relkind::text, false),
  ('persistence', m.relpersistence::text, false),
  ('options', (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(m.reloptions) o), false),
  ('toast options', (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(toast.reloptions) o), false),
  ('access method',
   (SELECT am.amname::text FROM pg_am am WHERE am.oid = m.relam AND m.relkind IN ('r', 'm')), false),
  ('row security', CASE WHEN m.relrowsecurity OR m.relforcerowsecurity
                        THEN m.relrowsecurity::text || ' ' || m.relforcerowsecurity::text END, false),
  ('replica identity', m.relreplident::text || coalesce(
     (SELECT ' ' || i.indexrelid::regclass::text FROM pg_index i
      WHERE i.indrelid = m.oid AND i.indisreplident AND m.relreplident = 'i'), ''), false),
  ('partition key', CASE WHEN m.relkind = 'p' THEN pg_get_partkeydef(m.oid) END, true),
  ('partition bound', pg_get_expr(m.relpartbound, m.oid), true),
  ('parents', (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno)
               FROM pg_inherits h WHERE h.inhrelid = m.oid), false),
  ('of type', CASE WHEN m.reloftype <> 0 THEN m.reloftype::regtype::text END, false),
  ('definition', CASE WHEN m.relkind IN ('v', 'm') THEN pg_get_viewdef(m.oid) END, true),
  ('populated', CASE WHEN m.relkind = 'm' THEN m.relispopulated::text END, false),
  ('sequence', CASE WHEN m.relkind = 'S' THEN
     (s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)::text END,
   false),
  ('owned by', CASE WHEN m.relkind = 'S' THEN
     (SELECT d.refobjid::regclass::text || '.' || quote_ident(a.attname) || ' ' || d.deptype::text
      FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.classid = 'pg_class'::regclass AND d.objid = m.oid AND d.deptype IN ('a', 'i')
        AND d.refclassid = 'pg_class'::regclass LIMIT 1) END, false),
  ('server', fs.srvname::text, false),
  ('foreign options', (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(f.ftoptions) o), false),
  ('comment', obj_description(m.oid, 'pg_class'), false)
) AS a (aspect, value, expression)
WHERE a.value IS NOT NULL
