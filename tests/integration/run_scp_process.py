"""Run the DIMSE door as a process of its own: `run_scp_process.py HOME`; the port is printed when it is open."""

import signal
import sys
import threading
from pathlib import Path

from config.identifiers import AETitle
from config.log import configure_log
from config.settings import Dicom, Settings
from scp.peers import SiteRule, write_peers
from scp.server import run_scp

if __name__ == "__main__":
    configure_log("warning", "json")
    settings = Settings(home=Path(sys.argv[1]), dicom=Dicom(port=0, reserve_bytes=0))
    write_peers(settings.peers_file, [SiteRule("north", (AETitle("NORTH"),))])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run_scp(settings, stop=stop, ready=lambda port: print(port, flush=True))
