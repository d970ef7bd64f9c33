"""Packages of an organisation: pushed, installed into Development, moved on by digest alone."""

from collections.abc import Mapping, Sequence

from liftlock.books import Transaction
from liftlock.domain import packages as shelved
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.modules import Digest, ModuleCode, Package
from liftlock.domain.organisations import Organisation, OrganisationId
from liftlock.domain.packages import DevelopmentInAMove, ModuleRow, PackageNotFound, Shelved
from liftlock.domain.people import Person
from liftlock.domain.progress import Tell
from liftlock.domain.selections import in_install_order
from liftlock.domain.statuses import State
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.modules import installing
from liftlock.modules.contents import PackageContent
from liftlock.modules.installing import InstallReport
from liftlock.modules.stores import ModuleStore
from liftlock.services import contents, environments, organisations
from liftlock.services.contents import Found
from liftlock.store import audit_events, due, packages
from liftlock.store import environments as environments_kept
from liftlock.store.packages import Pushed

MOST_BUILDS = 100


def push(
    tx: Transaction, who: Person, organisation_id: OrganisationId, content: PackageContent
) -> Package:
    """Write that the organisation has a package, which the module store holds already.

    Pushing twice changes nothing.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation, development = _reached(tx, who, organisation_id, Action.PUSH_PACKAGE)
    package = content.package
    packages.add(
        tx,
        organisation.id,
        package,
        manifest=content.manifest_text,
        scripts=content.scripts,
        by=who.id,
    )
    _audit(tx, Tag.PACKAGE_PUSHED, who, development, package)
    return package


def require_may_push(tx: Transaction, who: Person, organisation_id: OrganisationId) -> None:
    """Refuse, before anything is taken in, whoever may not push.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    _ = _reached(tx, who, organisation_id, Action.PUSH_PACKAGE)


def list_all(tx: Transaction, who: Person, organisation_id: OrganisationId) -> tuple[Pushed, ...]:
    """Return the organisation's packages by code, earliest first.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ_PACKAGES, organisation)
    return tuple(packages.of_organisation(tx, organisation.id))


def compare(
    tx: Transaction, who: Person, organisation_id: OrganisationId
) -> tuple[Mapping[Kind, Found], tuple[ModuleRow, ...]]:
    """Return what each environment says it has, or why it cannot say; and every module, by code.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ_PACKAGES, organisation)
    found = contents.installed_each(tx, environments_kept.of_organisation(tx, organisation.id))
    return found, shelved.rows(found, packages.shelf(tx, organisation.id))


def builds(
    tx: Transaction, who: Person, organisation_id: OrganisationId, code: ModuleCode
) -> tuple[Shelved, ...]:
    """Return the latest builds of a module, latest first.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, PackageNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ_PACKAGES, organisation)
    found = packages.builds(tx, organisation.id, code, MOST_BUILDS)
    if not found:
        raise PackageNotFound(package=code)
    return tuple(found)


def show(tx: Transaction, who: Person, organisation_id: OrganisationId, digest: Digest) -> Pushed:
    """Return one package.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, PackageNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ_PACKAGES, organisation)
    return _found(tx, organisation, digest)


def install_into_development(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId,
    digests: Sequence[Digest],
    *,
    store: ModuleStore,
    tell: Tell,
) -> InstallReport:
    """Install packages into Development, in the order of their requirements.

    No move begins meanwhile.

    What was installed before a failure stays, and a repeat goes on from there.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, PackageNotFound,
        DevelopmentInAMove,
        CircularDependency, and what `modules/installing.py` says.
    """
    organisation = organisations.lock(tx, who, organisation_id)
    _, development = _reached(tx, who, organisation_id, Action.INSTALL_MODULE)
    _require_no_move_touches(tx, organisation, development)
    wanted = [_found(tx, organisation, digest).package for digest in dict.fromkeys(digests)]
    ordered = in_install_order(wanted)
    parts = environments.parts(tx, development)
    report = installing.install(parts, [package.digest for package in ordered], store, tell)
    for package in ordered:
        _audit(tx, Tag.PACKAGE_INSTALLED, who, development, package)
    return report


def _require_no_move_touches(
    tx: Transaction, organisation: Organisation, development: Environment
) -> None:
    running = due.blocking(tx, organisation.id)
    if running is None or running.state is not State.RUNNING:
        return
    if development.id in {running.source, running.target}:
        raise DevelopmentInAMove(move=f"{running.kind.title} {running.id}")


def _audit(
    tx: Transaction, tag: Tag, who: Person, development: Environment, package: Package
) -> None:
    said: dict[str, str | int | bool] = {
        "code": package.code,
        "version": package.version,
        "digest": package.digest,
    }
    audit_events.append(
        tx, tag, development.organisation, who.id, environment=development.id, fields=said
    )


def _reached(
    tx: Transaction, who: Person, organisation_id: OrganisationId, action: Action
) -> tuple[Organisation, Environment]:
    organisation = organisations.find(tx, who, organisation_id)
    development = environments.of_kind(tx, organisation.id, Kind.DEVELOPMENT)
    who_may.require(who, action, organisation, development)
    return organisation, development


def _found(tx: Transaction, organisation: Organisation, digest: Digest) -> Pushed:
    found = packages.load(tx, organisation.id, digest)
    if found is None:
        raise PackageNotFound(package=digest)
    return found
