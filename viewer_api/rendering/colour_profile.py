"""Colours of a picture in sRGB, from the ICC profile that an image brings (PS3.3 section C.11.15, PS3.18 8.3.5.1.5).

An image without a profile, or with one that names itself sRGB, is left as it is. The intent is the one the standard's
viewers use, relative colorimetric with black point compensation.
"""

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from pydicom.dataset import Dataset

PROFILE_TAGS: Sequence[int] = (0x00282000, 0x00480105)
_LONGEST = 16 << 20


def to_srgb(pixels: NDArray[np.uint8], header: Dataset) -> NDArray[np.uint8]:
    """Return rows x columns x RGB in sRGB; a profile that cannot be read or is none of RGB changes nothing."""
    profile = read_profile(header)
    transform = None if profile is None else _transform(profile)
    if transform is None:
        return pixels
    return np.asarray(ImageCms.applyTransform(Image.fromarray(np.ascontiguousarray(pixels), "RGB"), transform))


def read_profile(header: Dataset) -> bytes | None:
    """Return the profile of an image, or of its first optical path (PS3.3 C.8.12.5)."""
    for source in (header, *(header.get("OpticalPathSequence") or [])[:1]):
        profile = source.get("ICCProfile")
        if isinstance(profile, bytes) and 128 < len(profile) <= _LONGEST:
            return profile
    return None


@lru_cache(maxsize=8)
def _transform(profile: bytes) -> ImageCms.ImageCmsTransform | None:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space != "RGB " or "sRGB" in (source.profile.profile_description or ""):
            return None
        return ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            "RGB",
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError):
        return None
