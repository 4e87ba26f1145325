"""The HL7 door: connections over MLLP, plain or with TLS, each on a thread, so many and no more.

A connection lives as long as its sender keeps it, but a message has to come within its time and its size. What cannot
be followed any more is answered once and closed. Whoever takes long over the TLS handshake makes room for who comes
when every place is taken. Stopping lets the messages under way get their answer.
"""

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from config.errors import Malformed, Misconfigured, TooLarge
from config.log import get_log
from config.metrics import ASSOCIATIONS
from config.settings import Hl7
from gateway.case_reports.hl7.acknowledgment import acknowledge, refusal_of
from gateway.case_reports.hl7.answering import DOOR, answer, header_of
from gateway.case_reports.hl7.character_sets import codec_named
from gateway.case_reports.hl7.framing import Frames, frame
from gateway.node import Node
from scp.handshakes import handshake_in_words
from scp.tls import server_context

_ACCEPT_SECONDS = 0.5
_HANDSHAKE_SECONDS = 20.0
_ROOM_SECONDS = 1.0
_DRAIN_SECONDS = 10.0
_BACKLOG = 128
_CHUNK = 1 << 16
_TICK_SECONDS = 0.5


def run_hl7(node: Node, *, stop: threading.Event, ready: Callable[[int], None]) -> None:
    """Serve until `stop` is set; `ready` is called with the port once connections are taken.

    Raises:
        Misconfigured: a port that cannot be had, TLS files that cannot be used, or an unknown character set.
    """
    settings = node.settings.hl7
    _check_character_set(settings)
    context = server_context(settings, "hl7")
    door = _Door(node, context, stop)
    with _listener(settings) as listener:
        port = int(listener.getsockname()[1])
        get_log().info("door open", door=DOOR, host=settings.host, port=port)
        ready(port)
        while not stop.is_set():
            with suppress(TimeoutError, ConnectionError):
                connection, _ = listener.accept()
                door.admit(connection)
    door.drain()


class _Door:
    """The connections of one door."""

    def __init__(self, node: Node, context: ssl.SSLContext | None, stop: threading.Event) -> None:
        self._node = node
        self._settings = node.settings.hl7
        self._context = context
        self._stop = stop
        self._places = threading.BoundedSemaphore(self._settings.maximum_connections)
        self._threads: set[threading.Thread] = set()
        self._greeting: dict[ssl.SSLSocket, None] = {}  # in the order in which they came

    def admit(self, connection: socket.socket) -> None:
        """Serve a connection on a thread of its own, or close it where every place is taken."""
        self._threads = {each for each in self._threads if each.is_alive()}
        if not self._places.acquire(blocking=False) and not self._make_room():
            ASSOCIATIONS.labels("hl7-full").inc()
            connection.close()
            return
        thread = threading.Thread(target=self._serve, args=(connection,), name=DOOR, daemon=True)
        self._threads.add(thread)
        thread.start()

    def drain(self) -> None:
        """Wait a while for the messages under way."""
        deadline = time.monotonic() + _DRAIN_SECONDS
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))

    def _make_room(self) -> bool:
        """End the oldest handshake that has not come about yet; return whether its place is free."""
        for oldest in tuple(self._greeting):
            with suppress(OSError):
                socket.socket.shutdown(oldest, socket.SHUT_RDWR)  # its thread still uses the TLS object
                return self._places.acquire(timeout=_ROOM_SECONDS)
        return False

    def _serve(self, plain: socket.socket) -> None:
        try:
            with plain:
                plain.settimeout(_HANDSHAKE_SECONDS)
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._context is None:
                    self._converse(plain, None)
                elif (line := self._secure(plain, self._context)) is not None:
                    with line:
                        shown = line.getpeercert(binary_form=True)
                        self._converse(line, hashlib.sha256(shown).hexdigest() if shown else None)
        except OSError as error:
            get_log().info("connection lost", door=DOOR, error=type(error).__name__)
        finally:
            self._places.release()

    def _secure(self, plain: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket | None:
        """Return the line over TLS, None where that did not come about."""
        line = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self._greeting[line] = None
        try:
            line.do_handshake()
        except OSError as error:
            ASSOCIATIONS.labels("hl7-tls-failed").inc()
            get_log().warning("TLS handshake failed", door=DOOR, reason=handshake_in_words(error))
            line.close()
            return None
        finally:
            self._greeting.pop(line, None)
        return line

    def _converse(self, line: socket.socket, certificate: str | None) -> None:
        """Answer messages one after the other until the sender goes, falls silent or cannot be followed."""
        ASSOCIATIONS.labels("hl7-accepted").inc()
        frames = Frames(self._settings.maximum_message_bytes)
        line.settimeout(_TICK_SECONDS)
        since = time.monotonic()
        while not (self._stop.is_set() and not frames.inside):
            patience = self._settings.message_seconds if frames.inside else self._settings.idle_seconds
            if time.monotonic() - since > patience:
                get_log().info("connection closed", door=DOOR, reason="silent" if not frames.inside else "unfinished")
                return
            was_inside, data = frames.inside, _received(line)
            try:
                messages = frames.feed(data) if data else frames.end_in_silence()
            except TooLarge as error:
                self._send(line, self._refuse(frames.begun, error))
                return
            for message in messages:
                self._send(line, answer(self._node, message, certificate))
            if data == b"":
                return
            if messages or (data and not was_inside):
                since = time.monotonic()

    def _refuse(self, begun: bytes, error: TooLarge) -> bytes | None:
        header = header_of(begun, self._settings.character_set)
        return acknowledge(header, self._node.clock(), "0", refusal_of(error))

    def _send(self, line: socket.socket, answered: bytes | None) -> None:
        if answered is not None:
            line.settimeout(self._settings.message_seconds)
            line.sendall(frame(answered))
            line.settimeout(_TICK_SECONDS)


def _received(line: socket.socket) -> bytes | None:
    """Return what came, nothing where the sender has gone, None where it is silent."""
    try:
        return line.recv(_CHUNK)
    except (TimeoutError, ssl.SSLWantReadError):
        return None


def _listener(settings: Hl7) -> socket.socket:
    try:
        listener = socket.create_server((settings.host, settings.port), backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Misconfigured(f"[hl7] port {settings.port} at {settings.host} cannot be had: {reason}") from None
    listener.settimeout(_ACCEPT_SECONDS)
    return listener


def _check_character_set(settings: Hl7) -> None:
    try:
        codec_named(settings.character_set)
    except Malformed:
        raise Misconfigured("[hl7] character_set is none of HL7 table 0211 that is read here") from None
