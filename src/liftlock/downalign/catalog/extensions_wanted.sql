-- Of these extensions, what the connection's server cannot give a plain role: `missing` or `untrusted`.
SELECT w.name, CASE WHEN count(v.name) = 0 THEN 'missing' ELSE 'untrusted' END AS concern
FROM unnest(%(names)s::text[]) AS w(name)
LEFT JOIN pg_available_extension_versions v ON v.name = w.name
GROUP BY w.name
HAVING count(v.name) = 0 OR NOT bool_or(v.trusted OR NOT v.superuser)
ORDER BY 1
