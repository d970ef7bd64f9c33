-- Who may do what. Without a list of its own an object has the server's default one: `explicit` says which it is.
WITH granted (classid, objid, objsubid, word, acl, explicit, owner, relation, partition, col) AS (
  SELECT 'pg_class'::regclass, c.oid, 0, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
         coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)),
         c.relacl IS NOT NULL, c.relowner, n.nspname || '.' || c.relname, c.relispartition, NULL::text
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL
  SELECT 'pg_class'::regclass, c.oid, 0, 'TABLE', a.attacl, true, c.relowner, n.nspname || '.' || c.relname,
         c.relispartition, quote_ident(a.attname)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
  UNION ALL
  SELECT 'pg_proc'::regclass, p.oid, 0, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
         coalesce(p.proacl, acldefault('f', p.proowner)), p.proacl IS NOT NULL, p.proowner,
         n.nspname || '.' || p.proname, false, NULL
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                      AND d.deptype = 'i')
  UNION ALL
  SELECT 'pg_namespace'::regclass, n.oid, 0, 'SCHEMA', coalesce(n.nspacl, acldefault('n', n.nspowner)),
         n.nspacl IS NOT NULL, n.nspowner, n.nspname || '.', false, NULL
  FROM pg_namespace n
  UNION ALL
  SELECT 'pg_type'::regclass, t.oid, 0, 'TYPE', coalesce(t.typacl, acldefault('T', t.typowner)), t.typacl IS NOT NULL,
         t.typowner, n.nspname || '.' || t.typname, false, NULL
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE t.typtype IN ('e', 'd', 'r', 'c', 'b') AND (t.typrelid = 0 OR c.relkind = 'c')
    AND NOT EXISTS (SELECT FROM pg_type y WHERE y.typarray = t.oid)
  UNION ALL
  SELECT 'pg_foreign_server'::regclass, s.oid, 0, 'FOREIGN SERVER', coalesce(s.srvacl, acldefault('S', s.srvowner)),
         s.srvacl IS NOT NULL, s.srvowner, 'server.' || s.srvname, false, NULL
  FROM pg_foreign_server s
)
SELECT i.type AS kind, i.identity, g.word, g.col AS column_name, g.explicit,
       pg_get_userbyid(g.owner)::text AS owner,
       pg_get_userbyid(e.grantor)::text AS grantor,
       CASE WHEN e.grantee = 0 THEN 'public' ELSE pg_get_userbyid(e.grantee)::text END AS grantee,
       e.privilege_type AS privilege, e.is_grantable AS grantable, g.relation, g.partition
FROM granted g
CROSS JOIN LATERAL pg_identify_object(g.classid, g.objid, g.objsubid) i
LEFT JOIN LATERAL (SELECT x.*, row_number() OVER () AS place FROM aclexplode(g.acl) x) e ON true
WHERE (g.objid >= 16384 OR (g.classid = 'pg_namespace'::regclass AND g.relation = 'public.'))
  AND g.relation !~ '^pg_' AND g.relation !~ '^information_schema[.]'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = g.classid AND d.objid = g.objid AND d.deptype = 'e')
ORDER BY g.classid::oid, i.identity, g.col NULLS FIRST, e.place
