"""A whole node for a benchmark: `whole_node.py HOME PORT` makes it and serves; functions look how far it is."""

import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from receivers import HERE, Receiver, wait_until

from config.identifiers import AETitle

_SETTINGS = """\
[dicom]
port = {port}
tls_port = 0
[http]
port = 0
[settle]
quiet_seconds = 1.0
"""


def taken_in(home: Path) -> int:
    """Return how many objects are in the index, and so in the vault."""
    return _count(home / "identity.sqlite", "select count(*) from received_object")


def wait_enlisted(home: Path, instances: int) -> None:
    """Wait until every instance is published and a study is on the worklist."""
    reading = home / "reading.sqlite"
    wait_until(
        lambda: (
            _count(reading, "select count(*) from published_instance") >= instances
            and _count(reading, "select count(*) from worklist_item") >= 1
        ),
        "all is published and enlisted",
        seconds=600,
    )


def _count(database: Path, query: str) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as opened:
        return int(opened.execute(query).fetchone()[0])


def _all_ready(home: Path, _port: int) -> bool:
    names = ["scp", "http", "worker"]
    try:
        return all(json.loads((home / "run" / f"{name}.json").read_text())["pid"] for name in names)
    except (FileNotFoundError, ValueError):
        return False


OVERREAD = Receiver(
    "overread, the whole node",
    lambda folder, port: [sys.executable, str(HERE / "whole_node.py"), str(folder), str(port)],
    _all_ready,
)


def main() -> None:
    from config.settings import Settings
    from gateway.home import make_home
    from gateway.node import open_node
    from gateway.sites import SiteChange, add_site

    home, port = Path(sys.argv[1]), sys.argv[2]
    make_home(home)
    (home / "overread.toml").write_text(_SETTINGS.format(port=port))
    with open_node(Settings.load(home)) as node:
        change = SiteChange(ae_titles=(AETitle("NORTH"),), require_case=False)
        add_site(node, "north", change, actor="benchmark")
    os.execv(sys.executable, [sys.executable, "-m", "gateway.cli", "serve", "--home", str(home)])


if __name__ == "__main__":
    main()
