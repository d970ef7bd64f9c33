-- The triggers and rules of a table (%(table)s, `schema.name`) and its partitions that people made, and how they are set.
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS relation, 'TRIGGER' AS word,
       quote_ident(t.tgname) AS name, t.tgenabled::text AS enabled
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND c.oid IN (
  SELECT p.relid FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace
  CROSS JOIN LATERAL (SELECT r.oid::regclass AS relid UNION SELECT x.relid FROM pg_partition_tree(r.oid) x) p
  WHERE rn.nspname || '.' || r.relname = %(table)s)
UNION ALL
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), 'RULE', quote_ident(w.rulename), w.ev_enabled::text
FROM pg_rewrite w
JOIN pg_class c ON c.oid = w.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname || '.' || c.relname = %(table)s
ORDER BY 1, 2, 3
