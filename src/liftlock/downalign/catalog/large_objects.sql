-- Large objects: owner, grants, comment, and whether the connection's role may read them.
SELECT m.oid::bigint AS oid, pg_get_userbyid(m.lomowner)::text AS owner, m.lomacl IS NOT NULL AS explicit,
       coalesce((SELECT jsonb_agg(jsonb_build_array(
           CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_get_userbyid(a.grantee)::text END, a.privilege_type,
           a.is_grantable) ORDER BY a.place)
         FROM (SELECT x.*, row_number() OVER () AS place
               FROM aclexplode(coalesce(m.lomacl, acldefault('L', m.lomowner))) x) a), '[]') AS grants,
       obj_description(m.oid, 'pg_largeobject') AS comment,
       pg_has_role(m.lomowner, 'USAGE') OR EXISTS (
         SELECT FROM aclexplode(m.lomacl) a
         WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE'))) AS readable
FROM pg_largeobject_metadata m
ORDER BY 1
