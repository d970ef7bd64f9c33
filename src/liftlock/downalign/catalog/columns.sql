-- Columns of tables, views, materialised views, foreign tables and composite types.
SELECT 'column' AS kind,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(t.attname) AS identity,
       a.aspect, a.value, a.expression, n.nspname || '.' || c.relname AS relation, c.relispartition AS partition
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN (SELECT x.*, row_number() OVER (PARTITION BY x.attrelid ORDER BY x.attnum) AS place
      FROM pg_attribute x WHERE x.attnum > 0 AND NOT x.attisdropped) t ON t.attrelid = c.oid
JOIN pg_type y ON y.oid = t.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = t.attnum
LEFT JOIN pg_collation l ON l.oid = t.attcollation AND t.attcollation <> y.typcollation
LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
CROSS JOIN LATERAL (VALUES
  ('position', t.place::text, false),
  ('type', format_type(t.atttypid, t.atttypmod), false),
  ('collation', quote_ident(ln.nspname) || '.' || quote_ident(l.collname), false),
  ('not null', CASE WHEN t.attnotnull THEN 'true' END, false),
  ('default', pg_get_expr(d.adbin, d.adrelid), true),
  ('generated', nullif(t.attgenerated::text, ''), false),
  ('identity', nullif(t.attidentity::text, ''), false),
  ('storage', CASE WHEN t.attstorage <> y.typstorage THEN t.attstorage::text END, false),
  ('compression', nullif(t.attcompression::text, ''), false),
  ('statistics target', nullif(t.attstattarget, -1)::text, false),
  ('options', (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(t.attoptions) o), false),
  ('foreign options', (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(t.attfdwoptions) o), false),
  ('comment', col_description(c.oid, t.attnum), false)
) AS a (aspect, value, expression)
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.value IS NOT NULL
