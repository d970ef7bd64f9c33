"""Acme in the books of a test: three real environments, and the people who use them.

Every environment runs `acme.base` 1.0; Development has `acme.crm` 1.0 besides, which a Move to
Staging can carry.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from aligning import quiet
from liftlock.books import Books, Transaction
from liftlock.domain.environments import DataPolicy, Environment, EnvironmentId, Kind
from liftlock.domain.modules import Package
from liftlock.domain.organisations import Organisation, Plan
from liftlock.domain.people import Grant, Person, Role
from liftlock.environments.parts import Parts
from liftlock.modules import installing
from liftlock.modules.oci_layout import OciLayout
from liftlock.services import environments, organisations, packages, people, policies
from liftlock.services.environments import Registration
from liftlock.store.master_keys import MasterKey
from own_books import at
from postgres import MakeParts, Server, database_maker, parts_maker
from sample_modules import sample

LABELS = ("systemdb", "customers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acme:
    """The organisation, its environments, and its people."""

    url: SecretStr
    key: MasterKey
    books: Books
    store: OciLayout
    parts: dict[Kind, Parts]
    organisation: Organisation
    development: Environment
    staging: Environment
    production: Environment
    base: Package
    crm: Package
    operator: Person
    ana: Person
    """Administers Development."""
    ben: Person
    """Administers Staging."""
    cem: Person
    """Administers Production."""
    dora: Person
    """Administers all three."""
    eve: Person
    """Audits."""
    pat: Person
    """Publishes modules."""

    @contextmanager
    def at(self, instant: datetime) -> Generator[Transaction]:
        """Open one transaction whose `now` is this instant."""
        with at(self.url, self.key, instant) as tx:
            yield tx

    @contextmanager
    def later(self, by: timedelta) -> Generator[Transaction]:
        """Open one transaction at a time after now."""
        with self.books.transaction() as tx:
            now = tx.now
        with self.at(now + by) as tx:
            yield tx

    def install(self, kind: Kind, *installed: Package) -> None:
        """Install packages into an environment, past all moves."""
        digests = [package.digest for package in installed]
        _ = installing.install(self.parts[kind], digests, self.store, quiet)

    def push(self, code: str, version: str) -> Package:
        """Build a sample module and push it."""
        package = sample(self.store, code, version)
        with self.books.transaction() as tx:
            return packages.push(
                tx, self.pat, self.organisation.id, self.store.read(package.digest)
            )


@pytest.fixture
def make_organisation(books: Books, operator: Person, make_parts: MakeParts) -> "MakeOrganisation":
    return MakeOrganisation(books, operator, make_parts)


@dataclass(frozen=True, slots=True)
class MakeOrganisation:
    """Registers an organisation with environments and people."""

    books: Books
    operator: Person
    make_parts: MakeParts

    def organisation(self, tx: Transaction, code: str) -> Organisation:
        return organisations.create(
            tx,
            self.operator,
            code=code,
            title=code.title(),
            plan=Plan.ENTERPRISE,
            self_service=True,
        )

    def environment(self, tx: Transaction, organisation: Organisation, parts: Parts) -> Environment:
        return environments.register(tx, self.operator, organisation.id, registration(parts))

    def person(
        self, tx: Transaction, organisation: Organisation, name: str, *grants: Grant
    ) -> Person:
        login = f"{name.lower()}@{organisation.code}"
        added, _ = people.add(
            tx, self.operator, organisation.id, login=login, name=name, grants=grants
        )
        return added


def registration(parts: Parts) -> Registration:
    """Return what an operator says about these parts."""
    policies = {Kind.DEVELOPMENT: DataPolicy.ANONYMIZED, Kind.STAGING: DataPolicy.REPLICA}
    return Registration(
        kind=parts.kind,
        data_policy=policies.get(parts.kind),
        databases=parts.databases,
        files=parts.files,
        runtime=parts.runtime,
    )


def administrator(*environment_ids: EnvironmentId) -> tuple[Grant, ...]:
    """Return grants of a Delegated Administrator."""
    return tuple(Grant(role=Role.ADMINISTRATOR, environment=id_) for id_ in environment_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Three real environments and a module store, before anybody has registered them."""

    parts: dict[Kind, Parts]
    store: OciLayout
    base: Package
    crm: Package


FILES_POLICY = """
repository = "files"

[[paths]]
glob = "modules/**"
handling = "keep"
"""


def furnish(servers: dict[Kind, Server], make_parts: MakeParts, folder: Path) -> Places:
    """Make the environments and install the modules that they begin with."""
    store = OciLayout(folder / "modules")
    base, crm = sample(store, "acme.base", "1.0"), sample(store, "acme.crm", "1.0")
    parts = {kind: make_parts(server, kind, LABELS) for kind, server in servers.items()}
    for kind in Kind:
        with_crm = (crm,) if kind is Kind.DEVELOPMENT else ()
        wanted = [package.digest for package in (base, *with_crm)]
        _ = installing.install(parts[kind], wanted, store, quiet)
    return Places(parts=parts, store=store, base=base, crm=crm)


@pytest.fixture(scope="session")
def servers(
    development_server: Server, staging_server: Server, production_server: Server
) -> dict[Kind, Server]:
    every = (development_server, staging_server, production_server)
    return dict(zip(Kind, every, strict=True))


@pytest.fixture(scope="session")
def shared_places(
    servers: dict[Kind, Server], tmp_path_factory: pytest.TempPathFactory
) -> Generator[Places]:
    folder = tmp_path_factory.mktemp("acme")
    with database_maker() as make_database, parts_maker(make_database) as make_parts:
        yield furnish(servers, make_parts, folder)


@pytest.fixture
def acme(
    books_url: SecretStr,
    master_key: MasterKey,
    make_organisation: MakeOrganisation,
    shared_places: Places,
) -> Acme:
    """Acme in books of this test, over environments that all such tests share: only to be read."""
    return an_acme(books_url, master_key, make_organisation, shared_places)


@pytest.fixture
def own_acme(
    books_url: SecretStr,
    master_key: MasterKey,
    make_organisation: MakeOrganisation,
    servers: dict[Kind, Server],
    tmp_path: Path,
) -> Acme:
    """Acme in books of this test, over environments of its own: to be changed."""
    places = furnish(servers, make_organisation.make_parts, tmp_path)
    return an_acme(books_url, master_key, make_organisation, places)


def an_acme(url: SecretStr, key: MasterKey, make: MakeOrganisation, places: Places) -> Acme:
    """Register these places and Acme's people in the books."""
    with make.books.transaction() as tx:
        organisation = make.organisation(tx, "acme")
        known = {kind: make.environment(tx, organisation, places.parts[kind]) for kind in Kind}
        ids = {kind: environment.id for kind, environment in known.items()}
        made = Acme(
            url=url,
            key=key,
            books=make.books,
            store=places.store,
            parts=places.parts,
            organisation=organisation,
            development=known[Kind.DEVELOPMENT],
            staging=known[Kind.STAGING],
            production=known[Kind.PRODUCTION],
            base=places.base,
            crm=places.crm,
            operator=make.operator,
            ana=make.person(tx, organisation, "Ana", *administrator(ids[Kind.DEVELOPMENT])),
            ben=make.person(tx, organisation, "Ben", *administrator(ids[Kind.STAGING])),
            cem=make.person(tx, organisation, "Cem", *administrator(ids[Kind.PRODUCTION])),
            dora=make.person(tx, organisation, "Dora", *administrator(*ids.values())),
            eve=make.person(tx, organisation, "Eve", Grant(role=Role.AUDITOR)),
            pat=make.person(tx, organisation, "Pat", Grant(role=Role.PUBLISHER)),
        )
        for package in (places.base, places.crm):
            content = places.store.read(package.digest)
            _ = packages.push(tx, made.pat, organisation.id, content)
        submitted = policies.submit(tx, made.ana, organisation.id, FILES_POLICY)
        _ = policies.approve(tx, made.cem, organisation.id, "files", submitted.version)
    return made
