"""An upload that grows, held by one request at a time: the lock of its file, which ends with its process."""

import os
from pathlib import Path
from typing import Self

from config.errors import Conflict, NotFound
from scp.growing_file import try_lock


class Busy(Conflict):
    """Another request is writing to the same upload."""


class Locked:
    """An upload's file, held by nobody else."""

    def __init__(self, path: Path) -> None:
        try:
            self.descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            raise NotFound("there is no such upload, or it is whole") from None
        if not try_lock(self.descriptor):
            self.close()
            raise Busy("another request is writing to this upload: ask again in a moment")
        if not path.exists():
            self.close()
            raise NotFound("there is no such upload, or it is whole")

    def close(self) -> None:
        """Let it go; a second call does nothing."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
