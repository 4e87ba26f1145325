"""What is installed of OHIF: a folder of files below the home, and the list that names every one of them.

The list is the only door to the folder: a path that a browser asks for is looked up in it and never joined to anything.
The list is replaced in one rename, so a running node shows the old viewer or the new one and nothing between.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

LIST_NAME = "ohif.json"
COMPRESSED = ".gz"


@dataclass(frozen=True, slots=True)
class InstalledViewer:
    """An installed viewer: `files` says of every file's name whether a gzip form lies beside it."""

    version: str
    integrity: str
    folder: str
    script: str
    style: str
    bytes: int
    installed_at: str
    files: Mapping[str, bool]

    @property
    def address(self) -> str:
        """Return where its files are served; every installation has an address of its own."""
        return files_address(self.folder)


def files_address(folder: str) -> str:
    """Return where the files of an installation's folder are served."""
    return f"/ohif/files/{folder}/"


def read_installed(home: Path) -> InstalledViewer | None:
    """Return what is installed in the folder of viewers, or None."""
    try:
        values = json.loads((home / LIST_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return InstalledViewer(**values)


def write_installed(home: Path, viewer: InstalledViewer) -> None:
    """Make an installation the one that is served."""
    temporary = home / f"{LIST_NAME}.new"
    temporary.write_text(json.dumps(asdict(viewer), indent=1), encoding="utf-8")
    temporary.replace(home / LIST_NAME)
