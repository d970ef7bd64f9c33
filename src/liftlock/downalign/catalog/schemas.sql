-- Schemas, extensions, extended statistics, publications.
SELECT 'schema' AS kind, quote_ident(n.nspname) AS identity, a.aspect, a.value, false AS expression,
       n.nspname || '.' AS relation, false AS partition
FROM pg_namespace n
CROSS JOIN LATERAL (VALUES ('kind', 'schema'), ('comment', obj_description(n.oid, 'pg_namespace'))) AS a (aspect, value)
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND a.value IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e')
UNION ALL
SELECT 'extension', quote_ident(x.extname), a.aspect, a.value, false, 'extension.' || x.extname, false
FROM pg_extension x
JOIN pg_namespace n ON n.oid = x.extnamespace
CROSS JOIN LATERAL (VALUES ('schema', n.nspname::text), ('version', x.extversion)) AS a (aspect, value)
WHERE x.extname <> 'plpgsql'
UNION ALL
SELECT 'statistics object', quote_ident(n.nspname) || '.' || quote_ident(s.stxname), a.aspect, a.value, a.expression,
       tn.nspname || '.' || c.relname, c.relispartition
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_namespace tn ON tn.oid = c.relnamespace
CROSS JOIN LATERAL (VALUES
  ('definition', pg_get_statisticsobjdef(s.oid), true),
  ('target', nullif(s.stxstattarget, -1)::text, false),
  ('comment', obj_description(s.oid, 'pg_statistic_ext'), false)
) AS a (aspect, value, expression)
WHERE a.value IS NOT NULL
UNION ALL
SELECT 'publication', quote_ident(p.pubname), a.aspect, a.value, false, 'publication.' || p.pubname, false
FROM pg_publication p
CROSS JOIN LATERAL (
  VALUES
    ('publishes', (p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot)::text),
    ('generated columns', nullif(to_jsonb(p) ->> 'pubgencols', 'n')),
    ('comment', obj_description(p.oid, 'pg_publication'))
  UNION ALL
  SELECT 'table ' || quote_ident(t.schemaname) || '.' || quote_ident(t.tablename),
         concat_ws(' ', 'published', CASE WHEN cardinality(r.columns) > 0 THEN r.columns::text END,
                   to_jsonb(t) ->> 'rowfilter')
  FROM pg_publication_tables t
  CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT x.attname FROM pg_publication_rel q
                 JOIN pg_attribute x ON x.attrelid = q.prrelid
                   AND x.attnum = ANY (translate(to_jsonb(q) ->> 'prattrs', '[]', '{}')::int2[])
                 WHERE q.prpubid = p.oid
                   AND q.prrelid = to_regclass(quote_ident(t.schemaname) || '.' || quote_ident(t.tablename))
                 ORDER BY x.attnum) AS columns) r
  WHERE t.pubname = p.pubname AND NOT p.puballtables
  UNION ALL
  SELECT 'schema ' || pg_describe_object(d.classid, d.objid, 0), 'published'
  FROM pg_depend d
  WHERE d.refclassid = 'pg_publication'::regclass AND d.refobjid = p.oid
    AND d.classid::regclass::text = 'pg_publication_namespace'
) AS a (aspect, value)
WHERE a.value IS NOT NULL
