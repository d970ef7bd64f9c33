"""Liftlock's own books in PostgreSQL: one file a noun, literal SQL, one constructor a row."""
