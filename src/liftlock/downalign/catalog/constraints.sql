-- Constraints of tables and domains. NOT NULL is a property of the column; what a foreign key to a partitioned table
-- makes for each of its partitions has a name of the server's choice, and is left out.
SELECT 'constraint' AS kind, o.identity || '.' || quote_ident(k.conname) AS identity, a.aspect, a.value, a.expression,
       o.relation, o.partition
FROM pg_constraint k
CROSS JOIN LATERAL (
  SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS identity,
         n.nspname || '.' || c.relname AS relation, c.relispartition AS partition, n.nspname,
         'pg_class'::regclass AS classid, c.oid AS objid
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = k.conrelid
  UNION ALL
  SELECT quote_ident(n.nspname) || '.' || quote_ident(t.typname), n.nspname || '.' || t.typname, false, n.nspname,
         'pg_type'::regclass, t.oid
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = k.contypid
) o
CROSS JOIN LATERAL (VALUES
  ('definition', pg_get_constraintdef(k.oid), true),
  ('type', k.contype::text, false),
  ('validated', k.convalidated::text, false),
  ('comment', obj_description(k.oid, 'pg_constraint'), false)
) AS a (aspect, value, expression)
WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')
  AND o.nspname !~ '^pg_' AND o.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = o.classid AND e.objid = o.objid AND e.deptype = 'e')
  AND a.value IS NOT NULL
