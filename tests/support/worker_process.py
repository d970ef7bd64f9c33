"""A worker in a process of its own, as `liftlock work` runs one, with a quick heartbeat."""

import json
import sys
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from liftlock import clock, connections
from liftlock.books import Books
from liftlock.connections import Pace
from liftlock.modules.oci_layout import OciLayout
from liftlock.store import master_keys
from liftlock.workflows import carrying
from liftlock.workflows.attempts import Patience
from liftlock.workflows.failover import Heartbeat
from liftlock.workflows.worker import Rhythm, Worker
from striking import Strike, struck

QUICK = Rhythm(
    heartbeat=Heartbeat(every_s=0.2, death_s=1.0),
    tick_s=0.1,
    janitor_s=0.5,
    queue_s=0.1,
    tell_s=0.1,
    patience=Patience(tries=3, first_pause_s=0.1, longest_pause_s=0.2),
)


PACE = Pace(suspect_s=0.4, again_s=0.2, answer_s=2, look_up_s=0.05)


def main() -> None:
    connections.WATCH.pace = PACE
    url, key, store, ahead_s, *strikes = json.loads(sys.argv[1])
    right = clock.now
    clock.now = lambda: right() + timedelta(seconds=ahead_s)
    for strike in strikes:
        carrying.TABLES = struck(carrying.TABLES, Strike.read(strike))
    books = Books(SecretStr(url), master_keys.read(Path(key)), pool_size=8)
    Worker(SecretStr(url), books, OciLayout(Path(store)), QUICK).run()
    books.close()


if __name__ == "__main__":
    main()
