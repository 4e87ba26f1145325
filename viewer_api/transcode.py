"""Rewrite an instance in another transfer syntax, frame by frame (PS3.5 annexes A.2 and A.4).

Into Explicit or Implicit VR Little Endian, or compressed without loss. Only one frame is in memory at a time. The
header is changed only where that made it untrue: the photometric interpretation and planar configuration of decoded
colour, the place of the high bit, and the offset tables of what was encapsulated otherwise.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from struct import pack
from typing import BinaryIO

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from viewer_api.encoding import encode_frame
from viewer_api.errors import NotAcceptable
from viewer_api.part10 import open_part10
from viewer_api.rendering.frame import DECODED_PHOTOMETRIC
from viewer_api.rendering.frame_table import find_pixel_element
from viewer_api.rendering.image import StoredImage
from viewer_api.rendering.pixel_format import PixelFormat
from viewer_api.stored_pixels import decoded_format, read_stored_values

Octets = Callable[[int], bytes]
"""Gives a frame counted from 0 decoded, as Explicit VR Little Endian would hold it."""

_LONGEST = 0xFFFFFFFE
_NATIVE = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
_FLOAT_VR = {0x7FE00008: b"OF", 0x7FE00009: b"OD"}
_PIXEL_DATA = pack("<HH", 0x7FE0, 0x0010) + b"OB\0\0" + pack("<L", 0xFFFFFFFF)
_ITEM = pack("<HH", 0xFFFE, 0xE000)
_END = pack("<HHL", 0xFFFE, 0xE0DD, 0)


def transcode(
    source: BinaryIO, read_image: Callable[[], StoredImage], octets: Octets, syntax: str = ExplicitVRLittleEndian
) -> Iterator[bytes]:
    """Yield the bytes of a Part 10 file in another transfer syntax; an object without pixels is only written anew.

    Raises:
        CannotRender: pixels that cannot be decoded.
        NotAcceptable: the result would not fit into an element of 32-bit length, or not into the transfer syntax.
    """
    part10 = open_part10(source)
    header = part10.read_header()
    if find_pixel_element(part10) is None:
        yield _header_bytes(header, syntax if syntax in _NATIVE else ExplicitVRLittleEndian)
        return
    image = read_image()
    if image.fragments is not None:
        photometric = image.format.photometric
        header.PhotometricInterpretation = DECODED_PHOTOMETRIC.get(photometric, photometric)
        for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
            if keyword in header:
                delattr(header, keyword)
    if syntax in _NATIVE:
        yield _header_bytes(header, syntax)
        yield from _native(image, octets, implicit=syntax == ImplicitVRLittleEndian)
    else:
        yield from _encapsulated(header, image, octets, syntax)


def compress(image: StoredImage, octets: bytes, syntax: str) -> bytes:
    """Return a decoded frame compressed without loss; errors as `encode_frame`."""
    values, photometric = read_stored_values(image, octets)
    return encode_frame(values, photometric, decoded_format(image), syntax)


def _encapsulated(header: Dataset, image: StoredImage, octets: Octets, syntax: str) -> Iterator[bytes]:
    first = compress(image, octets(0), syntax)
    header.HighBit = image.format.stored - 1
    if image.format.samples > 1:
        header.PhotometricInterpretation = read_stored_values(image, octets(0))[1]
        header.PlanarConfiguration = 0
    yield _header_bytes(header, syntax)
    yield _PIXEL_DATA + _ITEM + pack("<L", 0)
    for index in range(image.format.frames):
        frame = first if index == 0 else compress(image, octets(index), syntax)
        yield _ITEM + pack("<L", len(frame) + len(frame) % 2) + frame + b"\0" * (len(frame) % 2)
    yield _END


def _header_bytes(header: Dataset, syntax: str) -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = header.get("SOPClassUID", "")
    meta.MediaStorageSOPInstanceUID = header.get("SOPInstanceUID", "")
    whole = Dataset(header)
    whole.file_meta = meta
    target = BytesIO()
    dcmwrite(target, whole, enforce_file_format=True)
    return target.getvalue()


def octets_length(image: StoredImage) -> int:
    """Return the bytes of one frame as `Octets` gives it."""
    format_ = image.format
    if image.fragments is not None and format_.subsampled:
        return format_.rows * format_.columns * format_.samples * format_.allocated // 8
    return (format_.frame_bits + 7) // 8


def shares_bytes(format_: PixelFormat) -> bool:
    """Say whether frames of single bits begin within a byte in which another ends (PS3.5 section 8.1.1)."""
    return format_.allocated == 1 and bool(format_.frame_bits % 8) and format_.frames > 1


def _native(image: StoredImage, octets: Octets, *, implicit: bool) -> Iterator[bytes]:
    format_ = image.format
    length = octets_length(image) * format_.frames
    if length > _LONGEST:
        raise NotAcceptable("the decoded pixels are too long for one element: ask for transfer-syntax=*")
    if shares_bytes(format_):
        raise NotAcceptable("frames of single bits that share bytes are served as stored: ask for transfer-syntax=*")
    vr = _FLOAT_VR.get(image.element.tag, b"OB" if format_.allocated <= 8 else b"OW")
    tag = pack("<HH", image.element.tag >> 16, image.element.tag & 0xFFFF)
    yield tag + (b"" if implicit else vr + b"\0\0") + pack("<L", length + length % 2)
    for index in range(format_.frames):
        yield octets(index)
    if length % 2:
        yield b"\0"
