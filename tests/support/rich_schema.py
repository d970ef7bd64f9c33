"""A schema with every kind of object that must come down equal, and rows that are hard to carry.

`{owner}`, `{other}` and `{reader}` stand for roles; `{owner}` owns the database.
"""

from pathlib import Path

HERE = Path(__file__).parent
RICH = (HERE / "rich_schema.sql").read_text()
ROWS = (HERE / "rich_rows.sql").read_text()
