INSERT INTO shop.customers (code, name, visits, home, born, balance, "Odd column", tags, settings, raw, spell, price, wait)
SELECT 'c' || n, 'Name ' || n || ' é\' || chr(9), n, ROW('Str. ' || n, n)::shop.address, DATE '1970-01-01' + n, n / 3.0,
       CASE WHEN n % 3 = 0 THEN NULL WHEN n % 3 = 1 THEN '' ELSE '\N' || chr(10) || chr(13) END,
       ARRAY['x', NULL, 'y,"z'], jsonb_build_object('n', n), decode('00ff5c' || lpad(to_hex(n), 4, '0'), 'hex'),
       n / 7.0::float8, n::money, make_interval(days => n)
FROM generate_series(1, 500) n;
INSERT INTO shop.orders (placed, customer, total)
SELECT DATE '2023-06-01' + n, 100 + 5 * (n % 500), n FROM generate_series(1, 900) n;
INSERT INTO shop.order_lines (order_id, placed, amount) SELECT id, placed, 1 FROM shop.orders;
INSERT INTO shop.bookings VALUES ('[1,2)', '[2024-01-01,2024-01-02)');
INSERT INTO shop.base VALUES (1, 'base');
INSERT INTO shop.derived VALUES (2, 'derived', 3);
INSERT INTO shop.log VALUES ('secret');
INSERT INTO shop.nothing DEFAULT VALUES;
INSERT INTO "Odd schema {{}} %s"."Odd table ""{{}}"" %s" VALUES (1, 'a');
REFRESH MATERIALIZED VIEW shop.totals;
REFRESH MATERIALIZED VIEW shop.grand_total;
