"""What the console's side offers: the organisation's pages, and each environment's self-service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from liftlock.domain import consoles
from liftlock.domain.consoles import Page
from liftlock.domain.environments import Kind
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Person, Role
from liftlock.identity import who_may
from liftlock.identity.who_may import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One entry."""

    title: str
    address: str
    icon: str
    here: bool
    count: int = 0
    """How much waits there; 0 is not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The pages of one environment."""

    kind: Kind
    address: str
    here: bool
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigation:
    """The whole side."""

    pages: tuple[Link, ...] = ()
    consoles: tuple[Console, ...] = ()
    own: tuple[Link, ...] = ()


ICONS: Mapping[Page, str] = MappingProxyType(
    {
        Page.MOVE_TO_STAGING: "arrow-up-from-line",
        Page.DOWN_ALIGNMENT: "arrow-down-to-line",
        Page.MOVE_TO_PRODUCTION: "arrow-up-from-line",
        Page.PRODUCTION_DEPLOYMENT: "ticket-check",
    }
)
SELF_SERVICE: Mapping[Kind, tuple[tuple[str, str, str], ...]] = MappingProxyType(
    {
        kind: tuple((page.title, page.address, ICONS[page]) for page in pages)
        for kind, pages in consoles.PAGES.items()
    }
)
"""Title, address and icon of each self-service page, by console."""

PAGES: Sequence[tuple[Action, str, str, str]] = (
    (Action.READ, "Overview", "/", "layout-grid"),
    (Action.READ, "Moves", "/moves", "history"),
    (Action.READ, "Calendar", "/calendar", "calendar"),
    (Action.READ_PACKAGES, "Modules", "/modules", "boxes"),
    (Action.READ, "Masking policies", "/policies", "eye-off"),
    (Action.READ, "Restore points", "/restore-points", "life-buoy"),
    (Action.READ, "Environments", "/environments", "server"),
    (Action.READ, "People", "/people", "users"),
    (Action.READ_AUDIT, "Audit", "/audit", "scroll-text"),
)


def navigation(
    who: Person, organisation: Organisation | None, path: str, waiting: int
) -> Navigation:
    """Return what this person is offered, and where they are; `waiting`: unread in the inbox."""
    return Navigation(
        pages=_pages(who, organisation, path),
        consoles=_consoles(who, organisation, path),
        own=_own(who, path, waiting),
    )


def _pages(who: Person, organisation: Organisation | None, path: str) -> tuple[Link, ...]:
    if organisation is None:
        return ()
    offered = [
        _link(title, address, icon, path)
        for action, title, address, icon in PAGES
        if who_may.may(who, action, organisation)
    ]
    return tuple(offered) or (_link("Overview", "/", "layout-grid", path),)


def _consoles(who: Person, organisation: Organisation | None, path: str) -> tuple[Console, ...]:
    if organisation is None or who.roles == frozenset({Role.PUBLISHER}):
        return ()
    return tuple(
        Console(
            kind=kind,
            address=pages[0][1],
            here=path.startswith(f"/{kind}/"),
            links=tuple(_link(title, address, icon, path) for title, address, icon in pages),
        )
        for kind, pages in SELF_SERVICE.items()
    )


def _own(who: Person, path: str, waiting: int) -> tuple[Link, ...]:
    inbox = _link("Inbox", "/inbox", "inbox", path, waiting)
    settings = _link("Settings", "/settings", "user", path)
    if Role.OPERATOR in who.roles:
        return (_link("Organisations", "/organisations", "building-2", path), inbox, settings)
    return (inbox, settings)


def _link(title: str, address: str, icon: str, path: str, count: int = 0) -> Link:
    below = address != "/" and path.startswith(f"{address}/")
    return Link(title=title, address=address, icon=icon, here=path == address or below, count=count)
