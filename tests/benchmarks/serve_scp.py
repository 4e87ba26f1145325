"""Run the DIMSE door for a benchmark: `serve_scp.py HOME PORT [library]`."""

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
    settings = Settings(home=Path(sys.argv[1]), dicom=Dicom(port=int(sys.argv[2]), reserve_bytes=0))
    write_peers(settings.peers_file, [SiteRule("north", (AETitle("NORTH"),))])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run_scp(settings, stop=stop, ready=lambda _port: None, streaming="library" not in sys.argv)
