"""The listening sockets of the door, which outlive the processes that accept on them.

Whoever starts several receivers opens the sockets once and hands the descriptors down. A receiver that dies takes
nothing but its own associations along: who calls meanwhile waits in the queue of the socket. The sockets do not block,
since every receiver wakes for a connection that one of them gets.
"""

import errno
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

from config.errors import Misconfigured
from config.settings import Dicom

_HANDED_DOWN = "OVERREAD_LISTENING"  # the descriptors, plain and TLS, in the environment of a receiver
_QUEUE = 128
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Ports:
    """The open ports of a door; `tls` is None where it has no certificate."""

    plain: socket.socket
    tls: socket.socket | None = None

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Return what a child process must inherit."""
        return tuple(each.fileno() for each in (self.plain, self.tls) if each is not None)

    @property
    def environment(self) -> dict[str, str]:
        """Return what tells a child process which descriptors it has inherited."""
        return {_HANDED_DOWN: ",".join(map(str, self.descriptors))}

    def close(self) -> None:
        """Close them here; they stay open where they were handed down to."""
        self.plain.close()
        if self.tls is not None:
            self.tls.close()


def open_ports(dicom: Dicom, *, patience_seconds: float = 0.0) -> Ports:
    """Open the plain port, and the TLS port where certificates are set.

    A port that somebody has may be that of a node which is just ending: it is waited for as long as `patience_seconds`.

    Raises:
        Misconfigured: a port that cannot be had.
    """
    deadline = time.monotonic() + patience_seconds
    plain = _open(dicom.host, dicom.port, deadline)
    if dicom.tls_certificate is None:
        return Ports(plain)
    try:
        return Ports(plain, _open(dicom.host, dicom.tls_port, deadline))
    except Misconfigured:
        plain.close()
        raise


def inherited_ports(environ: Mapping[str, str]) -> Ports | None:
    """Return the ports that were handed down to this process, None where none were."""
    said = environ.get(_HANDED_DOWN)
    if not said:
        return None
    sockets = [socket.socket(fileno=int(descriptor)) for descriptor in said.split(",")]
    for each in sockets:
        os.set_inheritable(each.fileno(), False)
        each.setblocking(False)
    return Ports(*sockets)


def _open(host: str, port: int, deadline: float) -> socket.socket:
    while True:
        try:
            return _listening(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise Misconfigured(f"cannot listen on {host} port {port}: {error.strerror}") from None
            time.sleep(_LOOK_SECONDS)


def _listening(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)  # IPv4 where a name has both
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_QUEUE)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening
