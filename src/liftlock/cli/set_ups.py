"""The document of `liftlock apply`: an organisation in TOML, read strictly before anything is done.

`docs/apply.md` is its reference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from liftlock.cli.reading import FileUnreadable, text_of
from liftlock.domain import policies
from liftlock.domain.documents import Document, Section, UnreadableDocument
from liftlock.domain.environments import Kind
from liftlock.domain.people import Role
from liftlock.domain.policies import UnreadablePolicy

_SETTINGS = ("title", "plan", "self_service", "four_eyes")
_OF = " of "
_CERTIFICATE = "root_certificate"
_BEGINS = "-----BEGIN"
"""A text in PEM; anything else names a file."""


class UnreadableSetUp(UnreadableDocument):
    """The document is no TOML, or says what nobody knows."""

    code = "apply.unreadable"
    sentence = "{document}, line {line}, column {column}: {problem}. Nothing was changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWished:
    """A person of the document."""

    login: str
    name: str
    email: str
    grants: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What a document says about one organisation."""

    code: str
    settings: Mapping[str, object]
    environments: Mapping[str, Mapping[str, object]]
    people: tuple[PersonWished, ...]
    policies: Mapping[str, str]
    """Repository to the text of its policy."""

    @property
    def is_for_operators(self) -> bool:
        """Say whether it has something that only a platform operator can do."""
        return bool(self.settings or self.environments or self.people)


def read(file: Path) -> SetUp:
    """Return what a document says. Raises: UnreadableSetUp, FileUnreadable, UnreadablePolicy."""
    top = Document.read(str(file), text_of(file), UnreadableSetUp).top
    top.only("organisation", "environments", "people", "policies")
    organisation = top.section("organisation")
    organisation.only("code", *_SETTINGS)
    settings = {
        name: organisation.content[name] for name in _SETTINGS if name in organisation.content
    }
    return SetUp(
        code=organisation.text("code"),
        settings=settings,
        environments=_environments(top.section("environments"), file.parent),
        people=tuple(_person(login, p) for login, p in top.section("people").named_sections()),
        policies=_policies(top.section("policies"), file.parent),
    )


def _environments(section: Section, folder: Path) -> Mapping[str, Mapping[str, object]]:
    section.only(*Kind)
    return {kind: _environment(definition, folder) for kind, definition in section.named_sections()}


def _environment(section: Section, folder: Path) -> Mapping[str, object]:
    """Return a definition with the root certificates themselves where files were named."""
    content = dict(section.content)
    for key, value in section.content.items():
        if isinstance(value, dict):
            content[key] = _environment(section.section(key), folder)
        elif key == _CERTIFICATE and _BEGINS not in section.text(key):
            content[key] = _certificate(section, folder)
    return content


def _certificate(section: Section, folder: Path) -> str:
    try:
        return text_of(folder / section.text(_CERTIFICATE))
    except FileUnreadable as refusal:
        problem = str(refusal).rstrip(".")
        raise section.refusal(at=_CERTIFICATE, problem=problem) from None


def _person(login: str, section: Section) -> PersonWished:
    section.only("name", "email", "grants")
    return PersonWished(
        login=login,
        name=section.text("name"),
        email=section.text("email", ""),
        grants=tuple(_grant(section, written) for written in section.texts("grants")),
    )


def _grant(section: Section, written: str) -> Mapping[str, str]:
    """Read `administrator of production`, `auditor`."""
    role, _, environment = written.partition(_OF)
    is_administrator = role == Role.ADMINISTRATOR
    roles = set(Role) - {Role.OPERATOR}
    if (
        role not in roles
        or is_administrator != (environment in set(Kind))
        or (environment and not is_administrator)
    ):
        raise section.refusal(
            at="grants",
            problem=f"{written} is no grant; write auditor, publisher, previewer or "
            "administrator of development, staging or production",
        )
    return {"role": role, "environment": environment} if environment else {"role": role}


def _policies(section: Section, folder: Path) -> Mapping[str, str]:
    return {repository: _policy(section, repository, folder) for repository in section.content}


def _policy(section: Section, repository: str, folder: Path) -> str:
    file = folder / section.text(repository)
    try:
        text = text_of(file)
        said = policies.parse(text).repository
    except FileUnreadable as refusal:
        raise section.refusal(at=repository, problem=str(refusal).rstrip(".")) from None
    except UnreadablePolicy as refusal:
        raise section.refusal(at=repository, problem=f"{file}: {refusal}".rstrip(".")) from None
    if said != repository:
        raise section.refusal(at=repository, problem=f"{file} is the policy of {said}")
    return text
