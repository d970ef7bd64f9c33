-- The columns of each key, unique index and exclusion constraint over several columns or expressions.
SELECT n.nspname::text AS schema, c.relname::text AS table_name,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = c.oid AND (
               a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
               OR (0 = ANY (i.indkey::int2[]) AND EXISTS (
                 SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                   AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum)))
             ORDER BY a.attnum) AS columns
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (i.indisunique OR i.indisexclusion) AND i.indnkeyatts > 1
  AND c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2, 3
