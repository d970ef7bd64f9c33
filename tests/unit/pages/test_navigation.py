from dataclasses import replace

from builders import ACME, DEVELOPMENT, ENVIRONMENTS, a_person, an_administrator
from liftlock.domain.people import Grant, Role
from liftlock.web.navigation import navigation


def test_each_console_has_the_self_service_pages_of_the_procedure() -> None:
    side = navigation(an_administrator(*ENVIRONMENTS.values()), ACME, "/", 0)
    assert {c.kind.title: [link.title for link in c.links] for c in side.consoles} == {
        "Development": ["Move to Staging", "Down Alignment"],
        "Staging": ["Move to Production"],
        "Production": ["Production Deployment"],
    }


def test_one_page_and_one_console_are_where_the_person_is() -> None:
    who = an_administrator(DEVELOPMENT)
    side = navigation(who, ACME, "/development/move-to-staging/schedule", 0)
    assert [c.kind.title for c in side.consoles if c.here] == ["Development"]
    here = [link.title for console in side.consoles for link in console.links if link.here]
    assert here == ["Move to Staging"]
    assert not [link for link in side.pages if link.here]
    assert [link.title for link in navigation(who, ACME, "/moves/7", 0).pages if link.here] == [
        "Moves"
    ]


def test_nobody_is_offered_what_they_may_not_read() -> None:
    publisher = navigation(a_person(Grant(role=Role.PUBLISHER)), ACME, "/", 0)
    assert [link.title for link in publisher.pages] == ["Modules"]
    assert not publisher.consoles
    bare = navigation(an_administrator(DEVELOPMENT), replace(ACME, self_service=False), "/", 0)
    assert [link.title for link in bare.pages] == ["Overview"]


def test_an_operator_without_an_organisation_is_offered_organisations() -> None:
    operator = a_person(Grant(role=Role.OPERATOR), organisation=None)
    side = navigation(operator, None, "/organisations/acme", 3)
    assert not side.pages
    assert [(link.title, link.here, link.count) for link in side.own] == [
        ("Organisations", True, 0),
        ("Inbox", False, 3),
        ("Settings", False, 0),
    ]
