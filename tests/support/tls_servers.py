"""PostgreSQL over TCP with a certificate, as it stands in other machines' cellars: Debian's."""

import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from liftlock import settings
from liftlock.domain.environments import Kind
from liftlock.environments.safe_connections import Demand
from postgres import DEBIAN_15, MEMORY, Server, running_server

HOST = "db.acme.test"
"""A name that the certificates are for; connections also say at which address it is."""
SCRAM = "scram-sha-256"


@dataclass(slots=True, kw_only=True)
class Authority:
    """A certificate authority, and a folder that its servers can read."""

    ca: trustme.CA
    folder: Path

    @property
    def root(self) -> str:
        return self.ca.cert_pem.bytes().decode()

    @property
    def demand(self) -> Demand:
        return Demand(root_certificate=self.root)

    def good(self) -> trustme.LeafCert:
        return self.ca.issue_cert(HOST)

    def expired(self) -> trustme.LeafCert:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        long_ago = yesterday - timedelta(days=30)
        return self.ca.issue_cert(HOST, not_before=long_ago, not_after=yesterday)

    def of_another_host(self) -> trustme.LeafCert:
        return self.ca.issue_cert("elsewhere.acme.test")

    def of_another_authority(self) -> trustme.LeafCert:
        return trustme.CA().issue_cert(HOST)

    @contextmanager
    def server(
        self,
        kind: Kind,
        certificate: trustme.LeafCert | None,
        *,
        login: str = SCRAM,
        encryption: str = SCRAM,
    ) -> Generator[Server]:
        """Run a server with this certificate (None: without TLS) that asks for this login."""
        with ExitStack() as stack:
            folder = self._readable_folder(stack)
            hba = folder / "hba.conf"
            _ = hba.write_text(
                f"local all postgres peer map=liftlock\nhost all all 127.0.0.1/32 {login}\n"
            )
            hba.chmod(0o644)
            options = {
                "listen_addresses": "127.0.0.1",
                "hba_file": str(hba),
                "password_encryption": encryption,
                **({} if certificate is None else _with(certificate, folder)),
            }
            running = running_server(kind, preferred=DEBIAN_15, settings=options, port=_free_port())
            found = stack.enter_context(running)
            yield replace(found, host=HOST, demand=self.demand)

    def _readable_folder(self, stack: ExitStack) -> Path:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder)
        return folder


def _with(certificate: trustme.LeafCert, folder: Path) -> dict[str, str]:
    key, chain = folder / "server.key", folder / "server.crt"
    certificate.private_key_pem.write_to_path(str(key))
    _ = chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    chain.chmod(0o644)
    key.chmod(0o600)
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(key, owner.pw_uid, owner.pw_gid)
    return {"ssl": "on", "ssl_cert_file": str(chain), "ssl_key_file": str(key)}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        address: tuple[str, int] = bound.getsockname()
    return address[1]


@pytest.fixture
def certificates_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A home of Liftlock's for this test, where root certificates are written for libpq."""
    monkeypatch.setenv("LIFTLOCK_HOME", str(tmp_path))
    settings.settings.cache_clear()
    yield tmp_path
    settings.settings.cache_clear()


@pytest.fixture(scope="session")
def authority() -> Generator[Authority]:
    folder = Path(tempfile.mkdtemp(prefix="liftlock-tls-", dir=MEMORY if MEMORY.is_dir() else None))
    folder.chmod(0o755)
    yield Authority(ca=trustme.CA(), folder=folder)
    shutil.rmtree(folder)
