"""Run the DIMSE door as a process of its own: `run_scp_process.py HOME [COUNT [SETTINGS]]`; prints its port when open.

SETTINGS are those of `[dicom]`, as JSON. Ports that were handed down are used, by the receiver that RECEIVER in the
environment numbers. Where the home has a reading zone, workstations are served from it and whoever made it has said who
may come. With a COUNT that is not 0 it kills itself (SIGKILL) as soon as it sees so many objects in the
spool: whoever watches from another process may be too late on a busy machine.
"""

import json
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

from config.identifiers import AETitle
from config.log import configure_log
from config.settings import Dicom, Settings
from scp.peers import SiteRule, write_peers
from scp.ports import inherited_ports
from scp.retrieval import Archive
from scp.server import run_scp
from scp.spool import Spool


def die_at(spool: Spool, count: int) -> None:
    """Kill this process, without a warning, once the spool holds so many objects."""
    while spool.count() < count:
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGKILL)


def open_archive_of(settings: Settings) -> Archive:
    """Open the real archive; what it needs takes long to import, and most doors have none."""
    from gateway.retrieval.archive import open_archive

    return open_archive(settings)


if __name__ == "__main__":
    configure_log("warning", "json")
    said = dict(enumerate(sys.argv))
    count, more = int(said.get(2, 0)), json.loads(said.get(3, "{}"))
    settings = Settings(home=Path(said[1]), dicom=Dicom(**({"port": 0, "reserve_bytes": 0} | more)))
    published = (settings.home / "reading.sqlite").exists()
    if not published:
        write_peers(settings.peers_file, [SiteRule("north", (AETitle("NORTH"),))])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if count:
        threading.Thread(target=die_at, args=(Spool(settings.spool), count), daemon=True).start()
    run_scp(
        settings,
        stop=stop,
        ready=lambda port: print(port, flush=True),
        open_archive=partial(open_archive_of, settings) if published else None,
        ports=inherited_ports(os.environ),
        number=int(os.environ.get("RECEIVER", "1")),
    )
