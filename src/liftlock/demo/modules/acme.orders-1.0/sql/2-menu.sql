INSERT INTO menu (position, title, path, module) VALUES (30, 'Orders', '/orders', 'acme.orders');
