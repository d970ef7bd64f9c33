-- Books know the database that they were written in: a copy, or a backup that was restored, tells of the past.
ALTER TABLE installations ADD COLUMN database_id text;
