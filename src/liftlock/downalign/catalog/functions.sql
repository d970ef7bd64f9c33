-- Functions, procedures, aggregates. Bodies are compared to the letter, unless the server keeps them parsed.
SELECT 'function' AS kind, p.oid::regprocedure::text AS identity, a.aspect, a.value, a.expression,
       n.nspname || '.' || p.proname AS relation, false AS partition
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_aggregate g ON g.aggfnoid = p.oid
CROSS JOIN LATERAL (VALUES
  ('definition', CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END, p.prosqlbody IS NOT NULL),
  ('arguments', pg_get_function_arguments(p.oid), true),
  ('result', pg_get_function_result(p.oid), false),
  ('aggregate',
   (g.aggkind, g.aggnumdirectargs, g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn,
    g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn, g.aggfinalextra, g.aggmfinalextra, g.aggfinalmodify,
    g.aggmfinalmodify, g.aggsortop::regoperator, g.aggtranstype::regtype, g.aggtransspace, g.aggmtranstype::regtype,
    g.aggmtransspace, g.agginitval, g.aggminitval, p.proparallel, p.provolatile)::text, false),
  ('comment', obj_description(p.oid, 'pg_proc'), false)
) AS a (aspect, value, expression)
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype IN ('e', 'i'))
  AND a.value IS NOT NULL
  AND (a.aspect <> 'aggregate' OR p.prokind = 'a')
