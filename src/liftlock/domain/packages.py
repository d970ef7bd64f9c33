"""Packages, immutable builds of modules: what makes one unusable. Pure."""

from liftlock.errors import Conflict, Invalid, NotFound


class PackageNotFound(NotFound):
    """The module store has no such package."""

    code = "package.not_found"
    sentence = "The module store has no package {package}. Build it, or push it, first."


class TamperedPackage(Conflict):
    """What the module store holds is not what its digest promises."""

    code = "package.tampered"
    sentence = (
        "Package {package} is not what was built: {blob} was changed or is missing in the module"
        " store. Find out who changed it, then build or push the package again."
    )


class UnreadablePackage(Invalid):
    """A package has the right digests, but not the form of a module's package."""

    code = "package.unreadable"
    sentence = "Package {package} cannot be read: {problem}. Build it again with this version."


class SourceRefused(Invalid):
    """A file of a module's source folder cannot be part of a package."""

    code = "package.source_refused"
    sentence = "{path} {problem}. Nothing was built."


class DevelopmentInAMove(Conflict):
    """Modules cannot be installed while a move reads or replaces Development."""

    code = "package.development_in_a_move"
    sentence = "{move} is running and touches Development. Install when it has ended."
