-- What hangs on the live target's database (%(name)s) and would be in the way of its renaming, or be lost with it.
SELECT 'replication_slot' AS concern, s.slot_name::text AS name FROM pg_replication_slots s WHERE s.database = %(name)s
UNION ALL
SELECT 'subscription', s.subname::text FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
WHERE d.datname = %(name)s
UNION ALL
SELECT 'prepared transaction', count(*)::text FROM pg_prepared_xacts x WHERE x.database = %(name)s HAVING count(*) > 0
UNION ALL
SELECT DISTINCT 'superuser session', a.usename || ' (' || coalesce(nullif(a.application_name, ''), 'no name') || ')'
FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.datname = %(name)s AND r.rolsuper
UNION ALL
SELECT 'no connections', (current_setting('max_connections')::int - count(*))::text FROM pg_stat_activity
WHERE usesysid IS NOT NULL HAVING current_setting('max_connections')::int - count(*) < 8
