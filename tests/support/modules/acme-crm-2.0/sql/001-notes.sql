CREATE SCHEMA crm;
CREATE TABLE crm.notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer bigint NOT NULL REFERENCES base.customers,
    note text
);
