"""One planted difference for each kind of object, in the schema of `rich_schema`."""

from dataclasses import dataclass

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Planted:
    """A statement that changes a schema, and what a comparison must name."""

    statement: str
    named: str
    schema: bool = True
    """Whether it changes what a fingerprint is of."""

    @override
    def __str__(self) -> str:
        """Return what pytest shows as the case's name."""
        return self.statement[:60]


FAULTS = (
    Planted("ALTER TABLE shop.customers DROP COLUMN note", "shop.customers.note"),
    Planted("ALTER TABLE shop.customers ADD COLUMN more text", "shop.customers.more"),
    Planted(
        "ALTER TABLE shop.order_lines ALTER COLUMN amount TYPE bigint", "shop.order_lines.amount"
    ),
    Planted(
        "ALTER TABLE shop.customers ALTER COLUMN balance SET DEFAULT 1", "shop.customers.balance"
    ),
    Planted(
        "ALTER TABLE shop.customers ALTER COLUMN balance DROP NOT NULL", "shop.customers.balance"
    ),
    Planted("ALTER TABLE shop.customers ALTER COLUMN id DROP IDENTITY", "shop.customers.id"),
    Planted("ALTER TABLE shop.customers ALTER COLUMN id SET GENERATED ALWAYS", "shop.customers.id"),
    Planted(
        "ALTER TABLE shop.customers ALTER COLUMN doubled DROP EXPRESSION", "shop.customers.doubled"
    ),
    Planted(
        "ALTER TABLE shop.customers ALTER COLUMN note SET STATISTICS 41", "shop.customers.note"
    ),
    Planted("ALTER TABLE shop.customers ALTER COLUMN raw SET STORAGE MAIN", "shop.customers.raw"),
    Planted("ALTER TABLE shop.customers SET (fillfactor = 81)", "shop.customers"),
    Planted("ALTER TABLE shop.customers RENAME COLUMN note TO notes", "shop.customers.notes"),
    Planted("ALTER TABLE shop.order_lines DROP CONSTRAINT sensible", "sensible"),
    Planted("ALTER TABLE shop.order_lines VALIDATE CONSTRAINT sensible", "sensible"),
    Planted(
        "ALTER TABLE shop.customers DROP CONSTRAINT customers_name_check, "
        "ADD CONSTRAINT customers_name_check CHECK (name IN ('Ana', 'Björn') OR length(name) > 1)",
        "customers_name_check",
    ),
    Planted("ALTER TABLE shop.customers DROP CONSTRAINT customers_code_key", "customers_code_key"),
    Planted(
        "ALTER TABLE shop.orders DROP CONSTRAINT orders_customer_fkey, ADD CONSTRAINT "
        "orders_customer_fkey "
        "FOREIGN KEY (customer) REFERENCES shop.customers ON DELETE SET NULL DEFERRABLE "
        "INITIALLY DEFERRED",
        "orders_customer_fkey",
    ),
    Planted("DROP INDEX shop.customers_lower", "customers_lower"),
    Planted(
        "DROP INDEX shop.customers_varchar; CREATE INDEX customers_varchar ON shop.customers "
        "(id) WHERE name IN ('Ana')",
        "customers_varchar",
    ),
    Planted(
        "ALTER INDEX shop.customers_expression ALTER COLUMN 1 SET STATISTICS 78",
        "customers_expression",
    ),
    Planted("ALTER TABLE shop.customers SET WITHOUT CLUSTER", "customers_pkey"),
    Planted("CREATE INDEX more ON shop.customers (born)", "shop.more"),
    Planted("DROP VIEW shop.good_customers", "shop.good_customers"),
    Planted(
        "CREATE OR REPLACE VIEW shop.good_customers WITH (security_barrier) AS SELECT id, name, "
        "mood "
        "FROM shop.customers WHERE name IN ('Ana') WITH CASCADED CHECK OPTION",
        "shop.good_customers",
    ),
    Planted("ALTER VIEW shop.good_customers RESET (security_barrier)", "shop.good_customers"),
    Planted("REFRESH MATERIALIZED VIEW shop.totals WITH NO DATA", "shop.totals", schema=False),
    Planted("DROP MATERIALIZED VIEW shop.grand_total", "shop.grand_total"),
    Planted(
        "CREATE OR REPLACE FUNCTION shop.twice(n integer) RETURNS integer LANGUAGE sql "
        "IMMUTABLE AS 'SELECT 3 * n'",
        "shop.twice(integer)",
    ),
    Planted("ALTER FUNCTION shop.twice(integer) VOLATILE", "shop.twice(integer)"),
    Planted("DROP AGGREGATE shop.total(integer)", "shop.total(integer)"),
    Planted("ALTER TABLE shop.customers ENABLE TRIGGER touch", "shop.customers.touch"),
    Planted("DROP TRIGGER touch ON shop.customers", "shop.customers.touch"),
    Planted("DROP RULE remember ON shop.base", "shop.base.remember"),
    Planted("ALTER TABLE shop.base DISABLE RULE remember", "shop.base.remember"),
    Planted("ALTER TABLE shop.log DISABLE ROW LEVEL SECURITY", "shop.log"),
    Planted("ALTER POLICY own_lines ON shop.log USING (true)", "shop.log.own_lines"),
    Planted("ALTER POLICY no_empty ON shop.log TO CURRENT_USER", "shop.log.no_empty"),
    Planted("ALTER TYPE shop.mood RENAME VALUE 'sad' TO 'sadder'", "shop.mood"),
    Planted("ALTER DOMAIN shop.positive SET DEFAULT 2", "shop.positive"),
    Planted("ALTER DOMAIN shop.positive DROP CONSTRAINT positive_check", "positive_check"),
    Planted("ALTER TYPE shop.address ADD ATTRIBUTE city text CASCADE", "shop.address"),
    Planted("DROP TYPE shop.floats", "shop.floats"),
    Planted(
        "TRUNCATE shop.order_lines; ALTER TABLE shop.orders DETACH PARTITION shop.orders_2024",
        "shop.orders_2024",
    ),
    Planted("COMMENT ON TABLE shop.customers IS 'others'", "shop.customers"),
    Planted("COMMENT ON COLUMN shop.customers.name IS NULL", "shop.customers.name"),
    Planted("COMMENT ON INDEX shop.customers_lower IS 'x'", "customers_lower"),
    Planted("COMMENT ON POLICY own_lines ON shop.log IS NULL", "own_lines"),
    Planted("COMMENT ON SCHEMA shop IS NULL", "schema shop"),
    Planted("GRANT SELECT ON shop.orders TO PUBLIC", "shop.orders"),
    Planted("REVOKE UPDATE (name) ON shop.customers FROM PUBLIC, {other}", "shop.customers"),
    Planted("GRANT EXECUTE ON FUNCTION shop.twice(integer) TO PUBLIC", "shop.twice(integer)"),
    Planted("ALTER TABLE shop.log OWNER TO CURRENT_USER", "shop.log"),
    Planted(
        "ALTER DEFAULT PRIVILEGES FOR ROLE {other} GRANT SELECT ON TABLES TO PUBLIC",
        "default privileges",
    ),
    Planted("DROP EXTENSION pg_trgm", "pg_trgm"),
    Planted("DROP STATISTICS shop.customers_together", "customers_together"),
    Planted("DROP PUBLICATION changes", "publication changes"),
    Planted("ALTER PUBLICATION changes DROP TABLE shop.log", "publication changes"),
    Planted("ALTER PUBLICATION changes SET (publish = 'insert')", "publication changes"),
    Planted("ALTER SEQUENCE shop.order_numbers INCREMENT BY 8", "shop.order_numbers"),
    Planted(
        "ALTER SEQUENCE shop.order_lines_position_seq OWNED BY NONE", "order_lines_position_seq"
    ),
    Planted("ALTER TABLE shop.log REPLICA IDENTITY DEFAULT", "shop.log"),
    Planted("ALTER TABLE shop.cache SET LOGGED", "shop.cache"),
    Planted("ALTER TABLE shop.derived NO INHERIT shop.base", "shop.derived"),
    Planted("DROP OPERATOR shop.### (integer, integer)", "shop.###"),
    Planted("DROP COLLATION shop.german", "shop.german"),
    Planted("ALTER TEXT SEARCH CONFIGURATION shop.words DROP MAPPING FOR word", "shop.words"),
    Planted("DROP SCHEMA public", "schema public"),
)
"""Each of these a comparison of two schemas must find."""
