"""Try whether the frames of an image decode, and say what tells its pixels apart, without handing any of them out."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import BinaryIO

from viewer_api.part10 import open_part10
from viewer_api.rendering.image import StoredImage, read_frame

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Trial:
    """How many frames there are, and a digest of the pixel data as it is stored."""

    frames: int
    digest: str

    @classmethod
    def from_bytes(cls, answer: bytes) -> "Trial":
        """Return the outcome that `try_frames` wrote."""
        told = json.loads(answer)
        return cls(int(told["frames"]), str(told["digest"]))


def try_frames(source: BinaryIO, image: StoredImage, most: int) -> bytes:
    """Decode every frame, of more than `most` the first, a middle and the last; return a `Trial` as bytes.

    Raises:
        CannotRender: one of them does not decode.
    """
    for index in _tried(image.format.frames, most):
        read_frame(source, image, index)
    return json.dumps(asdict(Trial(image.format.frames, _digest(source, image)))).encode()


def _tried(frames: int, most: int) -> list[int]:
    return sorted({0, frames // 2, frames - 1}) if frames > most else list(range(frames))


def _digest(source: BinaryIO, image: StoredImage) -> str:
    stream = open_part10(source).stream  # inflated, where the offset is one of the inflated data set
    stream.seek(image.element.offset)
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()[:24]
