INSERT INTO menu (position, title, path, module) VALUES (20, 'Customers', '/customers', 'acme.crm');
