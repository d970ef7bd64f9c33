"""What a move may carry: what Development really runs, for a Production that is known."""

from dataclasses import replace
from pathlib import Path

import pytest

from acme_books import Acme, registration
from aligning import quiet
from journeys import begin, down_align, end, moved_to_staging, to_production, to_staging, validate
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Digest
from liftlock.domain.move_refusals import (
    StagingTestedAgainstAnotherProduction,
    UpdaterNeedsBothScopes,
)
from liftlock.domain.organisations import Plan
from liftlock.domain.policy_versions import PolicyNotApproved
from liftlock.domain.prerequisites import (
    EnterprisePlanMissing,
    PrerequisiteMissing,
    SelfServiceNotConfigured,
)
from liftlock.domain.proposals import (
    NothingTested,
    NothingToAlign,
    ProductionHasAlready,
    RepositoriesNewer,
    StagingDrifted,
)
from liftlock.domain.selections import (
    EmptySelection,
    MissingRequirement,
    NeededByAnother,
    NotReallyRun,
    UnknownModule,
    VersionGoesDown,
)
from liftlock.downalign.planning import CannotAlign
from liftlock.environments.servers import ServerUnreachable, as_application
from liftlock.modules import installing
from liftlock.modules.packing import build
from liftlock.services import environments, organisations, packages, policies, proposals
from network import Network
from sample_modules import a_module, sample


def test_the_offer_names_what_differs_what_stays_and_what_staging_loses(own_acme: Acme) -> None:
    acme = own_acme
    two = acme.push("acme.base", "2.0")
    acme.install(Kind.STAGING, two)
    with acme.books.transaction() as tx:
        offer = proposals.offer(tx, acme.ana, acme.organisation.id)
    assert [package.code for package in offer.candidates] == ["acme.crm"]
    assert offer.stays == ()
    assert [(m.code, m.version) for m in offer.staging_loses] == [("acme.base", "2.0")]


def test_clearing_everything_is_refused(acme: Acme) -> None:
    with pytest.raises(EmptySelection):
        _ = to_staging(acme, None, "acme.crm")


def test_a_module_that_nobody_offers_cannot_be_cleared(acme: Acme) -> None:
    with pytest.raises(UnknownModule, match=r"acme\.nothing.*acme\.crm"):
        _ = to_staging(acme, None, "acme.nothing")


def test_clearing_what_another_selected_one_needs_is_refused_with_its_name(own_acme: Acme) -> None:
    acme = own_acme
    acme.install(Kind.DEVELOPMENT, acme.push("acme.base", "2.0"), acme.push("acme.crm", "2.0"))
    with pytest.raises(NeededByAnother, match=r"acme\.base cannot be cleared: acme\.crm 2\.0"):
        _ = to_staging(acme, None, "acme.base")
    move = to_staging(acme)
    assert [(m.code, m.version) for m in move.content.packages] == [
        ("acme.base", "2.0"),
        ("acme.crm", "2.0"),
    ]


def test_requirements_are_checked_against_production_and_the_selection(own_acme: Acme) -> None:
    acme = own_acme
    manifest = """
        [requires]
        "acme.nowhere" = ">=1"
        [files]
        root = "files"
        """
    folder = a_module(acme.store.root.parent / "src", manifest, {"files/a.txt": "a"})
    package = build(folder, acme.store)
    push_and_install(acme, package.digest)
    with pytest.raises(MissingRequirement, match=r"acme\.nowhere"):
        _ = to_staging(acme)


def push_and_install(acme: Acme, digest: str) -> None:
    with acme.books.transaction() as tx:
        content = acme.store.read(Digest(digest))
        package = packages.push(tx, acme.pat, acme.organisation.id, content)
    _ = installing.install(acme.parts[Kind.DEVELOPMENT], [package.digest], acme.store, quiet)


def test_a_version_never_goes_down(own_acme: Acme) -> None:
    acme = own_acme
    acme.install(Kind.PRODUCTION, acme.push("acme.base", "2.0"))
    with pytest.raises(VersionGoesDown, match=r"acme\.base would go down from 2\.0 to 1\.0"):
        _ = to_staging(acme)


def test_what_nobody_pushed_is_not_moved(own_acme: Acme) -> None:
    acme = own_acme
    unpushed = sample(acme.store, "acme.crm", "2.0")
    acme.install(Kind.DEVELOPMENT, acme.push("acme.base", "2.0"), unpushed)
    with pytest.raises(NotReallyRun, match=r"acme\.crm 2\.0"):
        _ = to_staging(acme)


def test_nothing_goes_to_production_before_it_was_in_staging(acme: Acme) -> None:
    with pytest.raises(NothingTested):
        _ = to_production(acme)


def test_staging_that_drifted_is_named(own_acme: Acme) -> None:
    acme = own_acme
    _ = moved_to_staging(acme)
    acme.install(Kind.STAGING, acme.push("acme.base", "2.0"))
    with pytest.raises(StagingDrifted, match=r"acme\.base is 2\.0 instead of 1\.0"):
        _ = to_production(acme)


def test_staging_that_was_aligned_to_another_production_is_refused(own_acme: Acme) -> None:
    acme = own_acme
    _ = moved_to_staging(acme)
    with as_application(acme.parts[Kind.PRODUCTION].database("customers")) as connection:
        _ = connection.execute("ALTER TABLE base.customers ADD COLUMN born date")
    with pytest.raises(StagingTestedAgainstAnotherProduction, match="schema of database customers"):
        _ = to_production(acme)


def test_what_production_has_already_is_refused(own_acme: Acme) -> None:
    acme = own_acme
    _ = moved_to_staging(acme)
    acme.install(Kind.PRODUCTION, acme.crm)
    with pytest.raises((ProductionHasAlready, StagingTestedAgainstAnotherProduction)):
        _ = to_production(acme)


def test_a_down_align_of_nothing_is_refused(acme: Acme) -> None:
    with pytest.raises(NothingToAlign):
        _ = down_align(acme, systemdb_and_files=False, data=False)


def test_repositories_that_stay_newer_need_a_tick(acme: Acme) -> None:
    with pytest.raises(RepositoriesNewer, match="customers"):
        _ = down_align(acme, data=False)
    move = down_align(acme, data=False, newer_understood=True)
    assert (move.content.scope.systemdb_and_files, move.content.scope.data) == (True, False)


def test_data_alone_is_refused_where_a_module_has_an_updater_of_its_own(
    own_acme: Acme, tmp_path: Path
) -> None:
    source = a_module(tmp_path / "acme.test", '[install]\ncommand = ["true"]\n')
    package = build(source, own_acme.store)
    with own_acme.books.transaction() as tx:
        content = own_acme.store.read(package.digest)
        _ = packages.push(tx, own_acme.pat, own_acme.organisation.id, content)
    parts = own_acme.parts[Kind.DEVELOPMENT]
    allowed = replace(parts, runtime=replace(parts.runtime, own_user_allowed=True))
    _ = installing.install(allowed, [package.digest], own_acme.store, quiet)
    with pytest.raises(UpdaterNeedsBothScopes, match=r"acme\.test bring updaters"):
        _ = down_align(own_acme, systemdb_and_files=False)


def test_an_undecided_column_stops_a_down_align_when_it_is_scheduled(own_acme: Acme) -> None:
    acme = own_acme
    with as_application(acme.parts[Kind.PRODUCTION].database("customers")) as connection:
        _ = connection.execute("ALTER TABLE base.customers ADD COLUMN iban text")
    with pytest.raises(CannotAlign, match="iban"):
        _ = down_align(acme)


def test_a_policy_that_waits_for_its_first_approval_stops_it(acme: Acme) -> None:
    document = 'repository = "customers"\n'
    with acme.books.transaction() as tx:
        _ = policies.submit(tx, acme.ana, acme.organisation.id, document)
    with pytest.raises(PolicyNotApproved, match="customers"):
        _ = down_align(acme)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"self_service": False}, SelfServiceNotConfigured),
        ({"plan": Plan.ESSENTIAL}, EnterprisePlanMissing),
    ],
)
def test_each_missing_prerequisite_is_named(
    acme: Acme, change: dict[str, bool | Plan], refusal: type[PrerequisiteMissing]
) -> None:
    plan, self_service = change.get("plan"), change.get("self_service")
    with acme.books.transaction() as tx:
        _ = organisations.change(
            tx,
            acme.operator,
            acme.organisation.id,
            plan=plan if isinstance(plan, Plan) else None,
            self_service=self_service if isinstance(self_service, bool) else None,
        )
    for schedule in (to_staging, down_align, to_production):
        with pytest.raises(refusal, match="The platform operator"):
            _ = schedule(acme)


def test_a_production_that_cannot_be_reached_is_named_and_nothing_is_booked(
    own_acme: Acme, network: Network
) -> None:
    acme = own_acme
    behind_network(acme, network)
    network.down()
    with pytest.raises(ServerUnreachable):
        _ = to_staging(acme)
    network.up()
    assert to_staging(acme).status == "ProposedMoveToStaging"


def behind_network(acme: Acme, network: Network) -> None:
    """Register Production anew, reached through a network that can be cut."""
    given = registration(acme.parts[Kind.PRODUCTION])
    through = tuple(network.through(database) for database in given.databases)
    with acme.books.transaction() as tx:
        _ = environments.change(
            tx, acme.operator, acme.production.id, replace(given, databases=through)
        )


def test_a_production_that_cannot_be_reached_lets_what_is_due_wait(
    own_acme: Acme, network: Network
) -> None:
    acme = own_acme
    behind_network(acme, network)
    move = to_staging(acme)
    _ = validate(acme, move)
    network.down()
    assert begin(acme) == []
    network.up()
    assert [m.id for m in begin(acme)] == [move.id]
    _ = end(acme, move)
