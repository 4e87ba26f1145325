"""Which modality, VOI, polarity and padding a frame says for itself (PS3.3 C.7.5.1.1.2, C.11.1, C.11.2, C.11.6)."""

from functools import lru_cache
from typing import Any

from pydicom import uid

from viewer_api.rendering.grey import GreyRules
from viewer_api.rendering.image import StoredImage
from viewer_api.rendering.modality import Modality, read_modality
from viewer_api.rendering.numbers import decimal
from viewer_api.rendering.voi import Window, read_voi

_BINARY = Window(0.5, 1.0, "LINEAR_EXACT")


@lru_cache(maxsize=128)
def read_grey_rules(image: StoredImage, index: int) -> GreyRules:
    """Read how the stored values of a frame counted from 0 become grey; once for who changes windows over and over.

    Raises:
        CannotRender: a transformation that would make the picture meaningless.
    """
    header, format_ = image.header, image.format
    modality = read_modality(header, index, signed=format_.signed, little_endian=image.little_endian)
    if modality == Modality() and header.get("SOPClassUID") == uid.RTDoseStorage:
        modality = Modality(slope=decimal(header.get("DoseGridScaling")) or 1.0)
    negative = modality.table is None and (format_.signed or modality.intercept < 0)
    voi = read_voi(header, index, signed=negative, little_endian=image.little_endian)
    shape = str(header.get("PresentationLUTShape") or "").strip()
    return GreyRules(
        modality=modality,
        voi=voi or ((_BINARY,) if format_.stored == 1 else ()),
        inverse=format_.photometric == "MONOCHROME1" or shape == "INVERSE",
        padding=_read_padding(image),
    )


def _read_padding(image: StoredImage) -> tuple[float, float] | None:
    """Return the range of stored values that mean nothing."""
    header, format_ = image.header, image.format
    value = decimal(_first_of(header, "FloatPixelPaddingValue", "DoubleFloatPixelPaddingValue", "PixelPaddingValue"))
    if value is None:
        return None
    limits = ("FloatPixelPaddingRangeLimit", "DoubleFloatPixelPaddingRangeLimit", "PixelPaddingRangeLimit")
    limit = decimal(_first_of(header, *limits))
    ends = [_in_range(end, format_.stored, format_.signed) for end in (value, value if limit is None else limit)]
    return min(ends), max(ends)


def _in_range(value: float, stored: int, signed: bool) -> float:
    """Correct a padding value that was written with the other sign than the pixels have."""
    if signed and value >= 1 << (stored - 1):
        return value - (1 << stored)
    if not signed and value < 0:
        return value + (1 << stored)
    return value


def _first_of(header: Any, *keywords: str) -> Any:
    return next((header[keyword].value for keyword in keywords if keyword in header), None)
