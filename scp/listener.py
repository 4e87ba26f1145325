"""The listening socket: takes connections, makes associations of them, and never waits for a peer while doing so.

A TLS handshake happens on a thread of its own, under a deadline: in pynetdicom's server a peer that connects and says
nothing would keep everybody else out. Where connections run short the silent give way (`strangers`).
"""

import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable
from typing import Any, cast

from pynetdicom.ae import ApplicationEntity
from pynetdicom.transport import ThreadedAssociationServer

from config.log import describe, get_log
from config.metrics import ASSOCIATIONS
from scp.handshakes import handshake_in_words
from scp.renewing_tls import RenewingContext
from scp.strangers import Strangers

_HANDSHAKE_SECONDS = 10.0
_GIVING_WAY = 64  # of all connections, how many may still be ending that were sent away


class Listener(ThreadedAssociationServer):
    """One open port; with an `ssl_context` every connection on it speaks TLS.

    The socket may be shared with other processes: `get_request` raises BlockingIOError where one of them was faster.
    """

    daemon_threads = True
    tls: RenewingContext | None = None
    strangers: Strangers
    on_failed_handshake: Callable[[str, str], None] | None = None

    def __init__(self, ae: ApplicationEntity, listening: socket.socket, *options: Any, **more: Any) -> None:
        self._listening = listening
        self._handshakes = 0
        self._counting = threading.Lock()
        super().__init__(ae, listening.getsockname(), *options, **more)

    def server_bind(self) -> None:
        """Take the socket that is open already instead of the one that was made."""
        cast(socket.socket, self.socket).close()
        self.socket = self._listening
        self.server_address = self._listening.getsockname()

    def server_activate(self) -> None:
        """Do nothing: the socket listens."""

    def server_close(self) -> None:
        """Close the socket in this process; the library's own would end it for everybody who shares it."""
        self._listening.close()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection and bound every wait for its peer."""
        connection, address = cast(socket.socket, self.socket).accept()
        connection.settimeout(self.ae.network_timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return connection, address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Make room for a connection at the cost of a silent one; close it at once where even that does not help.

        Connections in a handshake count too. There may be more of them than associations could ever need.
        """
        room = self.ae.maximum_associations - len(self.ae.active_associations) - self._handshakes
        if room > 0:
            if room <= _GIVING_WAY:
                self._send_one_away()
            self.strangers.note(request, str(client_address[0]))
            return True
        ASSOCIATIONS.labels("dropped").inc()
        get_log().warning("connection dropped", door="cstore", reason="too many connections")
        return False

    def _send_one_away(self) -> None:
        host = self.strangers.send_one_away()
        if host is not None:
            ASSOCIATIONS.labels("sent away").inc()
            get_log().warning("silent connection ended", door="cstore", host=host, reason="too many connections")

    def process_request(self, request: Any, client_address: Any) -> None:
        """Make an association; on a thread of its own when a handshake comes first."""
        if self.ssl_context is None:
            self.process_request_thread(request, client_address)
            return
        self._count_handshake(1)
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread for it
            self._count_handshake(-1)
            raise

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands where TLS is spoken, then start the association."""
        if self.ssl_context is None:
            super().finish_request(request, client_address)
            return
        try:
            connection = self._secure(request, client_address)
            if connection is not None:
                super().finish_request(connection, client_address)
        finally:
            self._count_handshake(-1)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what went wrong with a connection, without the peer's words."""
        error = sys.exception() if sys.version_info >= (3, 12) else sys.exc_info()[1]
        if error is not None:
            get_log().error("connection failed", door="cstore", **describe(error))

    def service_actions(self) -> None:
        """Do nothing between connections: the library would stop the process for a garbage collection."""

    def shutdown(self) -> None:
        """Accept no more and close the socket; associations live on."""
        socketserver.BaseServer.shutdown(self)
        self.server_close()

    def _count_handshake(self, change: int) -> None:
        with self._counting:
            self._handshakes += change

    def _secure(self, request: socket.socket, address: Any) -> ssl.SSLSocket | None:
        request.settimeout(_HANDSHAKE_SECONDS)
        connection = request
        try:
            context = cast(RenewingContext, self.tls).current()
            connection = context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
            self.strangers.replace(request, connection, str(address[0]))
            connection.do_handshake()
        except OSError as error:
            ASSOCIATIONS.labels("tls failed").inc()
            reason = getattr(error, "reason", None)  # OpenSSL's own word, such as NO_SHARED_CIPHER
            get_log().warning("TLS handshake failed", door="cstore", reason=reason, **describe(error))
            if self.on_failed_handshake is not None:
                self.on_failed_handshake(str(address[0]), handshake_in_words(error))
            self.shutdown_request(connection)
            return None
        connection.settimeout(self.ae.network_timeout)
        return connection
