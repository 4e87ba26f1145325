"""The password of an encrypted bundle, in a header of its request: it opens that bundle and is then forgotten.

It is neither stored nor logged, so the process that received the bundle has to unpack it, on a thread of its own.
"""

import threading
from collections.abc import Mapping

from config.errors import Malformed, OverreadError
from config.log import get_log
from gateway.uploads import UploadSink

HEADER = "Overread-Bundle-Password"
_LONGEST = 1024


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


def unpack_behind(sink: UploadSink, upload_id: str, password: str) -> threading.Thread:
    """Begin to unpack a bundle that was kept locked, and return the thread that does it."""

    def unpack() -> None:
        try:
            sink.unpack(password)
        except OverreadError as error:
            get_log().warning("upload-not-unpacked", upload_id=upload_id, reason=type(error).__name__)

    thread = threading.Thread(target=unpack, name="unpack", daemon=True)
    thread.start()
    return thread
