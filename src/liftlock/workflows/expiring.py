"""Each worker looks now and then at what would expire soon, and at what runs over its slot.

So people hear of it.
"""

from liftlock.books import Books
from liftlock.errors import LiftlockError
from liftlock.services import expiries, overruns
from liftlock.telemetry import log


def look(books: Books) -> int:
    """Look at every booked move that is near its end, each in a transaction of its own.

    At running moves, too.

    Returns: of how many people were told.
    """
    with books.transaction() as tx:
        near = expiries.near(tx)
    told = 0
    for move in near:
        try:
            with books.transaction() as tx:
                told += expiries.look_at(tx, move)
        except LiftlockError as error:
            log.warning("move.not_looked_at", move=move.id, code=error.code)
    with books.transaction() as tx:
        told += overruns.tell(tx)
    return told
