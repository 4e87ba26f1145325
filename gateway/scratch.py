"""Room for one object in the making: in memory while small, in an unlinked file of the home when large.

Never in the system's temporary folder, which may lie on another disk and outlive a crash.
"""

import os
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

_IN_MEMORY = 32 << 20


def scratch_file(home: Path) -> BinaryIO:
    """Return an empty binary file that can seek and disappears when it is closed."""
    folder = home / "scratch"
    folder.mkdir(mode=0o700, exist_ok=True)
    return cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(folder)))


def scratch_pair(home: Path) -> tuple[BinaryIO, BinaryIO]:
    """Return an empty file to write and read, and the same file for another process, which reads at its own place."""
    folder = home / "scratch"
    folder.mkdir(mode=0o700, exist_ok=True)
    return pair_in(folder)


def pair_in(folder: Path) -> tuple[BinaryIO, BinaryIO]:
    """Return the same as `scratch_pair`, in any folder: for who has no home."""
    handle, name = tempfile.mkstemp(dir=str(folder))
    try:
        return os.fdopen(handle, "w+b"), Path(name).open("rb")
    finally:
        Path(name).unlink()
