"""The process that reads one 7z archive: its decoders meet hostile bytes here, where they can end nobody else.

Run as `python -m gateway.bundles.apart_process LINK SOURCE`, two descriptors, by `apart.py`; what is asked comes over
the link. The process bounds its own memory and gives up when it has nothing to say for too long. It is told nothing of
the node but the limits on bundles.
"""

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

from config.errors import Malformed
from config.settings import Uploads
from gateway.bundles.apart_wire import FAULTS, Kind, pack
from gateway.bundles.budget import Budget
from gateway.bundles.member import Member
from gateway.bundles.sevenzips import read_seven_zip, seven_zip_asks_for_password
from gateway.bundles.streams import needs_memory

SILENCE_SECONDS = 120
_CHUNK = 1 << 20
_ROOM = 512 << 20  # of address space for what is no decoder's: stacks, pieces on their way, what is never touched


class Link:
    """The way to who asked; between two messages there may be no more than `SILENCE_SECONDS`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def say(self, message: bytes) -> None:
        """Send a message, for which the other side may take its time."""
        signal.alarm(0)
        self._connection.send_bytes(message)
        signal.alarm(SILENCE_SECONDS)


def main() -> None:
    """Answer what is asked over the link, once, and end at once: a decoder may have left a thread behind."""
    connection, source = Connection(int(sys.argv[1])), os.fdopen(int(sys.argv[2]), "rb", buffering=0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C at the terminal is the node's to answer
    order = json.loads(connection.recv_bytes())
    limits = Uploads(**order["limits"])
    limit_itself(limits)
    signal.alarm(SILENCE_SECONDS)
    try:
        connection.send_bytes(pack(Kind.READY))
        answer(Link(connection), source, Budget(limits, 0), order["password"], only_asks=order["only_asks"])
    except OSError:  # nobody listens any more
        os._exit(1)
    os._exit(0)


def limit_itself(limits: Uploads) -> None:
    """Bound memory and files, and offer itself first when the machine runs out of memory."""
    pages = 0
    with suppress(OSError):  # where the system does not tell
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    memory = pages * resource.getpagesize() + limits.maximum_unpacking_memory_bytes + _ROOM
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        allowed = resource.getrlimit(what)[1]  # which nobody may raise
        bound = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(what, (bound, bound))


def answer(link: Link, source: BinaryIO, budget: Budget, password: str | None, *, only_asks: bool) -> None:
    """Say every file of the archive, or only whether a password is asked for."""
    said: bool | None = None
    try:
        if only_asks:
            said = seven_zip_asks_for_password(source, budget)
        else:
            for member in read_seven_zip(source, budget, password):
                _say(link, member)
    except tuple(FAULTS.values()) as error:
        kind = next(name for name, each in FAULTS.items() if type(error) is each)
        link.say(pack(Kind.FAULT, [kind, str(error)]))
    except MemoryError:
        refusal = needs_memory("the 7z archive", budget.limits.maximum_unpacking_memory_bytes)
        link.say(pack(Kind.FAULT, [type(refusal).__name__, str(refusal)]))
    else:
        link.say(pack(Kind.DONE, said))


def _say(link: Link, member: Member) -> None:
    link.say(pack(Kind.MEMBER, [member.path, member.size, member.problem, member.lost]))
    try:
        stream = member.open()
        while chunk := stream.read(_CHUNK):
            link.say(bytes([Kind.DATA]) + chunk)
    except Malformed as error:
        link.say(pack(Kind.DAMAGED, str(error)))
    link.say(pack(Kind.END))


if __name__ == "__main__":
    main()
