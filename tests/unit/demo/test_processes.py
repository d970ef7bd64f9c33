"""No process is left: daemons are seen, asked to end, killed when they do not, reaped."""

import subprocess
import sys
from pathlib import Path

import liftlock

SCRIPT = """
import os, signal, sys
from liftlock.demo import processes

processes.adopt_orphans()
for stubborn in (False, True):
    if os.fork() == 0:  # a daemon: its parent ends at once
        if os.fork() == 0:
            os.setsid()
            if stubborn:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.write(1, f"{os.getpid()}\\n".encode())
            signal.pause() if not stubborn else [signal.pause() for _ in range(9)]
        os._exit(0)
    os.wait()
while len(processes.children()) < 2:
    pass
import time; time.sleep(0.2)
asked = processes.end_children(patience_s=0.3)
os.write(1, f"asked {len(asked)} left {len(processes.children())}\\n".encode())
"""


def test_daemons_are_adopted_and_ended(tmp_path: Path) -> None:
    source = Path(liftlock.__file__).parents[1]
    finished = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={"PYTHONPATH": str(source)}, cwd=tmp_path,
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    *pids, last = finished.stdout.splitlines()
    assert last == "asked 2 left 0"
    assert len(pids) == 2
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
