"""Each command against a served API: what it prints for people and for programs, how it ends."""

import json
import threading
from pathlib import Path

import pytest

from commands import Command, Ran
from eventually import eventually
from journeys import begin, down_align, end, to_staging, validate
from liftlock.domain.statuses import State

BASE = Path(__file__).parents[2] / "support/modules/acme-base-1.0"
WHEN = ("--at", "2027-05-14 09:00")


def fine(ran: Ran) -> Ran:
    assert ran.code == 0, ran
    return ran


def test_a_proposal_from_the_offer_to_its_withdrawal(command: Command) -> None:
    offered = fine(command("move", "offer"))
    assert "acme.crm" in offered.out
    held = fine(command("move", "hold", "move-to-staging", *WHEN))
    assert "Friday, May 14, 2027 at 09:00" in held.out
    assert "being booked by Ana" in fine(command("calendar", who="eve")).out
    fine(command("move", "release"))
    fine(command("move", "hold", "move-to-staging", *WHEN, "--json"))
    scheduled = fine(command("move", "schedule", "move-to-staging", "--json")).document
    number = str(scheduled["id"])
    assert scheduled["status"] == "ProposedMoveToStaging"
    shown = fine(command("move", "show", number))
    for words in ("ProposedMoveToStaging", "Friday, May 14, 2027 at 09:00", "Ana", "acme.crm 1.0"):
        assert words in shown.out
    modified = fine(command("move", "modify", number, "--at", "2027-05-14 10:00", who="ben"))
    assert "10:00" in modified.out
    told = fine(command("notification", "list"))
    assert "Ben moved it to Friday, May 14, 2027 at 10:00" in told.out
    unseen = command("move", "validate", number, who="ben", typed="yes\n")
    assert (unseen.code, f"liftlock move review {number}" in unseen.err) == (2, True)
    digest = fine(command("move", "review", number, "--json", who="ben")).document["digest"]
    validated = fine(command("move", "validate", number, "--seen", str(digest), who="ben"))
    assert "ValidatedMoveToStaging" in validated.out
    statuses = ("--status", "ValidatedMoveToStaging")
    assert [m["id"] for m in fine(command("move", "list", *statuses, "--json")).rows] == [
        int(number)
    ]
    assert "withdrawn" in fine(command("move", "withdraw", number)).out
    assert "Nothing to show." in fine(command("move", "list", *statuses)).err


def test_a_proposal_that_its_target_cancels(command: Command) -> None:
    move = fine(command("move", "schedule", "move-to-staging", "--soon", "--json")).document
    number = str(move["id"])
    canceled = fine(command("move", "cancel", number, "--reason", "not [b]now[/b]", who="ben"))
    assert "not [b]now[/b]" in canceled.out
    assert "Cause" in canceled.out


def test_what_staging_will_lose_is_said_before_a_move_to_it(own_command: Command) -> None:
    assert own_command.served is not None
    acme = own_command.served.acme
    acme.install(acme.staging.kind, acme.crm)
    two = acme.push("acme.base", "2.0")
    acme.install(acme.development.kind, two)
    scheduled = own_command(
        "move", "schedule", "move-to-staging", "--soon", "--clear", "acme.crm", "--json"
    )
    assert "Staging will lose acme.crm 1.0." in fine(scheduled).err
    assert "acme.crm" not in str(scheduled.document["modules"])


@pytest.mark.parametrize(("state", "code"), [(State.COMPLETED, 0), (State.FAILED, 5)])
def test_watching_ends_as_the_move_does(command: Command, state: State, code: int) -> None:
    assert command.served is not None
    acme = command.served.acme
    move = down_align(acme)
    assert begin(acme)
    ending = threading.Timer(0.5, lambda: end(acme, move, state))
    ending.start()
    watched = command("move", "watch", move.id, "--json")
    ending.join()
    states = [json.loads(line)["state"] for line in watched.out.splitlines()]
    assert (watched.code, states[0], states[-1]) == (code, "running", str(state))
    stopped = command("move", "stop", move.id)
    assert stopped.code == 5
    for how in ("put-back-again", "mark-as-repaired"):
        assert command("move", "resolve", move.id, how, "--note", "x").code == 5


def test_a_running_move_is_stopped(command: Command) -> None:
    assert command.served is not None
    move = down_align(command.served.acme)
    assert begin(command.served.acme)
    assert "Stop asked by" in fine(command("move", "stop", move.id)).out


def test_modules_are_built_pushed_installed_and_shown(command: Command) -> None:
    built = fine(command("module", "build", BASE, "--json", who="pat")).document
    digest = str(built["digest"])
    assert fine(command("module", "push", digest, "--json", who="pat")).document["code"] == (
        "acme.base"
    )
    fine(command("module", "push", BASE, who="pat"))
    installed = fine(command("module", "install", digest, "--json", who="pat")).rows
    assert {"acme.base", "acme.crm"} == {module["code"] for module in installed}
    listed = fine(command("module", "list"))
    assert digest in listed.out
    assert "acme.base" in fine(command("module", "show", digest)).out


def test_a_module_that_cannot_be_read_is_refused_with_line_and_column(
    command: Command, tmp_path: Path
) -> None:
    _ = (tmp_path / "module.toml").write_text('code = "acme.x"\nversion = 1\ntitle = "X"\n')
    refused = command("module", "build", tmp_path)
    assert (refused.code, refused.out) == (2, "")
    assert "line 2, column 1" in refused.err
    none = command("module", "push", "sha256:" + "0" * 64)
    assert (none.code, "has no package" in none.err) == (4, True)


def test_policies_are_drafted_checked_submitted_and_approved(
    command: Command, tmp_path: Path
) -> None:
    assert command.served is not None
    file = tmp_path / "customers.toml"
    drafted = fine(command("policy", "discover", "customers"))
    _ = file.write_text(drafted.out)
    assert 'repository = "customers"' in drafted.out
    assert "decides everything" in fine(command("policy", "check", file)).err
    _ = file.write_text('repository = "customers"\n\n[tables."base.nix".columns]\na = "email"\n')
    idle = fine(command("policy", "check", file))
    assert "Decided and not there: base.nix" in idle.out
    assert "submitted" in fine(command("policy", "submit", file)).out
    approved = fine(command("policy", "approve", "customers", 1, who="cem"))
    assert "Cem" in approved.out
    shown = fine(command("policy", "show", "customers"))
    assert (shown.out, "Version 1, approved" in shown.err) == (file.read_text(), True)
    listed = fine(command("policy", "list", "--json")).rows
    assert {"customers", "files"} == {version["repository"] for version in listed}


def test_policies_are_drafted_and_checked_without_the_api(
    command: Command, liftlock_alone: Command, tmp_path: Path
) -> None:
    assert command.served is not None
    acme = command.served.acme
    conninfo = acme.parts[acme.production.kind].database("customers").keeper_conninfo()
    drafted = fine(liftlock_alone("policy", "discover", "customers", "--database", conninfo))
    file = tmp_path / "customers.toml"
    _ = file.write_text('repository = "customers"\n')
    open_ = liftlock_alone("policy", "check", file, "--database", conninfo, "--json")
    assert (open_.code, bool(open_.document["undecided"])) == (5, True)
    _ = file.write_text(drafted.out)
    fine(liftlock_alone("policy", "check", file, "--database", conninfo))
    broken = liftlock_alone("policy", "discover", "x", "--database", "pass word")
    assert (broken.code, "cannot be read" in broken.err) == (2, True)


def test_environments_are_looked_at(command: Command) -> None:
    listed = fine(command("env", "list", "--json")).rows
    assert [e["kind"] for e in listed] == ["development", "staging", "production"]
    assert "acme.base 1.0" in fine(command("env", "show", "production")).out
    assert "All is well." in fine(command("env", "check", "staging")).err
    losses = fine(command("align", "preview", "--json")).document
    assert losses["files_total"] == 2
    fine(command("align", "preview", "staging", who="ben"))
    fine(command("restore-point", "list"))


def test_operators_set_up_organisations_people_and_maintenance(command: Command) -> None:
    def op(*words: str) -> Ran:
        return fine(command(*words, who="operator"))

    assert "acme" in op("organisation", "list").out
    changed = op("organisation", "set", "acme", "--title", "Acme Ltd", "--four-eyes", "--json")
    assert (changed.document["title"], changed.document["four_eyes"]) == ("Acme Ltd", True)
    assert op("organisation", "set", "acme", "--no-four-eyes").code == 0
    assert "Acme Ltd" in op("organisation", "show", "acme").out
    made = op("person", "add", "new@acme", "--name", "New", "--json").document
    assert str(made["key"]).startswith("llk_")
    op("person", "grant", "new@acme", "administrator", "--of", "staging")
    assert "administrator staging" in op("person", "list").out
    op("person", "revoke", "new@acme", "administrator", "--of", "staging")
    assert op("operator", "add", "otto", "--name", "Otto", "--json").document["login"] == "otto"
    assert "otto" in op("operator", "list").out
    op("operator", "revoke", "otto")
    when = ("--at", "2027-05-14 09:00", "--minutes", "60", "--reason", "disks")
    booked = op("maintenance", "book", *when, "--environment", "staging", "--json").document
    assert "disks" in op("maintenance", "list").out
    op("maintenance", "cancel", str(booked["id"]))
    assert "move.proposed" not in op("audit", "list").out
    assert "person.added" in op("audit", "list", "--limit", "200").out
    assert "Nobody has changed" in op("audit", "check").err
    op("worker", "list")


def test_everybody_manages_their_own_keys(command: Command) -> None:
    made = fine(command("key", "create", "laptop", "--json")).document
    assert "laptop" in fine(command("key", "list")).out
    assert fine(command("key", "revoke", str(made["id"]), "--json")).json == {"revoked": made["id"]}
    assert "Ana" in fine(command("person", "me")).out


def test_refusals_are_one_line_and_one_document_for_programs(
    command: Command, liftlock_alone: Command
) -> None:
    cases: list[tuple[Ran, int, str]] = [
        (command("move", "show", "0"), 2, "move"),
        (command("move", "show", "x"), 2, "liftlock move show --help"),
        (command("bogus"), 2, "Nobody knows bogus"),
        (command("move", "bogus"), 2, "bogus"),
        (command("move", "modify", "1"), 2, "--at"),
        (command("move", "modify", "1", "--at", "soon"), 2, "soon"),
        (command("move", "schedule", "down-align", "--tested", "x"), 2, "--tested"),
        (command("move", "list", "--status", "Over"), 2, "Over"),
        (command("policy", "submit", "/nowhere.toml"), 2, "/nowhere.toml"),
        (liftlock_alone("move", "list"), 3, "LIFTLOCK_API_KEY"),
        (command("move", "list", LIFTLOCK_API_KEY="llk_no"), 3, "LIFTLOCK_API_KEY"),
        (command("move", "list", LIFTLOCK_API_KEY="a b"), 3, "Copy it again"),
        (command("worker", "list"), 3, "platform operators"),
        (command("move", "show", "999"), 4, "999"),
        (command("move", "release"), 4, "You hold no time"),
        (
            command("move", "list", LIFTLOCK_URL="http://127.0.0.1:1"),
            6,
            "liftlock serve",
        ),
        (command("move", "list", LIFTLOCK_URL="http://[::"), 2, "LIFTLOCK_URL"),
        (command("move", "list", LIFTLOCK_PORT="x"), 2, "LIFTLOCK_PORT"),
    ]
    for ran, code, words in cases:
        assert (ran.code, ran.out) == (code, ""), ran
        assert words in ran.err
        assert len(ran.err.splitlines()) == 1
        assert "Traceback" not in ran.err
    documented = command("move", "show", "999", "--json")
    assert json.loads(documented.err) == {
        "code": "move.not_found",
        "detail": "There is no move 999 in your organisation.",
    }


def test_a_stranger_at_the_address_is_named(command: Command) -> None:
    assert command.served is not None
    ran = command("move", "list", LIFTLOCK_URL=command.served.url + "/api/v1/nowhere")
    assert (ran.code, "nothing at" in ran.err) == (4, True)


def test_a_move_to_production_is_scheduled_by_command(own_command: Command) -> None:
    assert own_command.served is not None
    acme = own_command.served.acme
    move = to_staging(acme)
    _ = validate(acme, move)
    assert eventually(lambda: begin(acme))
    acme.install(acme.staging.kind, acme.crm)
    _ = end(acme, move)
    scheduled = own_command(
        "move", "schedule", "move-to-production", "--soon", "--tested", "all pages", who="ben"
    )
    for words in ("ProposedMoveToProduction", "all pages", "acme.crm 1.0"):
        assert words in fine(scheduled).out
