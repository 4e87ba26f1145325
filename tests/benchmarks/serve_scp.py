"""Run the DIMSE door for a benchmark: `serve_scp.py HOME PORT [library] [undurable] [processes=N]`.

`undurable` writes the bytes as storescp does: no digest, no sync. Nothing but a benchmark can ask for that.
Each receiver makes the file HOME/ready-NUMBER when it takes connections.
"""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from config.identifiers import AETitle
from config.log import configure_log
from config.settings import Dicom, Settings
from scp.peers import SiteRule, write_peers
from scp.ports import inherited_ports, open_ports
from scp.server import run_scp

NUMBER = "BENCHMARK_RECEIVER"


class NoDigest:
    """Stands in for SHA-256: names need one, files written as storescp does have none."""

    def __init__(self, _head: bytes = b"") -> None:
        pass

    def update(self, _data: object) -> None:
        pass

    def hexdigest(self) -> str:
        return "0" * 64


def write_as_storescp_does() -> None:
    """Leave out, in this process, what makes an instance durable."""
    hashlib.sha256 = NoDigest  # type: ignore[assignment, misc]
    os.fsync = lambda _descriptor: None
    os.fdatasync = lambda _descriptor: None


def receive(settings: Settings, stop: threading.Event) -> None:
    if "undurable" in sys.argv:
        write_as_storescp_does()
    number = int(os.environ.get(NUMBER, "1"))
    run_scp(
        settings,
        stop=stop,
        ready=lambda _port: (settings.home / f"ready-{number}").touch(),
        streaming="library" not in sys.argv,
        ports=inherited_ports(os.environ),
        number=number,
    )


def supervise(settings: Settings, stop: threading.Event, count: int) -> None:
    ports = open_ports(settings.dicom)
    receivers = [
        subprocess.Popen(
            [sys.executable, *sys.argv],
            env=os.environ | ports.environment | {NUMBER: str(number)},
            pass_fds=ports.descriptors,
        )
        for number in range(1, count + 1)
    ]
    stop.wait()
    for each in receivers:
        each.terminate()
    for each in receivers:
        each.wait()


def main() -> None:
    configure_log("warning", "json")
    settings = Settings(home=Path(sys.argv[1]), dicom=Dicom(port=int(sys.argv[2]), reserve_bytes=0))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    count = next((int(word.removeprefix("processes=")) for word in sys.argv if word.startswith("processes=")), 1)
    if count > 1 and NUMBER not in os.environ:
        write_peers(settings.peers_file, [SiteRule("north", (AETitle("NORTH"),))])
        supervise(settings, stop, count)
    else:
        if NUMBER not in os.environ:
            write_peers(settings.peers_file, [SiteRule("north", (AETitle("NORTH"),))])
        receive(settings, stop)


if __name__ == "__main__":
    main()
