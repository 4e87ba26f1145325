"""Find a few elements of a data set by walking over its element headers (PS3.5 section 7.1).

The library's reader makes an object of each element that it passes; to draw a picture a handful of some hundred is
needed. So the plain case is walked here: little endian, every length told, not long. Whatever else comes is left to the
library.
"""

from collections.abc import Container, MutableSequence
from struct import Struct
from typing import IO, cast

from pydicom.charset import convert_encodings
from pydicom.dataelem import DataElement, RawDataElement, convert_raw_data_element, empty_value_for_VR
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

_BLOCK = 16 << 10
_LONGEST = 256 << 10
_CHARACTER_SET = BaseTag(0x00080005)
_ITEMS = 0xFFFE
_EXPLICIT = Struct("<HH2sH")
_IMPLICIT = Struct("<HHL")
_LONG = Struct("<L")
_LONGEST_HEADER = _EXPLICIT.size + _LONG.size
LONG_VRS = frozenset(b"OB OW OF OD OL OV SQ UN UT UC UR SV UV".split())
_SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())

Elements = dict[BaseTag, RawDataElement | DataElement]


def walk_elements(stream: IO[bytes], tags: Container[int], ends: Container[int], *, implicit: bool) -> Dataset | None:
    """Return the elements with the given tags that come before one of `ends`, at which the stream then stands.

    Returns None, the stream anywhere, where the data set is not the plain case.
    """
    start, block, position = stream.tell(), b"", 0
    elements: Elements = {}
    while position < _LONGEST:
        block = _reach(stream, block, position + _LONGEST_HEADER)
        if position + _LONGEST_HEADER > len(block):
            return None
        vr, value = None, position + _EXPLICIT.size
        if implicit:
            group, number, length = _IMPLICIT.unpack_from(block, position)
        else:
            group, number, vr, length = _EXPLICIT.unpack_from(block, position)
        tag = group << 16 | number
        if group == _ITEMS:  # stray delimiters: where the library ends there is the library's to say
            return None
        if tag in ends:
            stream.seek(start + position)
            return _as_dataset(elements, implicit=implicit)
        if vr in LONG_VRS:
            (length,) = _LONG.unpack_from(block, value)
            value += _LONG.size
        elif vr is not None and vr not in _SHORT_VRS:
            return None
        position = value + length
        if tag in tags and position < _LONGEST:
            block = _reach(stream, block, position)
            name = vr.decode() if vr else None
            content = cast("bytes", block[value:position] if length else empty_value_for_VR(name, raw=True))
            elements[BaseTag(tag)] = RawDataElement(
                BaseTag(tag), name, length, content, start + value, implicit, is_little_endian=True
            )
    return None


def _reach(stream: IO[bytes], block: bytes, end: int) -> bytes:
    """Return what was read, read on where it does not reach to `end`."""
    return block if end <= len(block) else block + stream.read(end + _BLOCK - len(block))


def _as_dataset(elements: Elements, *, implicit: bool) -> Dataset:
    dataset = Dataset(elements)
    named = elements.get(_CHARACTER_SET)
    encoding: str | MutableSequence[str] = "iso8859"
    if isinstance(named, RawDataElement):
        encoding = convert_encodings(convert_raw_data_element(named).value)
    dataset.set_original_encoding(implicit, True, encoding)
    return dataset
