"""Run the DIMSE door and the intake behind it: `serve_intake.py HOME PORT PROCESSES`.

The intake does what the worker of a node does with the spool, and nothing behind it runs: what is measured is
receiving, encrypting into the vault and indexing. HOME/ready-intake is made when it is up.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from config.identifiers import AETitle
from config.log import configure_log
from config.settings import Settings
from gateway.home import make_home
from gateway.intake_duty import IntakeDuty
from gateway.node import open_node
from gateway.sites import SiteChange, add_site, tell_the_doors

_IDLE_SECONDS = 0.02


def main() -> None:
    configure_log("warning", "json")
    home, port, processes = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    make_home(home)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with open_node(Settings.load(home)) as node:
        add_site(node, "north", SiteChange(ae_titles=(AETitle("NORTH"),)), actor="benchmark")
        tell_the_doors(node)
        door = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("serve_scp.py")), str(home), port, f"processes={processes}"],
            env=os.environ,
        )
        duty = IntakeDuty(node)
        (home / "ready-intake").touch()
        while not stop.is_set():
            if duty() == 0:
                stop.wait(_IDLE_SECONDS)
        door.terminate()
        door.wait()


if __name__ == "__main__":
    main()
