"""Bad input over the API: each is refused by name, with the next step, and nothing changes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from acme_books import Acme, registration
from journeys import begin, down_align, moved_to_staging, to_production, to_staging, validate
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Package
from liftlock.domain.wall_times import wall_at
from liftlock.environments.servers import as_application
from liftlock.modules import packing
from liftlock.services import packages, policies
from own_books import ZONE
from postgres import Server
from refusing import Refusal, pages, refused
from sample_modules import a_module
from served import Served, serving


def now(acme: Acme) -> datetime:
    with acme.books.transaction() as tx:
        return wall_at(tx.now, ZONE)


def at(moment: datetime) -> dict[str, object]:
    return {"at": {"wall": moment.isoformat()}}


def mark(moment: datetime) -> datetime:
    """Return the last five-minute mark."""
    return moment.replace(minute=moment.minute - moment.minute % 5, second=0, microsecond=0)


def to_staging_at(moment: datetime, **also: object) -> dict[str, object]:
    return {"kind": "move_to_staging", **at(moment), **also}


SOON = {"kind": "move_to_staging", "at": {"soon": True}}
ALIGN = {"kind": "down_align", "at": {"soon": True}, "systemdb_and_files": True, "data": True}


def all_refused(served: Served, subtests: pytest.Subtests, cases: Sequence[Refusal]) -> None:
    for case in cases:
        with subtests.test(case.title):
            _ = refused(served, case)


def test_times_that_cannot_be_booked(served: Served, subtests: pytest.Subtests) -> None:
    today = mark(now(served.acme))
    gap, twice = next_clock_changes(today)
    tomorrow = today + timedelta(days=1)
    cases: list[tuple[dict[str, object], str, list[str]]] = [
        (at(today - timedelta(days=1)), "slot.in_the_past", ["is past"]),
        (at(datetime.fromisoformat("0001-01-01T00:00")), "slot.in_the_past", ["January 1, 1 at"]),
        (at(tomorrow + timedelta(minutes=3)), "slot.off_the_grid", ["steps of 5"]),
        (at(tomorrow + timedelta(seconds=30)), "slot.off_the_grid", [":30"]),
        (at(today + timedelta(days=400)), "slot.beyond_twelve_months", ["last day is"]),
        (at(datetime.fromisoformat("9999-12-31T23:55")), "slot.beyond_twelve_months", ["9999"]),
        (at(gap), "slot.time_does_not_exist", ["01:55", "03:00", ZONE]),
        (at(twice), "slot.time_is_ambiguous", ["UTC+02:00", "UTC+01:00"]),
        ({"at": {}}, "request.invalid", ["at", "wall, or soon"]),
        ({"at": {"wall": 1_800_000_000}}, "request.invalid", ["at.wall"]),
        ({"at": {"wall": "2027-01-01T10:00Z"}}, "request.invalid", ["at.wall"]),
        ({"at": {"soon": True, "wall": "2027-01-01T10:00"}}, "request.invalid", ["at"]),
    ]
    all_refused(
        served,
        subtests,
        [
            Refusal(
                who="ana", method="POST", path="/slots/hold", body={"kind": "down_align", **when},
                status=422, code=code, names=tuple(names),
            )
            for when, code, names in cases
        ],
    )  # fmt: skip


def next_clock_changes(today: datetime) -> tuple[datetime, datetime]:
    """Return a time of Paris that will not exist, and one that will exist twice."""
    spring = last_sunday(today.year, 3)
    autumn = last_sunday(today.year, 10)
    if spring <= today:
        spring = last_sunday(today.year + 1, 3)
    if autumn <= today:
        autumn = last_sunday(today.year + 1, 10)
    return spring.replace(hour=2, minute=30), autumn.replace(hour=2, minute=30)


def last_sunday(year: int, month: int) -> datetime:
    last = datetime.fromisoformat(f"{year}-{month:02}-31")
    return last - timedelta(days=(last.weekday() + 1) % 7)


def test_a_time_that_somebody_else_has_is_refused_with_who_and_what_is_free(
    served: Served, subtests: pytest.Subtests
) -> None:
    held, booked = (mark(now(served.acme)) + timedelta(days=days) for days in (2, 3))
    taken = at(held)["at"]
    hold = served.ask("dora", "POST", "/slots/hold", {"kind": "down_align", "at": taken})
    move = served.ask("ana", "POST", "/moves", to_staging_at(booked))
    assert (hold.status, move.status) == (201, 201)
    all_refused(
        served,
        subtests,
        [
            Refusal(
                who="ana",
                method="POST",
                path="/moves",
                body=to_staging_at(held + timedelta(minutes=30)),
                status=409,
                code="slot.taken",
                names=("being booked by Dora", "Next free"),
            ),
            Refusal(
                who="dora",
                method="POST",
                path="/slots/hold",
                body={"kind": "down_align", **at(booked - timedelta(minutes=30))},
                status=409,
                code="slot.taken",
                names=("Move to Staging, booked by Ana", "Next free"),
            ),
            Refusal(
                who="operator",
                method="POST",
                path="/maintenance?organisation=acme",
                body={"environment": "staging", "minutes": 60, "reason": "disks", **at(booked)},
                status=409,
                code="slot.taken",
                names=("Ana",),
            ),
            Refusal(
                who="ben",
                method="DELETE",
                path="/slots/hold",
                status=404,
                code="slot.hold_not_found",
                names=("30 minutes",),
            ),
        ],
    )


def test_selections_that_cannot_be_moved(served: Served, subtests: pytest.Subtests) -> None:
    all_refused(
        served,
        subtests,
        [
            Refusal(
                who="ana",
                method="POST",
                path="/moves",
                body={**SOON, "cleared": ["acme.nothing"]},
                status=404,
                code="module.unknown",
                names=("acme.nothing", "acme.crm"),
            ),
            Refusal(
                who="ana",
                method="POST",
                path="/moves",
                body={**SOON, "cleared": ["acme.crm"]},
                status=422,
                code="module.empty_selection",
                names=("Select at least one",),
            ),
            Refusal(
                who="ben",
                method="POST",
                path="/moves",
                body={"kind": "move_to_production", "at": {"soon": True}},
                status=409,
                code="proposal.nothing_tested",
                names=("Staging",),
            ),
            Refusal(
                who="ana",
                method="POST",
                path="/moves",
                body={"kind": "down_align", "at": {"soon": True}},
                status=422,
                code="proposal.nothing_to_align",
                names=("SystemDB repository",),
            ),
            Refusal(
                who="ana",
                method="POST",
                path="/moves",
                body={**ALIGN, "data": False},
                status=409,
                code="proposal.repositories_newer",
                names=("customers",),
            ),
            Refusal(
                who="ana",
                method="GET",
                path="/environments/production/losses",
                status=422,
                code="proposal.production_is_no_target",
                names=("Production is never the target",),
            ),
            Refusal(
                who="ana",
                method="POST",
                path="/moves",
                body={**ALIGN, "target": "production"},
                status=422,
                code="request.invalid",
                names=("target",),
            ),
        ],
    )


def into_development(acme: Acme, *built: Package) -> None:
    for package in built:
        with acme.books.transaction() as tx:
            content = acme.store.read(package.digest)
            _ = packages.push(tx, acme.pat, acme.organisation.id, content)
        acme.install(Kind.DEVELOPMENT, package)


def a_package(acme: Acme, folder: Path, code: str, *needs: str) -> Package:
    manifest = "[requires]\n" + "".join(f'"{need}" = ""\n' for need in needs)
    source = a_module(folder / code, manifest)
    toml = source / "module.toml"
    _ = toml.write_text(toml.read_text().replace("acme.test", code))
    return packing.build(source, acme.store)


def refused_selection(served: Served, code: str, *names: str, clear: str = "") -> None:
    body = {**SOON, "cleared": [clear] if clear else []}
    case = Refusal(
        who="ana", method="POST", path="/moves", body=body, status=409, code=code, names=names
    )
    _ = refused(served, case)


def test_a_module_without_what_it_requires(own_served: Served, tmp_path: Path) -> None:
    lone = a_package(own_served.acme, tmp_path, "acme.lone", "acme.nowhere")
    into_development(own_served.acme, lone)
    refused_selection(own_served, "module.missing_requirement", "acme.lone", "acme.nowhere")


def test_modules_that_require_each_other(own_served: Served, tmp_path: Path) -> None:
    hen = a_package(own_served.acme, tmp_path, "acme.hen", "acme.egg")
    egg = a_package(own_served.acme, tmp_path, "acme.egg", "acme.hen")
    into_development(own_served.acme, hen, egg)
    refused_selection(own_served, "module.circular_dependency", "acme.hen", "acme.egg")
    refused_selection(
        own_served, "module.needed_by_another", "acme.hen", "acme.egg", clear="acme.hen"
    )


def test_a_version_that_would_go_down_and_one_that_nobody_pushed(own_served: Served) -> None:
    acme = own_served.acme
    two = acme.push("acme.base", "2.0")
    acme.install(Kind.PRODUCTION, two)
    refused_selection(own_served, "module.version_goes_down", "acme.base", "2.0", "1.0")
    unpushed = packing.build(Path(__file__).parents[2] / "support/modules/acme-crm-2.0", acme.store)
    acme.install(Kind.DEVELOPMENT, two, unpushed)
    refused_selection(own_served, "module.not_really_run", "acme.crm", "2.0")


def test_validations_that_do_not_count(served: Served, subtests: pytest.Subtests) -> None:
    acme = served.acme
    first = mark(now(acme)) + timedelta(days=1)
    move = served.ask("dora", "POST", "/moves", to_staging_at(first))
    path = f"/moves/{move.body['id']}/validate"
    seen = {"seen": move.body["digest"]}
    assert served.ask("operator", "PUT", "/organisations/acme", {"four_eyes": True}).status == 200
    own = Refusal(
        who="dora", method="POST", path=path, body=seen, status=403, code="move.own_proposal",
        names=("You submitted", "another administrator"),
    )  # fmt: skip
    stale = Refusal(
        who="ben", method="POST", path=path, body={"seen": "sha256:0"}, status=412,
        code="move.stale_validation", names=("Look at it again",),
    )  # fmt: skip
    all_refused(served, subtests, [own, stale])
    assert served.ask("ben", "POST", path, seen).status == 200
    twice = Refusal(
        who="ben", method="POST", path=path, body=seen, status=409, code="move.already_validated",
        names=("ValidatedMoveToStaging",),
    )  # fmt: skip
    all_refused(served, subtests, [twice])


def test_a_validation_after_the_slot_has_begun(served: Served) -> None:
    move = to_staging(served.acme)
    with serving(served.acme, ahead=timedelta(hours=1)) as later:
        too_late = Refusal(
            who="ben",
            method="POST",
            path=f"/moves/{move.id}/validate",
            body={"seen": move.digest},
            status=409,
            code="move.validated_too_late",
            names=(f"Move {move.id}", "Schedule it again"),
        )
        _ = refused(later, too_late)


def test_a_move_that_is_over(served: Served, subtests: pytest.Subtests) -> None:
    move = to_staging(served.acme)
    assert served.ask("ana", "POST", f"/moves/{move.id}/withdraw").status == 200
    over = "StagingCanceled"

    def case(who: str, what: str, body: object, code: str) -> Refusal:
        path = f"/moves/{move.id}/{what}"
        return Refusal(
            who=who, method="POST", path=path, body=body, status=409, code=code, names=(over,)
        )

    all_refused(
        served,
        subtests,
        [
            case("ana", "withdraw", None, "move.is_over"),
            case("ben", "cancel", {"reason": "no"}, "move.is_over"),
            case("ben", "validate", {"seen": move.digest}, "move.not_waiting"),
            case("ben", "stop", None, "move.not_running"),
            case("ben", "resolve", {"how": "put_back_again"}, "move.not_errored"),
        ],
    )


def test_a_production_that_is_not_the_one_staging_was_tested_with(
    own_served: Served, subtests: pytest.Subtests
) -> None:
    acme = own_served.acme
    _ = moved_to_staging(acme)
    body = {"kind": "move_to_production", "at": {"soon": True}}

    def case(code: str, *names: str) -> Refusal:
        return Refusal(
            who="ben", method="POST", path="/moves", body=body, status=409, code=code, names=names
        )

    proposed = to_production(acme)
    acme.install(Kind.PRODUCTION, acme.crm)
    stale = Refusal(
        who="cem",
        method="POST",
        path=f"/moves/{proposed.id}/validate",
        body={"seen": proposed.digest},
        status=409,
        code="move.staging_tested_against_another_production",
        names=("acme.crm",),
    )
    has_already = case("proposal.production_has_already", "acme.crm")
    all_refused(own_served, subtests, [stale, has_already])
    acme.install(Kind.STAGING, acme.push("acme.base", "2.0"))
    drifted = case("proposal.staging_drifted", "acme.base is 2.0 instead of 1.0")
    all_refused(own_served, subtests, [drifted])


def test_a_validation_of_a_production_that_has_changed_since(own_served: Served) -> None:
    acme = own_served.acme
    move = to_staging(acme)
    _ = validate(acme, move)
    with as_application(acme.parts[Kind.PRODUCTION].database("customers")) as connection:
        _ = connection.execute("ALTER TABLE base.customers ADD COLUMN born date")
    review = own_served.ask("ben", "POST", f"/moves/{move.id}/review")
    assert "customers" in str(review.body["changed"])
    stale = Refusal(
        who="ben",
        method="POST",
        path=f"/moves/{move.id}/validate",
        body={"seen": move.digest},
        status=412,
        code="move.stale_validation",
        names=("customers",),
    )
    _ = refused(own_served, stale)
    again = own_served.ask(
        "ben", "POST", f"/moves/{move.id}/validate", {"seen": review.body["digest"]}
    )
    assert (again.status, again.body["changed"]) == (200, [])


def refused_alignment(served: Served, status: int, code: str, *names: str) -> None:
    case = Refusal(
        who="ana", method="POST", path="/moves", body=ALIGN, status=status, code=code, names=names
    )
    _ = refused(served, case)


def test_what_no_policy_decides_stops_a_down_align_with_every_name(own_served: Served) -> None:
    production = own_served.acme.parts[Kind.PRODUCTION]
    with as_application(production.database("customers")) as connection:
        _ = connection.execute("ALTER TABLE base.customers ADD COLUMN iban text")
        _ = connection.execute("SELECT lo_from_bytea(0, 'scan')")
    _ = (production.files / "contracts").mkdir()
    _ = (production.files / "contracts" / "a.pdf").write_text("a contract")
    refused_alignment(
        own_served,
        422,
        "alignment.refused",
        "base.customers.iban",
        "large objects",
        "contracts/**",
    )


def test_a_policy_that_nobody_approved_stops_a_down_align(served: Served) -> None:
    acme = served.acme
    with acme.books.transaction() as tx:
        document = 'repository = "customers"\n'
        _ = policies.submit(tx, acme.ana, acme.organisation.id, document)
    refused_alignment(served, 409, "policy.not_approved", "customers", "Production must approve")


def test_rights_that_are_missing_are_named_with_the_statement_to_run(
    own_served: Served, development_server: Server
) -> None:
    keeper = keeper_of(own_served.acme, Kind.DEVELOPMENT)
    development_server.run_as_superuser(f"ALTER ROLE {keeper} NOCREATEDB")
    refused_alignment(own_served, 422, "alignment.refused", keeper, "CREATEDB")


def keeper_of(acme: Acme, kind: Kind) -> str:
    conninfo = acme.parts[kind].databases[0].keeper.get_secret_value()
    return next(word for word in conninfo.split() if word.startswith("user=")).removeprefix("user=")


def test_a_server_that_is_gone(served: Served) -> None:
    gone = {"keeper": "host=/nowhere user=keeper", "application": "host=/nowhere user=app"}
    case = Refusal(
        who="operator",
        method="PUT",
        path="/organisations/acme/environments/production",
        body=a_definition(served.acme, Kind.PRODUCTION)
        | {"databases": {"systemdb": {"role": "systemdb", "name": "system", **gone}}},
        status=503,
        code="server.unreachable",
        names=("system (systemdb)",),
    )
    _ = refused(served, case)


def a_definition(acme: Acme, kind: Kind) -> dict[str, object]:
    given = registration(acme.parts[kind])
    return {
        "files": str(given.files),
        "data_policy": given.data_policy,
        "databases": {
            d.label: {
                "role": d.role,
                "name": d.name,
                "keeper": d.keeper.get_secret_value(),
                "application": d.application.get_secret_value(),
            }
            for d in given.databases
        },
    }


def test_environments_that_cannot_be(served: Served, subtests: pytest.Subtests) -> None:
    def case(kind: Kind, status: int, code: str, *names: str, **change: object) -> Refusal:
        return Refusal(
            who="operator",
            method="PUT",
            path=f"/organisations/acme/environments/{kind}",
            body=a_definition(served.acme, kind) | change,
            status=status,
            code=code,
            names=names,
        )

    development, staging, production = Kind
    unreadable = {"role": "systemdb", "name": "d", "keeper": "pass word=s3", "application": "x y"}
    all_refused(
        served,
        subtests,
        [
            case(
                development, 422, "environment.replica_for_development", "always anonymized",
                data_policy="replica",
            ),
            case(staging, 422, "environment.data_policy_missing", "Staging", data_policy=None),
            case(
                production, 422, "environment.production_has_no_data_policy", "never aligned",
                data_policy="anonymized",
            ),
            case(staging, 422, "environment.files_path_unfit", "srv/files", files="srv/files"),
            case(staging, 422, "request.invalid", "files", files="/srv/\0"),
            case(staging, 422, "environment.one_systemdb", "SystemDB", databases={}),
            case(staging, 422, "request.invalid", "fiels", fiels="/srv"),
            case(
                staging, 422, "request.invalid", "runtime.drain.argv",
                runtime={"drain": {"argv": []}},
            ),
            case(
                staging, 422, "request.invalid", "runtime.drain.timeout_s",
                runtime={"drain": {"argv": ["true"], "timeout_s": 0}},
            ),
            case(staging, 422, "request.invalid", "readback", "query, or command", readback={}),
            case(
                staging, 422, "server.connection_unreadable", "systemdb",
                databases={"systemdb": unreadable},
            ),
            case(
                staging, 409, "environment.same_place_twice",
                str(served.acme.parts[development].files),
                files=str(served.acme.parts[development].files),
            ),
            case(
                staging, 409, "environment.same_place_twice",
                served.acme.parts[development].databases[0].name,
                databases=a_definition(served.acme, development)["databases"],
            ),
        ],
    )  # fmt: skip


def test_a_connection_is_never_shown_not_even_when_it_is_refused(served: Served) -> None:
    broken = {"role": "systemdb", "name": "d", "keeper": "pass word=s3cret", "application": "x y"}
    gone = {**broken, "keeper": "host=/nowhere password=s3cret", "application": "host=/nowhere"}
    for database, status in ((broken, 422), (gone, 503), ({**broken, "keeper": ["s3cret"]}, 422)):
        body = a_definition(served.acme, Kind.STAGING) | {"databases": {"systemdb": database}}
        path = "/organisations/acme/environments/staging"
        answer = served.ask("operator", "PUT", path, body)
        assert answer.status == status
        assert "s3cret" not in str(answer.body)


def test_policies_that_cannot_be(served: Served, subtests: pytest.Subtests) -> None:
    def case(who: str, document: str, status: int, code: str, *names: str) -> Refusal:
        return Refusal(
            who=who, method="POST", path="/policies", body={"document": document}, status=status,
            code=code, names=names,
        )  # fmt: skip

    all_refused(
        served,
        subtests,
        [
            case("ana", 'repository = "customers"\ncopies =', 422, "policy.unreadable", "line 2"),
            case(
                "ana", 'repository = "customers"\nfoo = 1', 422, "policy.unreadable", "line 2",
                "column 1", "foo",
            ),
            case("ana", 'repository = "nix"', 422, "policy.unknown_repository", "nix", "customers"),
            case("ana", "\0", 422, "request.invalid", "document"),
            case("cem", 'repository = "customers"', 403, "prerequisite.delegated_administrator"),
            Refusal(
                who="cem", method="POST", path="/policies/files/1/approve", status=409,
                code="policy.not_waiting", names=("files", "approved"),
            ),
            Refusal(
                who="cem", method="POST", path="/policies/customers/7/approve", status=404,
                code="policy.not_found", names=("customers", "7"),
            ),
        ],
    )  # fmt: skip


def test_a_package_that_somebody_has_changed_in_the_store(own_served: Served) -> None:
    acme = own_served.acme
    blob = acme.store.root / "blobs/sha256" / acme.crm.digest.removeprefix("sha256:")
    blob.chmod(0o644)
    _ = blob.write_bytes(blob.read_bytes().replace(b"acme", b"evil", 1))
    case = Refusal(
        who="pat",
        method="POST",
        path=f"/packages/{acme.crm.digest}/install",
        status=409,
        code="package.tampered",
        names=(acme.crm.digest,),
    )
    _ = refused(own_served, case)


def test_people_and_keys_that_cannot_be(served: Served, subtests: pytest.Subtests) -> None:
    def put(login: str, body: object, status: int, code: str, *names: str) -> Refusal:
        path = f"/people/{login}?organisation=acme"
        return Refusal(
            who="operator", method="PUT", path=path, body=body, status=status, code=code,
            names=names,
        )  # fmt: skip

    admin = [{"role": "administrator"}]
    key = {"name": "a"}
    assert served.ask("ana", "POST", "/keys", key).status == 201
    all_refused(
        served,
        subtests,
        [
            put("A%20B", {"name": "A"}, 422, "person.login_unfit", "A B"),
            put("a%00b", {"name": "A"}, 422, "request.invalid", "login"),
            put("new", {"name": ""}, 422, "person.name_missing", "new"),
            put("new", {"name": "A\u202eB"}, 422, "request.invalid", "name"),
            put("olga", {"name": "Olga"}, 409, "person.login_taken", "olga"),
            put("new", {"name": "N", "grants": admin}, 422, "person.grant_unfit", "administrator"),
            Refusal(
                who="operator", method="DELETE", status=404, code="person.grant_not_found",
                path="/people/ana@acme/grants/auditor?organisation=acme", names=("ana@acme",),
            ),
            Refusal(
                who="operator", method="DELETE", path="/operators/olga", status=409,
                code="person.last_operator",
            ),
            Refusal(
                who="ana", method="POST", path="/keys", body=key, status=409,
                code="key.name_taken",
            ),
            Refusal(
                who="ana", method="DELETE", path="/keys/999999", status=404, code="key.not_found",
                names=("999999",),
            ),
            put("new", {"nmae": "N"}, 422, "request.invalid", "nmae"),
            Refusal(
                who="operator", method="GET", path="/moves", status=422,
                code="organisation.missing", names=("LIFTLOCK_ORGANISATION",),
            ),
        ],
    )  # fmt: skip


def test_a_hold_that_is_over_books_nothing(served: Served) -> None:
    held = served.ask("ana", "POST", "/slots/hold", {"kind": "down_align", "at": {"soon": True}})
    assert held.status == 201
    body = {k: v for k, v in ALIGN.items() if k != "at"}
    with serving(served.acme, ahead=timedelta(minutes=31)) as later:
        before = pages(served.acme)
        answer = later.ask("ana", "POST", "/moves", body)
        assert (answer.status, answer.code) == (404, "slot.hold_not_found")
        assert pages(served.acme) == before


def test_a_move_that_runs_can_only_be_stopped(served: Served, subtests: pytest.Subtests) -> None:
    move = down_align(served.acme)
    assert [running.id for running in begin(served.acme)] == [move.id]

    def case(what: str, body: object, code: str) -> Refusal:
        path = f"/moves/{move.id}/{what}"
        return Refusal(
            who="ana", method="POST", path=path, body=body, status=409, code=code,
            names=("Aligning",),
        )  # fmt: skip

    all_refused(
        served,
        subtests,
        [
            case("withdraw", None, "move.has_begun"),
            case("cancel", {"reason": "no"}, "move.has_begun"),
            case("resolve", {"how": "put_back_again"}, "move.not_errored"),
        ],
    )
    install = Refusal(
        who="pat",
        method="POST",
        path=f"/packages/{served.acme.crm.digest}/install",
        status=409,
        code="package.development_in_a_move",
        names=(f"Down Align {move.id}",),
    )
    all_refused(served, subtests, [install])
    assert served.ask("ana", "POST", f"/moves/{move.id}/stop").body["stop_asked_by"] == "Ana"


def test_four_eyes_where_nobody_else_could_validate(
    served: Served, subtests: pytest.Subtests
) -> None:
    path = "/people/ben@acme/grants/administrator?organisation=acme&environment=staging"
    assert served.ask("operator", "PUT", "/organisations/acme", {"four_eyes": True}).status == 200
    taking = Refusal(
        who="operator",
        method="DELETE",
        path=path,
        status=409,
        code="organisation.four_eyes_needs_two",
        names=("acme", "Staging"),
    )
    all_refused(served, subtests, [taking])
    off = served.ask("operator", "PUT", "/organisations/acme", {"four_eyes": False})
    assert (off.status, served.ask("operator", "DELETE", path).status) == (200, 200)
    on = Refusal(
        who="operator",
        method="PUT",
        path="/organisations/acme",
        body={"four_eyes": True},
        status=409,
        code="organisation.four_eyes_needs_two",
        names=("acme", "Staging"),
    )
    all_refused(served, subtests, [on])
