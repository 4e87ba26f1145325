"""What a published file says of its image, read once, and the bytes of any of its frames.

`StoredImage` keeps no open file: it can be kept between requests, and each request opens the blob anew.
"""

from dataclasses import dataclass
from typing import BinaryIO

from pydicom.dataset import Dataset
from pydicom.uid import UID

from config.errors import NotFound
from viewer_api.errors import CannotRender
from viewer_api.part10 import open_part10
from viewer_api.rendering.codecs import decode_encapsulated
from viewer_api.rendering.colour import PALETTE_TAGS
from viewer_api.rendering.colour_profile import PROFILE_TAGS
from viewer_api.rendering.frame import Frame
from viewer_api.rendering.frame_table import (
    FLOATING,
    OFFSET_TAGS,
    Piece,
    PixelElement,
    find_pixel_element,
    group_fragments,
    native_frame,
    read_pieces,
    walk_fragments,
)
from viewer_api.rendering.functional_groups import GROUP_TAGS
from viewer_api.rendering.geometry import SPACING_TAGS
from viewer_api.rendering.modality import MODALITY_TAGS
from viewer_api.rendering.native import decode_native
from viewer_api.rendering.octets import to_octets
from viewer_api.rendering.pixel_format import FORMAT_TAGS, ONLY_OF_VIDEO, PixelFormat, read_pixel_format
from viewer_api.rendering.reduced import WAVELET_SYNTAXES, decode_reduced
from viewer_api.rendering.segments import SEGMENT_TAGS
from viewer_api.rendering.video import VIDEO_SYNTAXES, decode_video
from viewer_api.rendering.voi import VOI_TAGS

_PADDING_TAGS = (0x00280120, 0x00280121, 0x00280122, 0x00280123, 0x00280124, 0x00280125)
_DOSE_GRID_SCALING = 0x3004000E
_OTHER_TAGS = (0x00080005, 0x00080016, 0x00089205, 0x20500020, _DOSE_GRID_SCALING)
_TAGS = (
    *FORMAT_TAGS,
    *MODALITY_TAGS,
    *VOI_TAGS,
    *PALETTE_TAGS,
    *SPACING_TAGS,
    *GROUP_TAGS,
    *OFFSET_TAGS,
    *PROFILE_TAGS,
    *SEGMENT_TAGS,
    *_PADDING_TAGS,
    *_OTHER_TAGS,
)


@dataclass(frozen=True, eq=False)
class StoredImage:
    """The header of an image as far as rendering needs it, and where its frames lie; equal only to itself."""

    header: Dataset
    transfer_syntax: UID
    format: PixelFormat
    element: PixelElement
    fragments: tuple[tuple[Piece, ...], ...] | None

    @property
    def little_endian(self) -> bool:
        """Say whether native samples and tables are in little endian."""
        return bool(self.transfer_syntax.is_little_endian)


def read_image(source: BinaryIO) -> StoredImage:
    """Read what a Part 10 file says of its image.

    Raises:
        Malformed: not a Part 10 file that can be parsed.
        CannotRender: no pixel data, or not an image this node can show.
    """
    part10 = open_part10(source)
    header = part10.read_header(_TAGS)
    element = find_pixel_element(part10)
    if element is None:
        raise CannotRender("the object has no pixel data, or its header is truncated")
    format_ = read_pixel_format(header, floating=FLOATING[element.tag])
    if (element.length is None) != part10.transfer_syntax.is_encapsulated:
        raise CannotRender("the pixel data is not stored as the transfer syntax says")
    video = part10.transfer_syntax in VIDEO_SYNTAXES
    if format_.photometric == ONLY_OF_VIDEO and not video:
        raise CannotRender("the photometric interpretation is one of video only")
    fragments = None
    if element.length is None:
        table, pieces = walk_fragments(part10.stream, element)
        fragments = group_fragments(part10.stream, table, pieces, header, 1 if video else format_.frames)
    return StoredImage(header, part10.transfer_syntax, format_, element, fragments)


def compressed_frame(source: BinaryIO, image: StoredImage, index: int) -> bytes:
    """Return the compressed bytes of a frame counted from 0.

    Raises:
        NotFound: there is no such frame.
        CannotRender: the image is not compressed.
    """
    check_index(image, index)
    if image.fragments is None:
        raise CannotRender("the image is not compressed")
    if image.transfer_syntax in VIDEO_SYNTAXES:
        raise CannotRender("a video is one stream: it has no compressed frames of their own")
    return read_pieces(source, image.fragments[index])


def read_frame(source: BinaryIO, image: StoredImage, index: int) -> Frame:
    """Decode a frame counted from 0, without reading the others.

    Raises:
        NotFound: there is no such frame.
        CannotRender: the frame is truncated or damaged, or there is no decoder for it.
    """
    check_index(image, index)
    if image.fragments is not None and image.transfer_syntax in VIDEO_SYNTAXES:
        return decode_video(read_pieces(source, image.fragments[0]), image.format, index)
    if image.fragments is not None:
        return decode_encapsulated(compressed_frame(source, image, index), image.format, image.transfer_syntax)
    raw, first_bit = _native_bytes(source, image, index)
    return decode_native(raw, first_bit, image.format, little_endian=image.little_endian)


def read_small(source: BinaryIO, image: StoredImage, index: int, size: tuple[int, int]) -> Frame | None:
    """Return a frame decoded at a fraction of its size that is still at least `size`, where the codec can do that."""
    check_index(image, index)
    if image.fragments is None or image.transfer_syntax not in WAVELET_SYNTAXES:
        return None
    return decode_reduced(compressed_frame(source, image, index), image.format, size)


def read_octets(source: BinaryIO, image: StoredImage, index: int) -> bytes:
    """Return a frame counted from 0 as native Pixel Data in little endian would hold it; errors as `read_frame`."""
    check_index(image, index)
    if image.fragments is None and image.format.allocated > 1 and (image.little_endian or image.format.allocated == 8):
        return _native_bytes(source, image, index)[0]
    return to_octets(read_frame(source, image, index), image.format)


def stored_pieces(image: StoredImage, index: int, *, octets: bool) -> tuple[Piece, ...] | None:
    """Return where the octets of a frame counted from 0 lie in the file, or with `octets` False its compressed bytes.

    None is said where they lie there in another form, so that they must be made.

    Raises:
        NotFound: there is no such frame.
        CannotRender: the pixel data ends before the frame does.
    """
    check_index(image, index)
    if image.fragments is not None:
        return None if octets or image.transfer_syntax in VIDEO_SYNTAXES else image.fragments[index]
    if not octets or image.format.allocated == 1 or not is_in_octets(image):
        return None
    size = image.format.frame_bits // 8
    if image.element.length is None or (index + 1) * size > image.element.length:
        raise CannotRender("the pixel data ends before this frame")
    return ((image.element.offset + index * size, size),)


def is_in_octets(image: StoredImage) -> bool:
    """Say whether samples lie in the file as octets are sent: not compressed, deflated or swapped."""
    ordered = image.little_endian or (image.format.allocated == 8 and not image.element.swapped)
    return image.fragments is None and ordered and not image.transfer_syntax.is_deflated


def check_index(image: StoredImage, index: int) -> None:
    """Refuse a frame that does not exist.

    Raises:
        NotFound: the image has fewer frames.
    """
    if not 0 <= index < image.format.frames:
        raise NotFound("the instance has no such frame")


def _native_bytes(source: BinaryIO, image: StoredImage, index: int) -> tuple[bytes, int]:
    if not image.transfer_syntax.is_deflated:
        return native_frame(source, image.element, image.format, index)
    with open_part10(source).stream as inflated:
        return native_frame(inflated, image.element, image.format, index)
