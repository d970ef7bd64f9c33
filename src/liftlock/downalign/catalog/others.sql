-- What is rarer: collations, casts, operators, operator classes and families, text search, conversions, languages,
-- foreign-data wrappers and servers, event triggers.
WITH facts (classid, objid, nspname, name, aspect, value) AS (
  SELECT 'pg_collation'::regclass, l.oid, n.nspname, l.collname, 'collation',
         (l.collprovider, l.collisdeterministic, l.collencoding, l.collcollate, l.collctype,
          coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale'), to_jsonb(l) ->> 'collicurules')::text
  FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
  UNION ALL
  SELECT 'pg_cast'::regclass, c.oid, '', '', 'cast',
         (c.castfunc::regprocedure, c.castcontext, c.castmethod)::text
  FROM pg_cast c WHERE c.oid >= 16384
  UNION ALL
  SELECT 'pg_operator'::regclass, o.oid, n.nspname, o.oprname, 'operator',
         (o.oprresult::regtype, o.oprcode, o.oprrest, o.oprjoin, o.oprcom::regoperator, o.oprnegate::regoperator,
          o.oprcanmerge, o.oprcanhash)::text
  FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
  UNION ALL
  SELECT 'pg_opclass'::regclass, o.oid, n.nspname, o.opcname, 'operator class',
         (o.opcintype::regtype, o.opcdefault, o.opckeytype::regtype)::text
  FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace
  UNION ALL
  SELECT 'pg_opfamily'::regclass, f.oid, n.nspname, f.opfname, 'operator family', concat_ws(' | ',
         (SELECT string_agg((o.amopstrategy, o.amopopr::regoperator, o.amoppurpose)::text, ', '
                            ORDER BY o.amopstrategy, o.amopopr::regoperator::text)
          FROM pg_amop o WHERE o.amopfamily = f.oid),
         (SELECT string_agg((p.amprocnum, p.amproc::regprocedure)::text, ', '
                            ORDER BY p.amprocnum, p.amproc::regprocedure::text)
          FROM pg_amproc p WHERE p.amprocfamily = f.oid))
  FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace
  UNION ALL
  SELECT 'pg_ts_dict'::regclass, t.oid, n.nspname, t.dictname, 'dictionary', (m.tmplname, t.dictinitoption)::text
  FROM pg_ts_dict t JOIN pg_namespace n ON n.oid = t.dictnamespace JOIN pg_ts_template m ON m.oid = t.dicttemplate
  UNION ALL
  SELECT 'pg_ts_config'::regclass, t.oid, n.nspname, t.cfgname, 'configuration',
         (SELECT p.prsname FROM pg_ts_parser p WHERE p.oid = t.cfgparser) || ' ' || coalesce(
         (SELECT string_agg((m.maptokentype, m.mapseqno, m.mapdict::regdictionary)::text, ', '
                            ORDER BY m.maptokentype, m.mapseqno)
          FROM pg_ts_config_map m WHERE m.mapcfg = t.oid), '')
  FROM pg_ts_config t JOIN pg_namespace n ON n.oid = t.cfgnamespace
  UNION ALL
  SELECT 'pg_conversion'::regclass, c.oid, n.nspname, c.conname, 'conversion',
         (pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding), c.conproc, c.condefault)::text
  FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace
  UNION ALL
  SELECT 'pg_language'::regclass, l.oid, '', l.lanname, 'language', (l.lanpltrusted, l.lanplcallfoid::regproc)::text
  FROM pg_language l WHERE l.oid >= 16384
  UNION ALL
  SELECT 'pg_foreign_data_wrapper'::regclass, w.oid, '', w.fdwname, 'wrapper',
         (w.fdwhandler::regproc, w.fdwvalidator::regproc, w.fdwoptions)::text
  FROM pg_foreign_data_wrapper w
  UNION ALL
  SELECT 'pg_foreign_server'::regclass, s.oid, '', s.srvname, 'server',
         ((SELECT w.fdwname FROM pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw), s.srvtype, s.srvversion,
          s.srvoptions)::text
  FROM pg_foreign_server s
  UNION ALL
  SELECT 'pg_event_trigger'::regclass, e.oid, '', e.evtname, 'event trigger',
         (e.evtevent, e.evtfoid::regproc, e.evtenabled, e.evttags)::text
  FROM pg_event_trigger e
)
SELECT i.type AS kind, i.identity, a.aspect, a.value, false AS expression, f.nspname || '.' || f.name AS relation,
       false AS partition
FROM facts f
CROSS JOIN LATERAL pg_identify_object(f.classid, f.objid, 0) i
CROSS JOIN LATERAL (VALUES
  (f.aspect, f.value),
  ('comment', (SELECT x.description FROM pg_description x
               WHERE x.classoid = f.classid AND x.objoid = f.objid AND x.objsubid = 0))
) AS a (aspect, value)
WHERE f.nspname !~ '^pg_' AND f.nspname <> 'information_schema' AND a.value IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = f.classid AND e.objid = f.objid AND e.deptype = 'e')
