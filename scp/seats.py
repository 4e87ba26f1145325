"""How many associations each owner has open in all receivers of a door, so that limits hold for the node.

Each receiver keeps a file of its own counts, which it locks for as long as it lives: what a dead one left counts for
nothing and is removed. Whoever lets somebody in looks at all counts and writes its own under one lock, so two receivers
never give away the same last seat. Without a folder there is one receiver, which has nothing to ask others.
"""

import fcntl
import json
import os
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.errors import Malformed
from scp.growing_file import create_locked, sweep_abandoned

Owner = tuple[str, str]
"""A site and "", or "" and the AE title of a workstation."""

_FULL = "no room to say who is inside"
_PADDED = 16 * 1024  # the blocks of the file exist from the start: a full disk keeps nobody out


class Seats:
    """The seats of one receiver beside those of the others; callers see to it that one thread at a time asks."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._said: Counter[Owner] = Counter()
        self._room = _PADDED
        if folder is None:
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._path = folder / f"{os.getpid()}-{secrets.token_hex(8)}.seats"
        with self._locked():  # nobody looks at a file that says nothing yet
            self._own = create_locked(self._path, full=_FULL)
            self._write(Counter())

    @contextmanager
    def taken_elsewhere(self) -> Iterator[Counter[Owner]]:
        """Hold the lock and give the seats that other receivers have given away; `say` what was given away here."""
        if self._folder is None:
            yield Counter()
            return
        with self._locked():
            yield self._others(self._folder)

    def say(self, own: Counter[Owner]) -> None:
        """Tell the others, while the lock is held, which seats are given away here."""
        if self._folder is not None and own != self._said:
            self._write(own)
        self._said = own

    def tell(self, own: Counter[Owner]) -> None:
        """Tell the others which seats are given away here, when that is something new."""
        if own != self._said:
            with self._locked():
                self.say(own)

    def close(self) -> None:
        """Give up everything."""
        if self._folder is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._own)
            os.close(self._lock)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self._folder is None:
            yield
            return
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _others(self, folder: Path) -> Counter[Owner]:
        taken: Counter[Owner] = Counter()
        for path in folder.glob("*.seats"):
            if path != self._path and not sweep_abandoned(path):
                taken.update(_read(path))
        return taken

    def _write(self, own: Counter[Owner]) -> None:
        text = json.dumps([[*owner, count] for owner, count in own.items()])
        line = f"{text}\n".encode("ascii").ljust(_PADDED)  # what a longer one left stands behind the line
        if len(line) > self._room:
            os.posix_fallocate(self._own, 0, len(line))  # fails as a whole, before anything is written
            self._room = len(line)
        os.pwrite(self._own, line, 0)


def _read(path: Path) -> Counter[Owner]:
    try:
        line = path.read_bytes().partition(b"\n")[0]
        return Counter({(site, ae_title): count for site, ae_title, count in json.loads(line)})
    except FileNotFoundError:
        return Counter()
    except (ValueError, TypeError):
        raise Malformed("a receiver's count of associations cannot be read") from None


def seats_taken(folder: Path) -> Counter[Owner]:
    """Return the seats that all receivers which live have given away; for who only looks."""
    taken: Counter[Owner] = Counter()
    for path in folder.glob("*.seats"):
        if not sweep_abandoned(path):
            taken.update(_read(path))
    return taken
