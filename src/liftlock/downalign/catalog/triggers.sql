-- Triggers and rewrite rules of tables and views. What a partition has from its parent counts once, with the parent,
-- unless it was switched on or off for itself.
SELECT 'trigger' AS kind,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(t.tgname) AS identity,
       a.aspect, a.value, a.expression, n.nspname || '.' || c.relname AS relation, c.relispartition AS partition
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_trigger p ON p.oid = t.tgparentid
CROSS JOIN LATERAL (VALUES
  ('definition', pg_get_triggerdef(t.oid), true),
  ('enabled', t.tgenabled::text, false),
  ('comment', obj_description(t.oid, 'pg_trigger'), false)
) AS a (aspect, value, expression)
WHERE NOT t.tgisinternal AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (p.oid IS NULL OR p.tgenabled <> t.tgenabled)
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.value IS NOT NULL
UNION ALL
SELECT 'rule', quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(r.rulename),
       a.aspect, a.value, a.expression, n.nspname || '.' || c.relname, c.relispartition
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (VALUES
  ('definition', pg_get_ruledef(r.oid), true),
  ('enabled', r.ev_enabled::text, false),
  ('comment', obj_description(r.oid, 'pg_rewrite'), false)
) AS a (aspect, value, expression)
WHERE r.rulename <> '_RETURN' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
  AND a.value IS NOT NULL
