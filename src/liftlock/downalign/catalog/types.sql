-- Types that people made: enums, domains, ranges, composites, base types.
SELECT 'type' AS kind, quote_ident(n.nspname) || '.' || quote_ident(t.typname) AS identity,
       a.aspect, a.value, a.expression, n.nspname || '.' || t.typname AS relation, false AS partition
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_collation l ON l.oid = t.typcollation AND t.typtype = 'd'
CROSS JOIN LATERAL (VALUES
  ('kind', t.typtype::text, false),
  ('labels', (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
              FROM pg_enum e WHERE e.enumtypid = t.oid), false),
  ('base type', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, false),
  ('not null', CASE WHEN t.typnotnull THEN 'true' END, false),
  ('default', CASE WHEN t.typdefaultbin IS NOT NULL THEN pg_get_expr(t.typdefaultbin, 0) ELSE t.typdefault END, true),
  ('collation', l.collname::text, false),
  ('range', CASE WHEN r.rngtypid IS NOT NULL THEN
     (r.rngsubtype::regtype, (SELECT y.typname FROM pg_type y WHERE y.oid = r.rngmultitypid),
      (SELECT x.collname FROM pg_collation x WHERE x.oid = r.rngcollation),
      (SELECT o.opcname FROM pg_opclass o WHERE o.oid = r.rngsubopc), r.rngcanonical, r.rngsubdiff)::text END, false),
  ('base', CASE WHEN t.typtype = 'b' THEN
     (t.typlen, t.typbyval, t.typinput, t.typoutput, t.typreceive, t.typsend, t.typalign, t.typstorage)::text END,
   false),
  ('comment', obj_description(t.oid, 'pg_type'), false)
) AS a (aspect, value, expression)
WHERE t.typtype IN ('e', 'd', 'r', 'c', 'b') AND (t.typrelid = 0 OR c.relkind = 'c')
  AND NOT EXISTS (SELECT FROM pg_type y WHERE y.typarray = t.oid)
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
  AND a.value IS NOT NULL
