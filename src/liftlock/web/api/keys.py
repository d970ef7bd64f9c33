"""API keys over JSON: each a person's own."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from liftlock.domain.keys import KeyId
from liftlock.services import people
from liftlock.web.edge import Tx, Who
from liftlock.web.fields import Code, Given, Number
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Paging

router = APIRouter(prefix="/keys", tags=["keys"], route_class=OnceRoute)


class KeyGiven(Given):
    """A key to create."""

    name: Annotated[Code, Field(min_length=1)]


class KeyShown(BaseModel):
    """A key without the key itself."""

    id: KeyId
    name: str
    created_at: datetime


class KeyCreated(BaseModel):
    """A key on the one occasion when it is shown."""

    id: KeyId
    name: str
    key: str


@router.post("", status_code=201)
def create(tx: Tx, who: Who, given: KeyGiven) -> KeyCreated:
    """Create another key of the caller's own."""
    made = people.create_key(tx, who, name=given.name)
    return KeyCreated(id=made.id, name=made.name, key=made.key.get_secret_value())


@router.get("", responses=PAGED)
def list_keys(tx: Tx, who: Who, page: Paging) -> list[KeyShown]:
    """Return the caller's keys."""
    found = page.cut(people.list_keys(tx, who), lambda key: (key.id,))
    return [KeyShown(id=key.id, name=key.name, created_at=key.created_at) for key in found]


@router.delete("/{key}", status_code=204)
def revoke(tx: Tx, who: Who, key: Number) -> None:
    """Revoke a key of the caller's own."""
    people.revoke_key(tx, who, KeyId(key))
