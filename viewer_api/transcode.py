"""Rewrite an instance in Explicit VR Little Endian, frame by frame (PS3.5 annex A.2).

Only one frame is in memory at a time. The header is changed only where decoding made it untrue: the photometric
interpretation and planar configuration of decoded colour, and the offset tables of what is no longer encapsulated.
"""

from collections.abc import Iterator
from io import BytesIO
from struct import pack
from typing import BinaryIO

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from viewer_api.errors import NotAcceptable
from viewer_api.part10 import open_part10
from viewer_api.rendering.frame_table import find_pixel_element
from viewer_api.rendering.image import StoredImage, read_frame, read_image, read_octets

_LONGEST = 0xFFFFFFFE
_FLOAT_VR = {0x7FE00008: b"OF", 0x7FE00009: b"OD"}


def transcode(source: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of a Part 10 file in Explicit VR Little Endian.

    Raises:
        CannotRender: pixels that cannot be decoded.
        NotAcceptable: the result would not fit into an element of 32-bit length.
    """
    part10 = open_part10(source)
    header = part10.read_header()
    if find_pixel_element(part10) is None:
        yield _header_bytes(header)
        return
    image = read_image(source)
    if image.fragments is not None:
        header.PhotometricInterpretation = read_frame(source, image, 0).photometric
        for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
            if keyword in header:
                delattr(header, keyword)
    yield _header_bytes(header)
    yield from _pixel_bytes(source, image)


def _header_bytes(header: Dataset) -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = header.get("SOPClassUID", "")
    meta.MediaStorageSOPInstanceUID = header.get("SOPInstanceUID", "")
    whole = Dataset(header)
    whole.file_meta = meta
    target = BytesIO()
    dcmwrite(target, whole, enforce_file_format=True)
    return target.getvalue()


def _pixel_bytes(source: BinaryIO, image: StoredImage) -> Iterator[bytes]:
    format_ = image.format
    length = (format_.frame_bits * format_.frames + 7) // 8
    if image.fragments is not None and format_.subsampled:
        length = format_.rows * format_.columns * format_.samples * format_.allocated // 8 * format_.frames
    if length > _LONGEST:
        raise NotAcceptable("the decoded pixels are too long for one element: ask for transfer-syntax=*")
    if format_.allocated == 1 and format_.frame_bits % 8 and format_.frames > 1:
        raise NotAcceptable("frames of single bits that share bytes are served as stored: ask for transfer-syntax=*")
    vr = _FLOAT_VR.get(image.element.tag, b"OB" if format_.allocated <= 8 else b"OW")
    tag = pack("<HH", image.element.tag >> 16, image.element.tag & 0xFFFF)
    yield tag + vr + b"\0\0" + pack("<L", length + length % 2)
    for index in range(format_.frames):
        yield read_octets(source, image, index)
    if length % 2:
        yield b"\0"
