"""The story's content: Acme's modules, its masking policies, and which tables the moves touch."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from liftlock.domain.modules import Digest
from liftlock.modules import packing
from liftlock.modules.stores import ModuleStore

INSTALLED = ("acme.base-1.0", "acme.crm-1.0", "acme.orders-1.0")
"""The module sources that every environment begins with, in the order of their requirements."""
DEVELOPED = ("acme.crm-1.1", "acme.loyalty-1.0")
"""The module sources that Development has made since, and that travel up."""
NEXT = ("acme.loyalty-1.1", "acme.returns-1.0")
"""The module sources that Development has made when the cycle is over: for a visitor to move."""
REPOSITORIES = ("systemdb", "customers", "orders", "files")
"""Each has a masking policy."""

TOUCHED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "systemdb": frozenset({"settings", "local_settings", "users", "mail_queue"}),
        "customers": frozenset({"logins", "consents", "segments", "loyalty_tiers"}),
    }
)
"""Tables that a Move to Staging touches: by the developed modules, preservers or neutralizing."""
NOT_ALIGNED: Mapping[str, frozenset[str]] = MappingProxyType(
    {"systemdb": frozenset({"local_settings", "users", "mail_queue"})}
)
"""Tables of which an aligned environment has other rows: its own, or none."""

_HERE = Path(__file__).parent


def called(names: tuple[str, ...]) -> str:
    """Return what people call these modules: *acme.crm 1.1 and acme.loyalty 1.0*."""
    return " and ".join(name.replace("-", " ") for name in names)


def source(name: str) -> Path:
    """Return the source folder of a module: `acme.crm-1.1`."""
    return _HERE / "modules" / name


def pack(names: tuple[str, ...], store: ModuleStore) -> tuple[Digest, ...]:
    """Pack modules into a store; return their digests in the same order."""
    return tuple(packing.build(source(name), store).digest for name in names)


def policy(repository: str) -> str:
    """Return the masking policy of a repository, as TOML."""
    return (_HERE / "policies" / f"{repository}.toml").read_text()
