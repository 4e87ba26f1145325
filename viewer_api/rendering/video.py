"""One frame of a video: MPEG-2, H.264, H.265 (PS3.5 sections 8.2.5 to 8.2.8).

Decoded by PyAV where whoever runs the node has installed it; it is no part of Overread, since its wheels hold x264 and
x265, which are under the GPL. The fragments of a video are one stream: a frame is found by decoding from the beginning.
"""

from importlib.util import find_spec
from io import BytesIO

import numpy as np
from pydicom import uid

from viewer_api.errors import CannotRender
from viewer_api.rendering.frame import Frame, frame_shape
from viewer_api.rendering.pixel_format import PixelFormat

VIDEO_SYNTAXES = frozenset(uid.MPEGTransferSyntaxes)


def is_video_decoded() -> bool:
    """Say whether frames of a video can be decoded here."""
    return find_spec("av") is not None


def decode_video(stream: bytes, format_: PixelFormat, index: int) -> Frame:
    """Decode a frame counted from 0 to RGB.

    Raises:
        CannotRender: no decoder is installed, or the stream is damaged, ends before the frame or is of another size.
    """
    if not is_video_decoded():
        raise CannotRender("this node decodes no video: its administrator has not installed PyAV (av)")
    import av

    try:
        with av.open(BytesIO(stream), mode="r") as container:
            decoded = next((frame for place, frame in enumerate(container.decode(video=0)) if place == index), None)
            pixels = None if decoded is None else np.asarray(decoded.to_ndarray(format="rgb24"))
    except (av.FFmpegError, ValueError, IndexError):
        raise CannotRender("the video is damaged: its decoder could not read it") from None
    if pixels is None:
        raise CannotRender("the video ends before this frame")
    if pixels.shape != frame_shape(format_):
        raise CannotRender("the video has another size than the header announces")
    return Frame(pixels, "RGB", format_.stored - 1)
