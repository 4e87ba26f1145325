"""The password of an encrypted bundle, in a header of its request: it opens that bundle and is then forgotten.

It is neither stored nor logged, so the process that received the bundle has to unpack it, on a thread of its own. A few
do so at a time; the others wait, locked, and nobody without their password begins with them meanwhile.
"""

import threading
from collections.abc import Mapping
from typing import Protocol

from config.errors import Malformed, OverreadError
from config.log import get_log

HEADER = "Overread-Bundle-Password"
MOST_AT_ONCE = 2  # in this process, which has requests to answer besides
_LONGEST = 1024
_TURN = threading.BoundedSemaphore(MOST_AT_ONCE)


class LockedBundle(Protocol):
    """A bundle that nobody else unpacks: `UploadSink` or `ResumedWriter` after they kept it so."""

    def unpack(self, password: str) -> None:
        """Unpack it and let go of it."""


def bundle_password(headers: Mapping[str, str]) -> str | None:
    """Return the password that a request gives, None without one.

    Raises:
        Malformed: it is longer than any password.
    """
    value = headers.get(HEADER.lower())
    if not value:
        return None
    if len(value) > _LONGEST:
        raise Malformed(f"the header {HEADER} may have {_LONGEST} characters")
    raw = value.encode("latin-1", "replace")  # what header values are read as
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return value


def unpack_behind(bundle: LockedBundle, upload_id: str, password: str) -> threading.Thread:
    """Begin to unpack a bundle that was kept locked, and return the thread that does it."""

    def unpack() -> None:
        try:
            with _TURN:
                bundle.unpack(password)
        except OverreadError as error:
            get_log().warning("upload-not-unpacked", upload_id=upload_id, reason=type(error).__name__)

    thread = threading.Thread(target=unpack, name="unpack", daemon=True)
    thread.start()
    return thread
