UPDATE base.settings SET value = 'off' WHERE name = 'mail';
