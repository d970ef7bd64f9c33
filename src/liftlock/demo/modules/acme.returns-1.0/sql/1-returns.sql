CREATE TABLE returns (
    order_id bigint PRIMARY KEY REFERENCES orders ON DELETE CASCADE,
    reason text NOT NULL,
    returned_on date NOT NULL
);
INSERT INTO returns (order_id, reason, returned_on)
SELECT id, 'Too small', placed_at::date + 14 FROM orders WHERE id % 50 = 0;
