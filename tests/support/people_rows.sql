INSERT INTO customers SELECT n, 'real.person' || n || '@production.example', 'Surname' || n, '+49 30 1234' || n,
  DATE '1980-01-01' + n, 'knows realname' || n || ' well', 'customer' FROM generate_series(1, 200) n;
INSERT INTO orders (customer, email, amount)
  SELECT 1 + n % 200, 'real.person' || (1 + n % 200) || '@production.example', n FROM generate_series(1, 500) n;
INSERT INTO logins VALUES ('production-admin', 'production-secret');
INSERT INTO jobs VALUES (1, 'send');
INSERT INTO mail VALUES ('smtp.production.example', true);
REFRESH MATERIALIZED VIEW people;
ANALYZE customers;
