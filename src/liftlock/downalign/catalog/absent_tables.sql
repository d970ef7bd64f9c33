-- The relations that go with tables that do not travel: the tables, their partitions, the sequences that they own.
WITH RECURSIVE absent (oid) AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname || '.' || c.relname = ANY (%(absent)s::text[])
  UNION
  SELECT h.inhrelid FROM pg_inherits h JOIN absent a ON a.oid = h.inhparent
    JOIN pg_class c ON c.oid = h.inhrelid AND c.relispartition AND c.relkind IN ('r', 'p', 'f')
),
owned (oid) AS (
  SELECT d.objid FROM pg_depend d JOIN absent a ON a.oid = d.refobjid
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
    AND d.deptype IN ('a', 'i')
)
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS identity, n.nspname || '.' || c.relname AS relation
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (c.oid IN (SELECT oid FROM absent) OR c.oid IN (SELECT oid FROM owned)) AND c.relkind IN ('r', 'p', 'f', 'S')
ORDER BY 1
