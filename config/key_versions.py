"""The versions of the node's key: a line each in `keys/node.key`, `NUMBER KEY`, the key as 64 hexadecimal digits.

Versions are only ever added, numbered upwards: whatever was made under one is found again as long as the file has it.
So a later copy of the file may always stand in for an earlier one.
"""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config.errors import Misconfigured
from config.secret_files import read_secret, replace_secret

NODE_KEY = "node.key"
FIRST = 1
_LINE = re.compile(r"([1-9][0-9]{0,5}) ([0-9a-f]{64})")


def read_key_versions(home: Path) -> dict[int, bytes]:
    """Return the 32 bytes of every version by its number, the newest last.

    Raises:
        Misconfigured: absent, readable by others, or damaged.
    """
    found: dict[int, bytes] = {}
    try:
        lines = read_secret(home / "keys" / NODE_KEY).splitlines()
    except UnicodeDecodeError:
        lines = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or int(match[1]) <= max(found, default=0):
            found.clear()
            break
        found[int(match[1])] = bytes.fromhex(match[2])
    if not found:
        raise Misconfigured(f"keys/{NODE_KEY} is damaged: restore it from the backup")
    return found


def add_key_version(home: Path, version: int) -> None:
    """Add a version with a new key, the newest from now on; the older ones stay as they are.

    The caller holds `key_versions_locked`, and names a version above all others.
    """
    versions = read_key_versions(home)
    if version <= max(versions):
        raise ValueError("a version of the key is never made twice")
    replace_secret(home / "keys" / NODE_KEY, versions_as_text(versions | {version: secrets.token_bytes(32)}))


def versions_as_text(versions: Mapping[int, bytes]) -> str:
    """Return the content of the file for some versions."""
    return "".join(f"{number} {secret.hex()}\n" for number, secret in sorted(versions.items()))


@contextmanager
def key_versions_locked(home: Path) -> Iterator[None]:
    """Let one process at a time add versions; a lock of a process that dies is free again."""
    folder = os.open(home / "keys", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
