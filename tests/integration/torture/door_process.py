"""The DIMSE door as a process of its own, and what can be seen of it from outside: memory, threads, descriptors."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scp.spool import Spool

_ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 180.0


@dataclass(frozen=True, order=True)
class Footprint:
    """What a process holds; `resident` is in bytes."""

    threads: int
    descriptors: int
    resident: int


class DoorProcess:
    """A running door; it knows the site `north` as NORTH. `settings` are those of `[dicom]`."""

    def __init__(self, home: Path, *, die_at: int = 0, **settings: object) -> None:
        home.mkdir(exist_ok=True)
        self.spool = Spool(home / "spool")
        self.log = home / "door.log"
        program = str(_ROOT / "tests" / "integration" / "run_scp_process.py")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, program, str(home), str(die_at), json.dumps(settings)],
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | {"PYTHONPATH": str(_ROOT)},
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the door did not open: {self.log.read_text()[-2000:]}"
        self.port = int(line)

    def footprint(self) -> Footprint:
        """Return what the process holds now."""
        proc = Path(f"/proc/{self.process.pid}")
        resident = re.search(r"VmRSS:\s+(\d+) kB", (proc / "status").read_text())
        assert resident, "the door is no more"
        return Footprint(len(list((proc / "task").iterdir())), len(list((proc / "fd").iterdir())),
                         int(resident.group(1)) * 1024)  # fmt: skip

    def litter(self) -> list[Path]:
        """Return the temporary files."""
        return list((self.spool.root / "tmp").iterdir())

    def wait_until(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Wait until something is so; fail when the door ends or it never is."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, f"the door ended with {self.process.returncode}"
            assert time.monotonic() < deadline, f"waited in vain until {what}"
            time.sleep(0.02)

    def end(self) -> int:
        """Ask it to end and return how it did."""
        self.process.terminate()
        try:
            return self.process.wait(60)
        finally:
            self.close()

    def close(self) -> None:
        """End it at once if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
