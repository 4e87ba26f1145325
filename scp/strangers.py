"""Connections whose peers have not asked for an association yet: where there are too many, the silent give way.

Who connects and says nothing, plain or over TLS, costs a connection until its time is up. When connections run short
the oldest of the host that has most of them is ended: who really sends asks within a moment, so that neither many
silent connections of one host nor a few of many hosts keep it out.
"""

import socket
import threading
from collections import Counter
from contextlib import suppress


class Strangers:
    """The connections of all ports of one receiver that are no association yet; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: dict[socket.socket, str] = {}  # in the order in which they came

    def note(self, connection: socket.socket, host: str) -> None:
        """Remember a connection that was just made."""
        with self._lock:
            self._forget_closed()
            self._hosts[connection] = host

    def replace(self, connection: socket.socket, by: socket.socket, host: str) -> None:
        """Put what TLS made of a connection in its place; it stays as old as it is."""
        with self._lock:
            self._hosts = {by if each is connection else each: its for each, its in self._hosts.items()}
            self._hosts.setdefault(by, host)  # the empty shell of the other may have been taken for closed

    def forget(self, connection: socket.socket | None) -> None:
        """Let a connection alone: its peer has asked for an association."""
        with self._lock:
            if connection is not None:
                self._hosts.pop(connection, None)

    def send_one_away(self) -> str | None:
        """End the oldest connection of the host that has most of them and return the host; None when there is none."""
        with self._lock:
            self._forget_closed()
            counts = Counter(self._hosts.values())
            if not counts:
                return None
            (host, _), *_rest = counts.most_common(1)
            oldest = next(connection for connection, each in self._hosts.items() if each == host)
            del self._hosts[oldest]
            with suppress(OSError):  # it may just have ended by itself
                socket.socket.shutdown(oldest, socket.SHUT_RDWR)  # below TLS: nobody waits for a farewell
            return host

    def _forget_closed(self) -> None:
        self._hosts = {connection: host for connection, host in self._hosts.items() if connection.fileno() >= 0}
