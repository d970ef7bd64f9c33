"""Belongings: whether what stands beside the environments is what the books say."""

from collections.abc import Iterator

from liftlock.books import Transaction
from liftlock.domain.belongings import Beside, differences
from liftlock.domain.environments import Environment
from liftlock.environments import beside
from liftlock.environments.parts import Parts
from liftlock.errors import LiftlockError
from liftlock.services import contents, installations
from liftlock.store import belongings, organisations
from liftlock.store import environments as environments_kept
from liftlock.telemetry import log


def compare(tx: Transaction, environment: Environment, parts: Parts) -> Iterator[str]:
    """Yield each difference between an environment's servers and the books, with what to do.

    Raises: ServerUnreachable, FilesUnreachable.
    """
    found = beside.look(parts, installations.load(tx).name)
    moves = {each.move for each in found.belongings}
    yield from differences(found, belongings.listed(tx, environment, moves))


def highest_move(tx: Transaction) -> int:
    """Return the highest number of a move that a name beside any environment carries; else 0.

    A server that does not answer is passed over.

    Raises: WrongMasterKey.
    """
    return max((each.move for found in _all(tx) for each in found.belongings), default=0)


def _all(tx: Transaction) -> Iterator[Beside]:
    name = installations.load(tx).name
    for organisation in organisations.load_all(tx):
        for environment in environments_kept.of_organisation(tx, organisation.id):
            parts = environments_kept.parts(tx, environment, contents.READER)
            try:
                yield beside.look(parts, name)
            except LiftlockError as refusal:
                log.warning("belongings.unseen", environment=environment.id, code=refusal.code)
