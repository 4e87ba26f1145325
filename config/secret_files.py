"""Files that hold a secret: mode 0600, written whole or not at all, refused when others can read them."""

import os
import stat
from pathlib import Path

from config.errors import Misconfigured


def write_secret(path: Path, text: str) -> None:
    """Write a secret that is not there yet; raises FileExistsError when it is."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text.rstrip("\n") + "\n")
        file.flush()
        os.fsync(file.fileno())


def replace_secret(path: Path, text: str) -> None:
    """Put other words into a secret's place: whoever reads sees the old ones or the new ones, also after a crash."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)  # of a writer that died
    write_secret(beside, text)
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_secret(path: Path) -> str:
    """Return a secret.

    Raises:
        Misconfigured: absent, or readable by others.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise Misconfigured(
            f"keys/{path.name} is missing: run `overread init`, or restore it from the backup"
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise Misconfigured(f"keys/{path.name} can be read by others: run `chmod 600` on it")
    return path.read_text(encoding="ascii").strip()
