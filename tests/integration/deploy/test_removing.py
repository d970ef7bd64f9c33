"""The statements that take Liftlock away from a managed server, as `docs/operate.md` has them."""

import re
import subprocess
from pathlib import Path

from aligning import quiet
from liftlock.domain.environments import Kind
from liftlock.environments import names
from liftlock.environments import restore_points as kept
from liftlock.environments.names import OwnerMark
from liftlock.environments.parts import Parts
from liftlock.environments.servers import as_application, user_of
from liftlock.modules import installing
from liftlock.modules.oci_layout import OciLayout
from postgres import MakeParts, Server
from sample_modules import sample

PAGE = (Path(__file__).parents[3] / "docs/operate.md").read_text()
INSTALLATION = "l7abc2"
BLOCK = re.compile(r"```sql tried: (\w+)\n(.*?)```", re.DOTALL)
OURS = "SELECT datname FROM pg_database WHERE datname LIKE 'll\\_%'"
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname = 'liftlock'"
ROLES = "SELECT rolname FROM pg_roles WHERE rolname = %(keeper)s"


def typed(server: Server, dbname: str, statements: str, keeper: str) -> None:
    """Type statements into psql, as superuser."""
    argv = [
        "psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--set=installation={INSTALLATION}",
        f"--set=keeper={keeper}", f"--dbname={server.embedded.superuser_conninfo(dbname)}",
    ]  # fmt: skip
    done = subprocess.run(
        argv, input=statements, text=True, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def furnished(make_parts: MakeParts, server: Server, folder: Path) -> Parts:
    """Make an environment with a module, a restore point and a copy that was left over."""
    parts = make_parts(server, Kind.STAGING)
    store = OciLayout(folder / "modules")
    wanted = [sample(store, "acme.base", "1.0").digest]
    _ = installing.install(parts, wanted, store, quiet)
    mark = OwnerMark(installation=INSTALLATION, move=7, attempt=1)
    for beside in (
        names.restore_point_parts(parts, INSTALLATION, 7),
        names.copy_parts(parts, INSTALLATION, 7, 1),
    ):
        _ = kept.take_by_template(parts, beside, mark, quiet)
    return parts


def test_nothing_of_liftlock_stays_and_the_application_keeps_its_own(
    make_parts: MakeParts, staging_server: Server, tmp_path: Path
) -> None:
    parts = furnished(make_parts, staging_server, tmp_path)
    keeper = user_of(parts.systemdb.keeper)
    blocks = dict(BLOCK.findall(PAGE))
    assert blocks.keys() == {"server", "database", "role"}
    typed(staging_server, "postgres", blocks["server"], keeper)
    for database in parts.databases:
        typed(staging_server, database.name, blocks["database"], keeper)
    typed(staging_server, "postgres", blocks["role"], keeper)
    with staging_server.superuser() as connection:
        assert connection.execute(OURS).fetchall() == []
        assert connection.execute(ROLES, {"keeper": keeper}).fetchall() == []
        connection.execute(f'CREATE ROLE "{keeper}"'.encode())
    for database in parts.databases:
        with as_application(database) as connection:
            assert connection.execute(SCHEMAS).fetchall() == []
    with as_application(parts.database("customers")) as connection:
        assert connection.execute("SELECT count(*) FROM base.customers").fetchone() == (0,)
