"""An object as the sender needs it: what it is, and its data set exactly as it lies in the file (PS3.10 section 7.1).

Only the file meta information is read; the data set goes out undecoded unless a peer takes nothing but another
uncompressed transfer syntax.
"""

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydicom import dcmread
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from config.errors import Malformed

RE_ENCODABLE = frozenset({ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian})

_PREAMBLE_BYTES = 132
_LONG_VRS = {b"OB", b"UN", b"OW", b"UT", b"UC", b"UR"}
_LONGEST_META = 64 * 1024
_META_UIDS = {0x0002: "sop_class_uid", 0x0003: "sop_instance_uid", 0x0010: "transfer_syntax_uid"}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A Part 10 object to send; `source` is a path or the whole file's bytes, `offset` where its data set begins."""

    source: Path | bytes
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    offset: int

    def data_set(self) -> bytes:
        """Return the data set as it lies in the file."""
        if isinstance(self.source, bytes):
            return self.source[self.offset :]
        with self.source.open("rb") as file:
            file.seek(self.offset)
            return file.read()

    def data_set_in_implicit_vr(self) -> bytes:
        """Return the data set encoded anew in the default transfer syntax; for uncompressed objects only."""
        dataset = dcmread(io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source)
        encoded = DicomBytesIO()
        encoded.is_little_endian, encoded.is_implicit_VR = True, True
        write_dataset(encoded, dataset)
        return encoded.getvalue()

    @property
    def re_encodable(self) -> bool:
        """Say whether the default transfer syntax can be offered as a second choice."""
        return self.transfer_syntax_uid in RE_ENCODABLE and self.transfer_syntax_uid != ImplicitVRLittleEndian


def read_outgoing(source: Path | bytes) -> Outgoing:
    """Read what an object is from its file meta information.

    Raises:
        Malformed: not a Part 10 file, or one that does not say what it is.
    """
    if isinstance(source, bytes):
        meta, offset = _read_meta(io.BytesIO(source))
    else:
        with source.open("rb") as file:
            meta, offset = _read_meta(file)
    if len(meta) != len(_META_UIDS):
        raise Malformed("the file meta information does not say what the object is")
    return Outgoing(source=source, offset=offset, **meta)


def _read_meta(stream: BinaryIO) -> tuple[dict[str, str], int]:
    """Return the UIDs of the file meta information, and the offset behind its last element (always Explicit VR LE)."""
    start = stream.read(_PREAMBLE_BYTES + _LONGEST_META)
    if start[128:_PREAMBLE_BYTES] != b"DICM":
        raise Malformed("not a DICOM Part 10 file")
    found: dict[str, str] = {}
    offset = _PREAMBLE_BYTES
    while offset + 12 <= len(start):
        group, element, vr, short = struct.unpack_from("<HH2sH", start, offset)
        if group != 0x0002:
            break
        value, length = (
            (offset + 12, struct.unpack_from("<L", start, offset + 8)[0]) if vr in _LONG_VRS else (offset + 8, short)
        )
        if element in _META_UIDS:
            found[_META_UIDS[element]] = start[value : value + length].decode("latin-1").rstrip("\0 ")
        offset = value + length
    return found, offset
