-- Every unique or exclusion key of a table (%(table)s, `schema.name`) and its partitions, for saying which one clashed.
SELECT x.relname::text AS name,
       (SELECT string_agg(pg_get_indexdef(i.indexrelid, k, false), ', ' ORDER BY k)
        FROM generate_series(1, i.indnkeyatts) AS k) AS columns
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
WHERE (i.indisunique OR i.indisexclusion) AND i.indrelid IN (
  SELECT p.relid FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace
  CROSS JOIN LATERAL (SELECT r.oid::regclass AS relid UNION SELECT t.relid FROM pg_partition_tree(r.oid) t) p
  WHERE rn.nspname || '.' || r.relname = %(table)s)
