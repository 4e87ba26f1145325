"""Where the verified bytes of a growing upload end while a request with a checksum appends to it (tus 1.0.0).

The place is written down and synced before the first byte of such a request is, and taken away only when its checksum
held and its bytes are durable. Until then the upload stands at that place for everybody who asks: what a killed
process left behind it was never verified and is cut off by the next writer. A mark that is not whole was never followed
by a byte, so it says nothing.
"""

import os
from pathlib import Path

from config.blob_batch import sync_folder

SUFFIX = ".verified"


def mark_verified(growing: Path, offset: int) -> None:
    """Write down durably that the bytes before an offset are verified and those after it are not."""
    descriptor = os.open(_mark(growing), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, f"{offset}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(growing.parent)


def forget_mark(growing: Path) -> None:
    """Let all that the file holds count again; durable when this returns."""
    mark = _mark(growing)
    if mark.exists():
        mark.unlink(missing_ok=True)
        sync_folder(growing.parent)


def verified_size(growing: Path) -> int:
    """Return how far a growing file is verified, whatever lies behind that.

    Raises:
        FileNotFoundError: there is no such file.
    """
    size = growing.stat().st_size  # before the mark: what is behind it now was not there without it
    marked = _read(growing)
    return size if marked is None else min(size, marked)


def cut_unverified(growing: Path, descriptor: int) -> int:
    """Cut off what a dead writer left unverified of a file that the caller has locked; return where it stands."""
    marked = _read(growing)
    if marked is not None and marked < os.fstat(descriptor).st_size:
        os.ftruncate(descriptor, marked)
        os.fsync(descriptor)
    forget_mark(growing)
    return os.fstat(descriptor).st_size


def _read(growing: Path) -> int | None:
    try:
        text = _mark(growing).read_text(encoding="ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return int(text) if text.endswith("\n") and text[:-1].isdecimal() else None


def _mark(growing: Path) -> Path:
    return growing.with_suffix(SUFFIX)
