-- Views, functions' defaults and the like that read tables which do not travel (`schema.name`): they could not be made.
SELECT DISTINCT n.nspname || '.' || c.relname AS name, fn.nspname || '.' || f.relname AS absent
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class f ON f.oid = d.refobjid AND f.oid <> c.oid
JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE fn.nspname || '.' || f.relname = ANY (%(absent)s::text[])
  AND NOT n.nspname || '.' || c.relname = ANY (%(absent)s::text[])
ORDER BY 1
