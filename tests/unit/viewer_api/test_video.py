"""Video: a frame where PyAV is installed, a clear word where it is not (PS3.5 section 8.2.5)."""

from collections.abc import Callable
from fractions import Fraction
from importlib.util import find_spec
from io import BytesIO

import numpy as np
import pytest
from pydicom.uid import MPEG2MPML, MPEG4HP41

from viewer_api.errors import CannotRender
from viewer_api.rendering import video

Make = Callable[..., bytes]
Render = Callable[..., np.ndarray]

FRAMES = 6
GREYS = [np.full((64, 96, 3), 30 * number + 20, np.uint8) for number in range(FRAMES)]


def _stored(make_image: Make, stream: bytes, syntax: str = MPEG2MPML) -> bytes:
    elements = {"NumberOfFrames": FRAMES, "PhotometricInterpretation": "YBR_PARTIAL_420"}
    return make_image(GREYS[0], syntax=syntax, frames=[stream], **elements)


@pytest.mark.parametrize("syntax", [MPEG2MPML, MPEG4HP41])
def test_without_a_decoder_video_is_refused_with_that_reason(
    make_image: Make, render: Render, monkeypatch: pytest.MonkeyPatch, syntax: str
) -> None:
    monkeypatch.setattr(video, "is_video_decoded", lambda: False)
    with pytest.raises(CannotRender, match="no video"):
        render(_stored(make_image, b"\0\0\1\xb3" + bytes(60), syntax))


@pytest.mark.skipif(find_spec("av") is None, reason="PyAV is not installed")
def test_a_frame_of_a_video_is_found_by_its_number(make_image: Make, render: Render) -> None:
    image = _stored(make_image, _mpeg_2())
    for index in (0, 3, FRAMES - 1):
        assert np.abs(render(image, index).astype(int) - GREYS[index]).max() <= 6
    with pytest.raises(CannotRender, match="damaged"):
        render(_stored(make_image, b"no video" * 20))


def test_the_colour_space_of_video_is_refused_for_anything_else(make_image: Make, render: Render) -> None:
    with pytest.raises(CannotRender, match="video only"):
        render(make_image(GREYS[0], PhotometricInterpretation="YBR_PARTIAL_420"))


def _mpeg_2() -> bytes:
    import av

    target = BytesIO()
    with av.open(target, "w", format="mpeg2video") as container:
        stream = container.add_stream("mpeg2video", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for grey in GREYS:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode(None))
    return target.getvalue()
