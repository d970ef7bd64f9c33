CREATE INDEX CONCURRENTLY notes_customer ON crm.notes (customer);
