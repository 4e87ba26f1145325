"""What a file is, told by its first bytes and never by its name.

A DICOM file is asked for first: its preamble may begin like anything else (PS3.10 section 7.1 leaves it to the
application; the TIFF dual files do).
"""

import tarfile
from collections.abc import Mapping
from typing import Literal

from gateway.bundles.raw_discs import raw_layout

Kind = Literal["zip", "tar", "gzip", "bzip2", "xz", "disc", "raw-disc", "7z", "rar", "plain"]

_MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"PK\x07\x08", "zip"),
    (0, b"\x1f\x8b\x08", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0x8001, b"CD001", "disc"),
    (0x8001, b"BEA01", "disc"),
)
NOT_READ: Mapping[Kind, str] = {
    "rar": "RAR archives are not read by this version; pack the folder again as a zip",
}
_BLOCK = 512


def kind_of(head: bytes) -> Kind:
    """Return what a file is that begins with `head`, of which 38 KiB are enough for every kind."""
    if is_part10(head):
        return "plain"
    for offset, magic, kind in _MAGIC:
        if head.startswith(magic, offset):
            return kind
    if raw_layout(head) is not None:
        return "raw-disc"
    return "tar" if _is_tar(head[:_BLOCK]) else "plain"


def is_part10(head: bytes) -> bool:
    """Say whether a file is a DICOM file (PS3.10 section 7.1) that begins with `head`."""
    return head[128:132] == b"DICM"


def _is_tar(block: bytes) -> bool:
    """Say whether a block is a tar header whose check sum holds."""
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True
