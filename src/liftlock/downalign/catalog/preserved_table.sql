-- What preserving a table (%(table)s, `schema.name`) must know of it, on either side.
SELECT n.nspname::text AS schema, c.relname::text AS name, c.relkind = 'p' AS partitioned,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
             ORDER BY a.attnum) AS columns,
       coalesce((SELECT array_agg(a.attname::text ORDER BY k.place)
                 FROM pg_index i
                 CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
                 WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts), '{}') AS key,
       ARRAY(SELECT fn.nspname || '.' || f.relname
             FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
             WHERE k.contype = 'f' AND k.conrelid = c.oid ORDER BY 1) AS parents,
       EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = c.oid) AS referenced
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname || '.' || c.relname = %(table)s AND c.relkind IN ('r', 'p')
