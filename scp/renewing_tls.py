"""Certificates that are renewed while the door is open: replaced files count at the next handshake.

Files that do not fit together, as while one of them is being replaced, leave the certificates of before in force.
"""

import ssl
import threading
from pathlib import Path

from config.errors import Misconfigured
from config.log import describe, get_log
from config.settings import Dicom
from scp.tls import server_context

State = tuple[int, int, int] | None


class RenewingContext:
    """The TLS context of a door."""

    def __init__(self, dicom: Dicom, context: ssl.SSLContext) -> None:
        self._dicom = dicom
        self._files = [path for path in (dicom.tls_certificate, dicom.tls_key, dicom.tls_ca) if path is not None]
        self._lock = threading.Lock()
        self._context = context
        self._seen = self._states()

    def current(self) -> ssl.SSLContext:
        """Return the context of the files as they are, or of those before while the new ones cannot be used."""
        with self._lock:
            seen = self._states()
            if seen != self._seen:
                self._seen = seen
                try:
                    self._context = server_context(self._dicom) or self._context
                    get_log().info("TLS certificates renewed", door="cstore")
                except Misconfigured as error:
                    get_log().error("TLS certificates not renewed", door="cstore", **describe(error))
            return self._context

    def _states(self) -> list[State]:
        return [_state(path) for path in self._files]


def _state(path: Path) -> State:
    """Return what changes when a file is replaced or written; None while it is not there."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_mtime_ns, state.st_size
