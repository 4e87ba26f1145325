"""The DIMSE door as processes of its own, and what can be seen of it from outside: memory, threads, descriptors."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.settings import Dicom
from scp.ports import open_ports
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
    """A running door of one or more receivers; it knows the site `north` as NORTH.

    Workstations are served where the home has a reading zone. `settings` are those of `[dicom]`.
    """

    def __init__(self, home: Path, *, receivers: int = 1, **settings: object) -> None:
        home.mkdir(exist_ok=True)
        self.spool = Spool(home / "spool")
        self.log = home / "door.log"
        self._ports = open_ports(Dicom(port=0))
        program = str(_ROOT / "tests" / "integration" / "run_scp_process.py")
        environment = os.environ | self._ports.environment | {"PYTHONPATH": str(_ROOT)}
        with self.log.open("ab") as log:
            self.processes = [
                subprocess.Popen(
                    [sys.executable, program, str(home), "0", json.dumps(settings)],
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=environment | {"RECEIVER": str(number + 1)},
                    pass_fds=self._ports.descriptors,
                )
                for number in range(receivers)
            ]
        for process in self.processes:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"the door did not open: {self.log.read_text()[-2000:]}"
            self.port = int(line)

    def lives(self) -> bool:
        """Say whether all its receivers run."""
        return all(process.poll() is None for process in self.processes)

    def footprint(self) -> Footprint:
        """Return what its processes hold now."""
        assert self.lives(), "the door is no more"
        held = [_held_by(process.pid) for process in self.processes]
        return Footprint(*(sum(numbers) for numbers in zip(*held, strict=True)))

    def litter(self) -> list[Path]:
        """Return the temporary files."""
        return list((self.spool.root / "tmp").iterdir())

    def wait_until(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Wait until something is so; fail when the door ends or it never is."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.lives(), f"the door ended: {self.log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, f"waited in vain until {what}"
            time.sleep(0.02)

    def end(self) -> int:
        """Ask it to end and return how its receivers did: 0 when all did well."""
        for process in self.processes:
            process.terminate()
        try:
            return sum(abs(process.wait(60)) for process in self.processes)
        finally:
            self.close()

    def close(self) -> None:
        """End at once what still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        self._ports.close()


def _held_by(pid: int) -> tuple[int, int, int]:
    proc = Path(f"/proc/{pid}")
    resident = re.search(r"VmRSS:\s+(\d+) kB", (proc / "status").read_text())
    assert resident, "the door is no more"
    return len(list((proc / "task").iterdir())), len(list((proc / "fd").iterdir())), int(resident.group(1)) * 1024
