"""A module's manifest, `module.toml`: what its author says about it, read strictly. Pure.

What a module is called and needs, what it installs, what is asked afterwards, and what only its
author knows about a down alignment of its tables and files.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from liftlock.domain import paths
from liftlock.domain.documents import Document, Section, UnreadableDocument
from liftlock.domain.environments import DatabaseRole
from liftlock.domain.manifest_parts import (
    DATA,
    Check,
    Migration,
    ModuleCommand,
    Neutralize,
    Payload,
    names_of,
)
from liftlock.domain.modules import ModuleCode
from liftlock.domain.policies import (
    FILES,
    Handling,
    PathDecision,
    Policy,
    Script,
    from_section,
    merge,
)

FILE_NAME = "module.toml"
FOLDER = "modules"
"""Below an environment's files: each module's payload is in a folder of its code there."""
MARKER = ".liftlock-package.json"
"""Written beside the installed files; a package may not bring a file of this name."""
CODE = re.compile(r"[a-z][a-z0-9_]*(?:[.-][a-z][a-z0-9_]*)*")
_MOST_CODE_LETTERS = 100
_LABEL = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_SECONDS = 600
_MOST_SECONDS = 24 * 3600


class UnreadableManifest(UnreadableDocument):
    """A `module.toml` breaks TOML's rules or this format's."""

    code = "manifest.unreadable"
    sentence = "{document}, line {line}, column {column}: {problem}. Correct it and build again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything that a `module.toml` says."""

    code: ModuleCode
    version: str
    """In the canonical form of PEP 440."""
    title: str
    requires: Mapping[ModuleCode, str]
    """Code to version range (PEP 440 specifiers; empty is any version)."""
    payload: Payload | None
    migrations: tuple[Migration, ...]
    """In the order in which they are applied."""
    install: ModuleCommand | None
    checks: tuple[Check, ...]
    policies: Mapping[str, Policy]
    """By repository: `systemdb`, `data`, a label, or `files`."""
    neutralize: Mapping[str, Neutralize]
    """By repository, as `policies`, but never `files`."""

    @property
    def definition_files(self) -> tuple[str, ...]:
        """Return the files beside `module.toml` that it names, sorted."""
        named = {migration.file for migration in self.migrations}
        return tuple(sorted(named | {script.file for script in self.neutralize.values()}))

    def policy_for(
        self, label: str, role: DatabaseRole | None, scripts: Mapping[str, str]
    ) -> Policy:
        """Return what the module says about one database; `role` None: about the files.

        What it says about `systemdb` or `data` counts where it says nothing about the label.
        `scripts` has the text of each neutralize file, which becomes a script of the policy.
        """
        names = (FILES,) if role is None else names_of(label, role)
        policy = Policy(repository=label, paths=() if role else (self._keeps_marker,))
        for said in (self.policies[name] for name in names if name in self.policies):
            policy = merge({self.code: policy}, replace(said, repository=label))
        neutralize = (
            Script(name=f"{self.code}: {script.file}", sql=scripts[script.file], check=script.check)
            for name, script in self.neutralize.items()
            if name in names
        )
        return replace(policy, scripts=(*policy.scripts, *neutralize))

    @property
    def _keeps_marker(self) -> PathDecision:
        glob = f"{FOLDER}/{self.code}/{MARKER}"
        return PathDecision(glob=glob, handling=Handling.KEEP, scanned=False)


def parse(text: str) -> Manifest:
    """Read the text of a `module.toml`.

    Raises: UnreadableManifest, with line and column.
    """
    top = Document.read(FILE_NAME, text, UnreadableManifest).top
    top.only(
        "code", "version", "title", "requires", "files", "migrations", "install", "checks",
        "policy", "neutralize",
    )  # fmt: skip
    code = _code(top)
    return Manifest(
        code=code,
        version=_version(top),
        title=top.text("title"),
        requires=_requires(top.section("requires"), code),
        payload=_payload(top),
        migrations=_migrations(top.sections("migrations")),
        install=_install(top),
        checks=_checks(top.sections("checks")),
        policies=_policies(top.section("policy")),
        neutralize=_neutralize(top.section("neutralize")),
    )


def _code(top: Section) -> ModuleCode:
    code = top.text("code")
    if not CODE.fullmatch(code) or len(code) > _MOST_CODE_LETTERS:
        raise top.refusal(
            at="code",
            problem="code must be small letters, digits and underscores in parts joined by dots or"
            f" hyphens, such as acme.crm, with at most {_MOST_CODE_LETTERS} letters",
        )
    return ModuleCode(code)


def _version(top: Section) -> str:
    version = top.text("version")
    try:
        canonical = str(Version(version))
    except InvalidVersion:
        raise top.refusal(
            at="version", problem="version is none of PEP 440, such as 2.0 or 2.1rc1"
        ) from None
    if canonical != version:
        raise top.refusal(at="version", problem=f"version must be written {canonical}")
    return version


def _requires(section: Section, itself: ModuleCode) -> Mapping[ModuleCode, str]:
    ranges: dict[ModuleCode, str] = {}
    for code in section.content:
        if not CODE.fullmatch(code) or code == itself:
            raise section.refusal(
                at=code, problem="a requirement must be the code of another module"
            )
        wanted = section.content[code]
        try:
            _ = SpecifierSet(wanted if isinstance(wanted, str) else "none")
        except InvalidSpecifier:
            raise section.refusal(
                at=code,
                problem="a requirement must be a version range of PEP 440, such as >=1.0,<3",
            ) from None
        ranges[ModuleCode(code)] = str(wanted)
    return ranges


def _payload(top: Section) -> Payload | None:
    if "files" not in top.content:
        return None
    section = top.section("files")
    section.only("root", "exclude")
    return Payload(root=_file(section, "root"), exclude=section.texts("exclude"))


def _migrations(sections: tuple[Section, ...]) -> tuple[Migration, ...]:
    found: list[Migration] = []
    for section in sections:
        section.only("database", "file", "transactional")
        migration = Migration(
            database=_database(section),
            file=_file(section, "file"),
            transactional=section.flag("transactional", default=True),
        )
        if any((m.database, m.file) == (migration.database, migration.file) for m in found):
            raise section.refusal(
                at="file", problem="this file is already a migration of this database"
            )
        found.append(migration)
    return tuple(found)


def _install(top: Section) -> ModuleCommand | None:
    if "install" not in top.content:
        return None
    section = top.section("install")
    section.only("command", "timeout_s")
    return _command(section)


def _checks(sections: tuple[Section, ...]) -> tuple[Check, ...]:
    found = tuple(_check(section, number) for number, section in enumerate(sections, start=1))
    for number, check in enumerate(found):
        if check.name in {earlier.name for earlier in found[:number]}:
            raise sections[number].refusal(at="name", problem="another check has this name")
    return found


def _check(section: Section, number: int) -> Check:
    name = section.text("name", f"check {number}")
    if ("sql" in section.content) == ("command" in section.content):
        raise section.refusal(at=None, problem="a check needs either sql or command")
    if "sql" in section.content:
        section.only("name", "database", "sql")
        return Check(name=name, database=_database(section), sql=section.text("sql"))
    section.only("name", "command", "timeout_s")
    return Check(name=name, command=_command(section))


def _policies(section: Section) -> Mapping[str, Policy]:
    return {
        _repository(section, name): from_section(name, decisions)
        for name, decisions in section.named_sections()
    }


def _neutralize(section: Section) -> Mapping[str, Neutralize]:
    found: dict[str, Neutralize] = {}
    for name, script in section.named_sections():
        script.only("file", "check")
        if _repository(section, name) == FILES:
            raise section.refusal(
                at=name, problem="neutralize is SQL for a database, not for files"
            )
        found[name] = Neutralize(file=_file(script, "file"), check=script.optional_text("check"))
    return found


def _command(section: Section) -> ModuleCommand:
    argv = section.texts("command")
    if not argv:
        raise section.refusal(
            at="command", problem="command must be a list of texts: program, arguments"
        )
    seconds = section.number("timeout_s", _SECONDS, least=1, most=_MOST_SECONDS)
    return ModuleCommand(argv=argv, timeout_s=seconds)


def _database(section: Section) -> str:
    return _repository(section, section.text("database"), "database")


def _repository(section: Section, label: str, key: str | None = None) -> str:
    if not _LABEL.fullmatch(label) or (key is not None and label == FILES):
        raise section.refusal(
            at=key or label,
            problem=f"a database is systemdb, {DATA} (each data repository) or a label",
        )
    return label


def _file(section: Section, key: str) -> str:
    name = section.text(key)
    if problem := paths.problem_with(name):
        raise section.refusal(at=key, problem=f"the path of {key} {problem}")
    return name
