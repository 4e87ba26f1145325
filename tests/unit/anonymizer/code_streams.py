"""Make code streams and segments of them, and put them into an image of 48 x 64 grey pixels."""

import imagecodecs
import numpy as np
from pydicom import Dataset
from pydicom.encaps import encapsulate

NOTE = b"Voegelein^Hildegard "
VALUES = np.random.default_rng(3).integers(0, 200, (48, 64)).astype(np.uint8)
JPEG = imagecodecs.jpeg8_encode(VALUES, level=90)
JPEG_2000 = imagecodecs.jpeg2k_encode(VALUES, codecformat="j2k", reversible=True)


def segment(marker: int, body: bytes) -> bytes:
    return marker.to_bytes(2, "big") + (len(body) + 2).to_bytes(2, "big") + body


def behind_the_start(frame: bytes, more: bytes) -> bytes:
    """Return a frame with more behind its start, in JPEG 2000 behind its first segment."""
    at = 2 if frame.startswith(b"\xff\xd8") else 4 + int.from_bytes(frame[4:6], "big")
    return frame[:at] + more + frame[at:]


def compressed(image: Dataset, frames: list[bytes], syntax: str) -> Dataset:
    """Give an image these frames."""
    image.file_meta.TransferSyntaxUID = syntax
    image.Rows, image.Columns, image.BitsAllocated, image.BitsStored, image.HighBit = 48, 64, 8, 8, 7
    image.NumberOfFrames = len(frames)
    image.PixelData = encapsulate(frames)
    image["PixelData"].VR = "OB"
    image["PixelData"].is_undefined_length = True
    return image
