"""The application's background work: it sends queued mail, unless its settings say: no mail."""

from pathlib import Path

from liftlock.demo.application.databases import Databases

_MAIL = "SELECT value FROM settings WHERE key = 'mail'"
_SEND = """
UPDATE mail_queue SET sent_at = now()
 WHERE id IN (SELECT id FROM mail_queue WHERE sent_at IS NULL ORDER BY id LIMIT 2)
RETURNING id, recipient, subject
"""


def send_some(databases: Databases, outbox: Path) -> None:
    """Send the next two mails: here, write them into the outbox. Raises: psycopg.Error."""
    if [row["value"] for row in databases.ask("systemdb", _MAIL)] != ["on"]:
        return
    sent = databases.ask("systemdb", _SEND)
    with outbox.open("a") as file:
        file.writelines(f"{row['id']}\t{row['recipient']}\t{row['subject']}\n" for row in sent)
