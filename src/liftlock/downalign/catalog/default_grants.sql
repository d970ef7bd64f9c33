-- Default privileges: what objects that a role will make are granted from the start.
SELECT pg_get_userbyid(d.defaclrole)::text AS owner, quote_ident(n.nspname) AS schema_identity,
       CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                            WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS word,
       CASE WHEN e.grantee = 0 THEN 'public' ELSE pg_get_userbyid(e.grantee)::text END AS grantee,
       e.privilege_type AS privilege, e.is_grantable AS grantable
FROM pg_default_acl d
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
LEFT JOIN LATERAL (SELECT x.*, row_number() OVER () AS place FROM aclexplode(d.defaclacl) x) e ON true
ORDER BY 1, 2, 3, e.place
