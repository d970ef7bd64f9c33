"""Acme on a morning that does not go on: every page shows the same each time that it is drawn.

It is Tuesday, May 19, 2026, 10:42 in Paris. The environments are shared and only to be read.
Development has more, and newer, modules than Production; in the second of two sets of environments
Staging has them, too, as after a Move to Staging.
"""

from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from acme_books import LABELS, Acme, MakeOrganisation, Places, an_acme
from aligning import quiet
from liftlock.books import Books
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Package
from liftlock.modules import installing
from liftlock.modules.oci_layout import OciLayout
from liftlock.modules.packing import build
from liftlock.services import installations, organisations, packages, people
from liftlock.store.master_keys import MasterKey
from own_books import ZONE
from postgres import MakeParts, Server, database_maker, parts_maker
from sample_modules import a_module, sample

NOW = datetime(2026, 5, 19, 8, 42, tzinfo=UTC)
MODULES: Mapping[str, tuple[str, str, str, tuple[Kind, ...]]] = {
    "acme.billing 1.3.0": ("Billing", "", "", (Kind.STAGING, Kind.PRODUCTION)),
    "acme.billing 1.4.2": ("Billing", "acme.crm", ">=1.0", (Kind.DEVELOPMENT,)),
    "acme.claims 3.2.0": ("Claims", "acme.base", ">=1.0", (Kind.DEVELOPMENT,)),
    "acme.reports 0.9.1": ("Reports for auditors", "acme.billing", ">=1.4", (Kind.DEVELOPMENT,)),
    "acme.payroll 7.0.0": ("Payroll", "", "", (Kind.STAGING, Kind.PRODUCTION)),
}
"""Code and version: title, what it requires in which range, and where it is installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillPlaces:
    """Two sets of environments: as they are in the beginning, and after a Move to Staging."""

    untested: Places
    tested: Places
    every: tuple[Package, ...]


@pytest.fixture(scope="session")
def still_places(
    servers: dict[Kind, Server], tmp_path_factory: pytest.TempPathFactory
) -> Generator[StillPlaces]:
    folder = tmp_path_factory.mktemp("still")
    with database_maker() as make_database, parts_maker(make_database) as make_parts:
        yield furnish_still(servers, make_parts, folder)


def furnish_still(servers: dict[Kind, Server], make_parts: MakeParts, folder: Path) -> StillPlaces:
    """Make both sets of environments, and the packages that they are made of."""
    store = OciLayout(folder / "modules")
    base, crm = sample(store, "acme.base", "1.0"), sample(store, "acme.crm", "1.0")
    made = {name: _built(folder, store, name) for name in MODULES}
    maker = _Maker(make_parts=make_parts, servers=servers, store=store, packages=made)
    return StillPlaces(
        untested=maker.make(base, crm, tested=False),
        tested=maker.make(base, crm, tested=True),
        every=(base, crm, *made.values()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    make_parts: MakeParts
    servers: dict[Kind, Server]
    store: OciLayout
    packages: dict[str, Package]

    def make(self, base: Package, crm: Package, *, tested: bool) -> Places:
        parts = {kind: self.make_parts(self.servers[kind], kind, LABELS) for kind in Kind}
        for kind in Kind:
            as_development = tested and kind is Kind.STAGING
            names = self._names(Kind.DEVELOPMENT if as_development else kind)
            wanted = [base, *([crm] if as_development or kind is Kind.DEVELOPMENT else [])]
            if as_development:
                wanted.append(self.packages["acme.payroll 7.0.0"])
            wanted += [self.packages[name] for name in names]
            digests = [package.digest for package in wanted]
            _ = installing.install(parts[kind], digests, self.store, quiet)
        return Places(parts=parts, store=self.store, base=base, crm=crm)

    def _names(self, kind: Kind) -> list[str]:
        return [name for name, (*_, where) in MODULES.items() if kind in where]


def _built(folder: Path, store: OciLayout, name: str) -> Package:
    code, version = name.split()
    title, needs, needed, _ = MODULES[name]
    requires = f'[requires]\n"{needs}" = "{needed}"\n' if needs else ""
    text = f'code = "{code}"\nversion = "{version}"\ntitle = "{title}"\n{requires}'
    source = a_module(folder / name.replace(" ", "-"), files={"module.toml": text})
    return build(source, store)


@contextmanager
def still_books(url: SecretStr, key: MasterKey, now: datetime = NOW) -> Generator[Books]:
    """Open new books whose clock stands still."""
    conninfo = make_conninfo(url.get_secret_value(), options=f"-c liftlock.now={now.isoformat()}")
    with closing(Books(SecretStr(conninfo), key, pool_size=45)) as books:
        with books.transaction() as tx:
            _ = installations.prepare(tx, zone=ZONE)
        yield books


def furnished(
    url: SecretStr,
    key: MasterKey,
    books: Books,
    make_parts: MakeParts,
    places: StillPlaces,
    *,
    tested: bool = False,
) -> Acme:
    """Register these environments and Acme's people in new books."""
    with books.transaction() as tx:
        operator, _ = people.first_operator(tx, login="olga", name="Olga Operator")
    make = MakeOrganisation(books, operator, make_parts)
    acme = an_acme(url, key, make, places.tested if tested else places.untested)
    with books.transaction() as tx:
        _ = organisations.change(tx, operator, acme.organisation.id, four_eyes=True)
        for package in places.every[2:]:
            content = acme.store.read(package.digest)
            _ = packages.push(tx, acme.pat, acme.organisation.id, content)
    return acme
