-- Every table that holds rows, biggest first: ordinary tables and leaf partitions, not those of extensions.
SELECT n.nspname::text AS schema, c.relname::text AS name, pg_total_relation_size(c.oid) AS bytes,
       greatest(c.reltuples, 0)::bigint AS rows_estimated,
       CASE WHEN c.relispartition THEN rn.nspname || '.' || root.relname END AS parent
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class root ON c.relispartition AND root.oid = pg_partition_root(c.oid)
LEFT JOIN pg_namespace rn ON rn.oid = root.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY bytes DESC, 1, 2
