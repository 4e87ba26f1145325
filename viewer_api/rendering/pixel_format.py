"""How the stored pixels are laid out: the Image Pixel module, checked (PS3.3 section C.7.6.3).

A combination that the standard does not define is refused here, so that no later step has to guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from viewer_api.errors import CannotRender

MAXIMUM_FRAME_BYTES = 1 << 30
MAXIMUM_FRAMES = 1 << 20

MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
SAMPLES_OF = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_PARTIAL_420": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
}
ONLY_OF_VIDEO = "YBR_PARTIAL_420"
ALLOCATED = (1, 8, 16, 32)

FORMAT_TAGS: Sequence[int] = (
    0x00280002,
    0x00280004,
    0x00280006,
    0x00280008,
    0x00280010,
    0x00280011,
    0x00280100,
    0x00280101,
    0x00280102,
    0x00280103,
)

_TAG_OF = {keyword_for_tag(tag): BaseTag(tag) for tag in FORMAT_TAGS}


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """The layout of one frame; `floating` is 0, or the bits of a float or double float sample."""

    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    planar: int
    allocated: int
    stored: int
    high_bit: int
    signed: bool
    floating: int = 0

    @property
    def monochrome(self) -> bool:
        """Say whether the grey-scale rules apply."""
        return self.photometric in MONOCHROME

    @property
    def subsampled(self) -> bool:
        """Say whether uncompressed samples share their colour between two neighbours (PS3.3 C.7.6.3.1.2)."""
        return self.photometric == "YBR_FULL_422"

    @property
    def frame_bits(self) -> int:
        """Return the bits of one uncompressed frame as stored natively."""
        samples = 2 if self.subsampled else self.samples
        return self.rows * self.columns * samples * self.allocated


def read_pixel_format(header: Dataset, *, floating: int) -> PixelFormat:
    """Read the layout from a header; `floating` says whether the pixels are in (Double) Float Pixel Data.

    Raises:
        CannotRender: an attribute is absent, contradictory, or beyond the limits of this node.
    """
    allocated = floating or _number(header, "BitsAllocated")
    stored = allocated if floating else _number(header, "BitsStored", allocated)
    format_ = PixelFormat(
        rows=_number(header, "Rows"),
        columns=_number(header, "Columns"),
        frames=_number(header, "NumberOfFrames", 1) or 1,
        samples=_number(header, "SamplesPerPixel", 1),
        photometric=str(_first(header.get("PhotometricInterpretation")) or "").strip().upper(),
        planar=_number(header, "PlanarConfiguration", 0),
        allocated=allocated,
        stored=stored,
        high_bit=stored - 1 if floating else _number(header, "HighBit", stored - 1),
        signed=bool(floating) or _number(header, "PixelRepresentation", 0) == 1,
        floating=floating,
    )
    _check(format_)
    return format_


def _check(format_: PixelFormat) -> None:
    if format_.photometric not in SAMPLES_OF:
        raise CannotRender("the photometric interpretation is absent or retired")
    if format_.samples != SAMPLES_OF[format_.photometric]:
        raise CannotRender("samples per pixel contradict the photometric interpretation")
    if format_.rows < 1 or format_.columns < 1:
        raise CannotRender("the image has no rows or no columns")
    if not 1 <= format_.frames <= MAXIMUM_FRAMES:
        raise CannotRender("the number of frames is not one this node accepts")
    if format_.frame_bits // 8 > MAXIMUM_FRAME_BYTES:
        raise CannotRender("one frame is larger than this node decodes")
    if format_.floating:
        if format_.photometric != "MONOCHROME2":
            raise CannotRender("float pixels must be MONOCHROME2")
        return
    if format_.allocated not in ALLOCATED:
        raise CannotRender(f"{format_.allocated} bits allocated are not rendered")
    if not (1 <= format_.stored <= format_.allocated and format_.stored - 1 <= format_.high_bit < format_.allocated):
        raise CannotRender("bits allocated, bits stored and high bit contradict each other")
    if format_.planar not in (0, 1):
        raise CannotRender("the planar configuration is neither 0 nor 1")


def _number(header: Dataset, keyword: str, default: int | None = None) -> int:
    plain = _unsigned_short(header, keyword)
    if plain is not None:
        return plain
    value = _first(header.get(keyword))
    if value in (None, ""):
        if default is None:
            raise CannotRender(f"{keyword} is absent")
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        raise CannotRender(f"{keyword} is not a number") from None


def _unsigned_short(header: Dataset, keyword: str) -> int | None:
    """Return a value of one US that nobody decoded yet, as most are here, without making an element of it."""
    raw = header.get_item(_TAG_OF[keyword]) if _TAG_OF[keyword] in header else None
    if isinstance(raw, RawDataElement) and raw.VR == "US" and raw.value is not None and raw.length == 2:
        return int.from_bytes(raw.value, "little" if raw.is_little_endian else "big")
    return None


def _first(value: Any) -> Any:
    """Return the first of several values: attributes of VM 1 that bear more are common and the first one counts."""
    return value[0] if isinstance(value, Sequence) and not isinstance(value, str) and value else value
