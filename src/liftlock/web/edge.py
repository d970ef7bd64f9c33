"""What requests bring: one transaction, who asks, the organisation spoken of, the module store."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.keys import UnknownKey
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Person
from liftlock.errors import Invalid
from liftlock.modules.stores import ModuleStore
from liftlock.services import organisations, people
from liftlock.web.fields import Code

bearer = HTTPBearer(auto_error=False, description="An API key: `llk_` and what follows.")


class OrganisationMissing(Invalid):
    """A platform operator belongs to none, so the request must say which one it is about."""

    code = "organisation.missing"
    sentence = "Say which organisation: ?organisation=CODE, or LIFTLOCK_ORGANISATION for commands."


def transaction() -> Transaction:
    """Be replaced by bootstrap: one transaction that is committed before the response is sent."""
    raise NotImplementedError


Tx: TypeAlias = Annotated[Transaction, Depends(transaction, scope="function")]


def module_store() -> ModuleStore:
    """Be replaced by bootstrap: where packages are kept."""
    raise NotImplementedError


Store: TypeAlias = Annotated[ModuleStore, Depends(module_store)]


def asking(
    tx: Tx, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Person:
    """Return whose key the request carries. Raises: UnknownKey."""
    if given is None:
        raise UnknownKey
    return people.identify(tx, SecretStr(given.credentials))


Who: TypeAlias = Annotated[Person, Depends(asking)]


def spoken_of(
    tx: Tx, who: Who, organisation: Annotated[Code | None, Query(min_length=1)] = None
) -> Organisation:
    """Return the asking person's organisation, or the one that a platform operator names.

    Raises: OrganisationMissing, OrganisationNotFound.
    """
    if organisation is not None:
        return organisations.show(tx, who, organisation)
    if who.organisation is None:
        raise OrganisationMissing
    return organisations.find(tx, who, who.organisation)


Of: TypeAlias = Annotated[Organisation, Depends(spoken_of)]
