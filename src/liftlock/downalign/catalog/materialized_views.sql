-- Materialised views that hold rows, and which of them each one reads, directly or through views.
WITH RECURSIVE reads (reader, relation) AS (
  SELECT DISTINCT r.ev_class, d.refobjid
  FROM pg_rewrite r
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
),
closure (reader, relation) AS (
  SELECT reader, relation FROM reads
  UNION
  SELECT c.reader, r.relation FROM closure c JOIN reads r ON r.reader = c.relation
)
SELECT n.nspname::text AS schema, c.relname::text AS name, n.nspname || '.' || c.relname AS full_name,
       ARRAY(SELECT mn.nspname || '.' || m.relname
             FROM closure x
             JOIN pg_class m ON m.oid = x.relation AND m.relkind = 'm'
             JOIN pg_namespace mn ON mn.oid = m.relnamespace
             WHERE x.reader = c.oid ORDER BY 1) AS reads
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND c.relispopulated AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY 1, 2
