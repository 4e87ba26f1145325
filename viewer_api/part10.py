"""Open a Part 10 file without reading its pixels (PS3.10 section 7).

The File Meta Information is walked element by element; a deflated data set is inflated as far as it is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct, error
from typing import IO, BinaryIO, cast

from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from config.errors import Malformed
from viewer_api import later_syntaxes  # noqa: F401 - so that they are known as transfer syntaxes
from viewer_api.element_walk import LONG_VRS, walk_elements
from viewer_api.errors import UNREADABLE
from viewer_api.inflating import Inflating

_PREAMBLE = 128
_SHORT = Struct("<HH2sH")
_LONG = Struct("<I")
_TRANSFER_SYNTAX = (0x0002, 0x0010)
_CHARACTER_SET = 0x00080005
_MAXIMUM_META_ELEMENT = 1 << 20
_UNREADABLE: tuple[type[Exception], ...] = (*UNREADABLE, EOFError, OSError, error)
_PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})


@dataclass(frozen=True)
class Part10:
    """An opened Part 10 file: `stream` stands where the data set begins, inflated if need be."""

    stream: IO[bytes]
    transfer_syntax: UID
    start: int

    @property
    def implicit(self) -> bool:
        """Say whether the data set is in Implicit VR."""
        return bool(self.transfer_syntax.is_implicit_VR)

    @property
    def little_endian(self) -> bool:
        """Say whether the data set is in little endian."""
        return bool(self.transfer_syntax.is_little_endian)

    def read_header(self, tags: Sequence[int] | None = None) -> Dataset:
        """Read the data set up to the pixel data, or only the given tags of it; the stream then stands at the pixels.

        Raises:
            Malformed: the data set cannot be parsed.
        """
        self.stream.seek(self.start)
        try:
            if tags is not None and self.little_endian and not self.transfer_syntax.is_deflated:
                wanted = _with_character_set(tuple(tags))
                found = walk_elements(self.stream, wanted, _PIXEL_TAGS, implicit=self.implicit)
                if found is not None:
                    return found
                self.stream.seek(self.start)
            return read_dataset(
                self.stream,  # type: ignore[arg-type]
                self.implicit,
                self.little_endian,
                stop_when=_at_pixels,
                specific_tags=None if tags is None else [BaseTag(tag) for tag in tags],
                at_top_level=False,
            )
        except _UNREADABLE:
            raise Malformed("the data set cannot be parsed") from None


def open_part10(source: BinaryIO) -> Part10:
    """Open a Part 10 file; `source` is read from its beginning.

    Raises:
        Malformed: no preamble and prefix, no transfer syntax, or one that the standard does not know.
    """
    source.seek(0)
    head = source.read(_PREAMBLE + 4)
    if head[_PREAMBLE:] != b"DICM":
        raise Malformed("not a DICOM Part 10 file")
    uid = _find_transfer_syntax(source)
    if not uid.is_transfer_syntax or uid.is_private:
        raise Malformed("the file names no transfer syntax of the standard")
    if uid == DeflatedExplicitVRLittleEndian:
        return Part10(cast("IO[bytes]", Inflating(source)), uid, 0)
    return Part10(source, uid, source.tell())


def _find_transfer_syntax(source: BinaryIO) -> UID:
    """Walk group 0002, leave the stream behind it and return the transfer syntax."""
    uid: UID | None = None
    while len(raw := source.read(_SHORT.size)) == _SHORT.size:
        group, element, vr, length = _SHORT.unpack(raw)
        if group != 0x0002:
            source.seek(-_SHORT.size, 1)
            break
        if vr in LONG_VRS:
            (length,) = _LONG.unpack(source.read(_LONG.size).ljust(_LONG.size, b"\0"))
        if length > _MAXIMUM_META_ELEMENT:
            raise Malformed("the file meta information cannot be parsed")
        value = source.read(length)
        if (group, element) == _TRANSFER_SYNTAX:
            uid = UID(value.rstrip(b"\0 ").decode("ascii", "replace"))
    if uid is None:
        raise Malformed("the file meta information names no transfer syntax")
    return uid


@lru_cache(maxsize=64)
def _with_character_set(tags: tuple[int, ...]) -> frozenset[int]:
    return frozenset((*tags, _CHARACTER_SET))


def _at_pixels(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return tag in _PIXEL_TAGS
