-- The columns of those tables, in order, with what a masking rule must respect.
WITH RECURSIVE base (oid, type, typmod) AS (
  SELECT t.oid, t.oid, -1 FROM pg_type t WHERE t.typtype <> 'd'
  UNION ALL
  SELECT t.oid, b.type, CASE WHEN b.typmod = -1 THEN t.typtypmod ELSE b.typmod END
  FROM pg_type t JOIN base b ON b.oid = t.typbasetype WHERE t.typtype = 'd'
),
keys AS (
  SELECT i.indrelid, i.indkey::int2[] AS columns, i.indnkeyatts AS size, i.indexrelid
  FROM pg_index i WHERE i.indisunique OR i.indisexclusion
),
alone AS (
  SELECT k.indrelid, k.columns[0] AS attnum FROM keys k WHERE k.size = 1 AND k.columns[0] > 0
  UNION
  SELECT k.indrelid, d.refobjsubid
  FROM keys k
  JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = k.indexrelid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = k.indrelid AND d.refobjsubid > 0
  WHERE k.size = 1 AND k.columns[0] = 0
)
SELECT n.nspname::text AS schema, c.relname::text AS table_name, a.attname::text AS name,
       format_type(a.atttypid, a.atttypmod) AS type, format_type(b.type, NULL) AS base_type,
       a.attnotnull OR y.typnotnull AS not_null, a.attgenerated <> '' AS generated, a.attidentity <> '' AS identity,
       EXISTS (SELECT FROM alone u WHERE u.indrelid = c.oid AND u.attnum = a.attnum) AS "unique",
       (SELECT fn.nspname || '.' || f.relname || '.' || fa.attname
        FROM pg_constraint k
        JOIN pg_class f ON f.oid = k.confrelid
        JOIN pg_namespace fn ON fn.oid = f.relnamespace
        JOIN pg_attribute fa ON fa.attrelid = f.oid AND fa.attnum = k.confkey[1]
        WHERE k.contype = 'f' AND k.conrelid = c.oid AND k.conkey = ARRAY[a.attnum]
        ORDER BY k.conparentid <> 0, k.conname LIMIT 1) AS "references",
       coalesce(col_description(c.oid, a.attnum), '') AS comment,
       CASE WHEN b.type IN ('varchar'::regtype, 'bpchar'::regtype)
            THEN nullif(CASE WHEN a.atttypmod = -1 THEN b.typmod ELSE a.atttypmod END, -1) - 4 END AS length
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
JOIN base b ON b.oid = a.atttypid
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2, a.attnum
