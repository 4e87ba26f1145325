"""A process that reads a 7z archive and comes to harm behind the first file; the password says how."""

import io
import os
import signal
import time

from gateway.bundles import apart_process
from gateway.bundles.member import Member


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(60)


def stop() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def wait() -> None:
    time.sleep(600)


def devour() -> None:
    bytes(bytearray(64 << 30))


class Harmful(io.RawIOBase):
    """A file of which a few bytes come, and then harm."""

    def __init__(self, harm: str) -> None:
        super().__init__()
        self._harm = harm
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        if self._begun:
            globals()[self._harm]()
        self._begun = True
        buffer[:4] = b"some"
        return 4


def read_to_harm(_source: object, _budget: object, password: str):
    yield Member("first", 5, lambda: io.BufferedReader(io.BytesIO(b"whole")))
    if password.startswith("within-"):
        yield Member("second", 9, lambda: io.BufferedReader(Harmful(password.removeprefix("within-")), 4))
    globals()[password]()


if __name__ == "__main__":
    apart_process.read_seven_zip = read_to_harm
    apart_process.SILENCE_SECONDS = 2
    apart_process.main()
