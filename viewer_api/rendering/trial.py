"""Try whether the frames of an image decode, and say what tells its pixels apart, without handing any of them out."""

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from typing import BinaryIO

from viewer_api.errors import UNREADABLE
from viewer_api.part10 import open_part10
from viewer_api.rendering.image import StoredImage, read_frame, read_image

_CHUNK = 1 << 20
_PLAIN_BYTES = 16 << 20
_FAILURES: tuple[type[Exception], ...] = (*UNREADABLE, ArithmeticError, MemoryError)


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


def try_plain(source: BinaryIO, most: int) -> Trial | None:
    """Do as `try_frames` where nothing has to be decoded and little is to be read; None for any other object.

    None is also the answer to what makes the library fail: it is tried again where it can harm nobody.

    Raises:
        Malformed: not a Part 10 file that can be parsed.
        CannotRender: a frame is not all there, or no image that this node can show.
    """
    syntax = open_part10(source).transfer_syntax
    if syntax.is_encapsulated or syntax.is_deflated or source.seek(0, io.SEEK_END) > _PLAIN_BYTES:
        return None
    try:
        return Trial.from_bytes(try_frames(source, read_image(source), most))
    except _FAILURES:
        return None


def _tried(frames: int, most: int) -> list[int]:
    return sorted({0, frames // 2, frames - 1}) if frames > most else list(range(frames))


def _digest(source: BinaryIO, image: StoredImage) -> str:
    stream = open_part10(source).stream  # inflated, where the offset is one of the inflated data set
    stream.seek(image.element.offset)
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()[:24]
