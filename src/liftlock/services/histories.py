"""The history of an organisation's moves: a page of it, as it is listed."""

from liftlock.books import Transaction
from liftlock.domain import histories as pages
from liftlock.domain.histories import PAGE_LENGTH, History, Wanted
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Person
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import organisations
from liftlock.store import histories


def show(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId,
    wanted: Wanted,
    length: int = PAGE_LENGTH,
) -> History:
    """Return one page of the organisation's moves.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    found = histories.lines(tx, organisation.id, wanted, length + 1)
    return pages.page(found, wanted, length)
