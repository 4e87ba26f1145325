"""Pixels meant to harm: refused with a reason, at once, and never at the cost of the node (PS3.5 annex A)."""

import importlib
import os
import signal
import time
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from struct import pack

import imagecodecs
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from config.errors import Malformed, NotFound, SenderFault, TooLarge, Unavailable
from viewer_api.decoding.limits import Limits
from viewer_api.decoding.pool import DecodingPool
from viewer_api.errors import CannotRender
from viewer_api.rendering.image import read_octets
from viewer_api.rendering.preview import PreviewRequest, render_preview

Make = Callable[..., bytes]


@pytest.fixture(scope="module")
def pool() -> Iterator[DecodingPool]:
    folder = str(Path(__file__).parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", folder)
        patch.setenv("OVERREAD_SECRET", "planted")
        pool = DecodingPool(1)
        yield pool
        pool.close()


@pytest.fixture
def refuse(pool: DecodingPool) -> Callable[[bytes], SenderFault]:
    """Return what renders hostile bytes in the pool, checks that it still serves, and returns the refusal."""

    def refuse(part10: bytes) -> SenderFault:
        with pytest.raises(SenderFault) as refusal:
            pool.run(render_preview, str(hash(part10)), BytesIO(part10), 0, PreviewRequest())
        return refusal.value

    return refuse


def _sized(part10: bytes, **elements: int) -> bytes:
    """Return a file whose header claims something else than it did."""
    image = dcmread(BytesIO(part10))
    for keyword, value in elements.items():
        setattr(image, keyword, value)
    target = BytesIO()
    image.save_as(target)
    return target.getvalue()


def _jpeg_2000(rows: int, columns: int) -> bytes:
    """Return a codestream of 16 x 16 whose SIZ claims another size."""
    stream = bytearray(imagecodecs.jpeg2k_encode(np.zeros((16, 16), np.uint8), codecformat="J2K", reversible=True))
    stream[8:16] = stream[24:32] = pack(">LL", columns, rows)
    return bytes(stream)


SIXTEEN = np.zeros((16, 16), np.uint8)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, RLELossless])
def test_a_huge_size_claimed_in_few_bytes_is_refused(make_image: Make, refuse: Callable, syntax: str) -> None:
    frame = _jpeg_2000(65535, 65535) if syntax == JPEG2000Lossless else b"\xff\xd8" + b"\0" * 254
    hostile = make_image(SIXTEEN, syntax=syntax, frames=[frame], Rows=65535, Columns=65535)
    assert isinstance(refuse(hostile), CannotRender)


def test_a_huge_uncompressed_size_in_few_bytes_is_refused(make_image: Make, refuse: Callable) -> None:
    assert "larger" in str(refuse(make_image(SIXTEEN, Rows=65535, Columns=65535)))
    assert "before this frame" in str(refuse(make_image(SIXTEEN, Rows=8000, Columns=8000)))


def test_a_jpeg_2000_bomb_below_the_size_limit_is_refused(make_image: Make, refuse: Callable) -> None:
    hostile = make_image(SIXTEEN, syntax=JPEG2000Lossless, frames=[_jpeg_2000(9000, 9000)], Rows=9000, Columns=9000)
    assert "can hold" in str(refuse(hostile))


def test_a_jpeg_2000_of_countless_tiles_is_refused(make_image: Make, refuse: Callable) -> None:
    stream = bytearray(_jpeg_2000(2000, 2000))
    stream[24:32] = pack(">LL", 1, 1)
    hostile = make_image(SIXTEEN, syntax=JPEG2000Lossless, frames=[bytes(stream)], Rows=2000, Columns=2000)
    assert "tiles" in str(refuse(hostile))


@pytest.mark.parametrize("frames", [2, 1000, 1 << 20, 2**31 - 1])
def test_a_frame_count_that_lies_is_refused(make_image: Make, refuse: Callable, frames: int) -> None:
    compressed = imagecodecs.jpegls_encode(SIXTEEN)
    hostile = make_image(SIXTEEN, syntax=JPEGLSLossless, frames=[compressed], NumberOfFrames=frames)
    assert "frames" in str(refuse(hostile))


def test_the_last_of_lying_uncompressed_frames_is_refused(make_image: Make, pool: DecodingPool) -> None:
    hostile = BytesIO(make_image(SIXTEEN, NumberOfFrames=1 << 20))
    assert pool.run(render_preview, "lying", hostile, 0, PreviewRequest())
    for index in (1, (1 << 20) - 1):
        with pytest.raises(CannotRender, match="before this frame"):
            pool.run(render_preview, "lying", hostile, index, PreviewRequest())


@pytest.mark.parametrize("kept", [2, 60, 1000])
@pytest.mark.parametrize("syntax", ["jpeg", "jls", "j2k", "rle"])
def test_a_truncated_stream_is_refused_or_said_to_be_damaged(
    make_image: Make, refuse: Callable, syntax: str, kept: int
) -> None:
    noise = np.random.default_rng(1).integers(0, 4096, (64, 64), np.uint16)
    frame, uid = {
        "jpeg": (imagecodecs.jpeg8_encode(noise, lossless=True, bitspersample=12), JPEGLosslessSV1),
        "jls": (imagecodecs.jpegls_encode(noise), JPEGLSLossless),
        "j2k": (imagecodecs.jpeg2k_encode(noise, codecformat="J2K", reversible=True), JPEG2000Lossless),
        "rle": (b"\x02\0\0\0\x40\0\0\0\x60\0\0\0" + bytes(52) + b"\x81\0" * 2000, RLELossless),
    }[syntax]
    elements = {"BitsStored": 12, "HighBit": 11}
    assert refuse(make_image(noise, syntax=uid, frames=[frame[:kept]], **elements))


def _deflated(data_set: bytes) -> bytes:
    meta = b"\x02\x00\x10\x00UI" + pack("<H", 22) + DeflatedExplicitVRLittleEndian.encode()
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return b"\0" * 128 + b"DICM" + meta + deflate.compress(data_set) + deflate.flush()


def test_a_deflate_bomb_before_the_pixels_is_refused(refuse: Callable) -> None:
    zeros = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = b"\x09\x00\x10\x10OB\0\0" + pack("<L", 1 << 31)
    body = zeros.compress(head) + b"".join(zeros.compress(b"\0" * (1 << 20)) for _ in range(80)) + zeros.flush()
    meta = b"\x02\x00\x10\x00UI" + pack("<H", 22) + DeflatedExplicitVRLittleEndian.encode()
    bomb = b"\0" * 128 + b"DICM" + meta + body
    assert len(bomb) < 1 << 20
    assert isinstance(refuse(bomb), TooLarge | Malformed | CannotRender)


def test_a_deflate_bomb_of_pixels_is_refused(make_image: Make, refuse: Callable) -> None:
    plain = make_image(SIXTEEN, raw=b"\0" * 81_000_000, Rows=9000, Columns=9000)
    data_set = plain[plain.index(b"\x08\x00\x16\x00UI") :]
    bomb = _deflated(data_set)
    assert len(bomb) < 1 << 20
    assert isinstance(refuse(bomb), TooLarge)


def test_an_honest_deflated_image_is_shown(make_image: Make, pool: DecodingPool) -> None:
    plain = make_image(np.arange(256, dtype=np.uint8).reshape(16, 16))
    deflated = _deflated(plain[plain.index(b"\x08\x00\x16\x00UI") :])
    octets = pool.run(read_octets, "honest", BytesIO(deflated), 0)
    assert octets == bytes(range(256))


def test_refusals_come_within_a_second_of_processor_time(make_image: Make, pool: DecodingPool) -> None:
    limits = Limits()
    assert limits.time_to_parse(256) < 1
    assert limits.time_to_work(512 * 512) < 1


@pytest.fixture
def run(pool: DecodingPool, make_image: Make) -> Callable[[str], bytes]:
    """Return what runs a function of `harmful_works.py` on a plain image in the pool."""
    part10 = make_image(SIXTEEN)
    works = importlib.import_module("harmful_works")
    return lambda work: pool.run(getattr(works, work), "plain", BytesIO(part10))


@pytest.mark.parametrize(
    ("work", "error", "reason"),
    [
        ("spin", CannotRender, "longer to decode"),
        ("crash", CannotRender, "broke off"),
        ("devour", CannotRender, "memory"),
        ("stop", Unavailable, "from outside"),
    ],
)
def test_what_ends_a_process_is_told_and_the_next_order_is_served(
    run: Callable[[str], bytes], work: str, error: type[Exception], reason: str
) -> None:
    before = run("process_id")
    with pytest.raises(error, match=reason):
        run(work)
    after = run("process_id")
    assert (after == before) == (work == "devour")


def test_a_process_sees_none_of_the_node_s_settings_and_keeps_no_file_open(
    run: Callable[[str], bytes],
) -> None:
    assert b"planted" not in run("snoop")
    opened = run("open_files")
    assert run("open_files") == opened


def test_a_process_that_died_between_orders_is_replaced_unnoticed(
    run: Callable[[str], bytes],
) -> None:
    gone = int(run("process_id"))
    os.kill(gone, signal.SIGKILL)
    deadline = time.monotonic() + 180
    while Path(f"/proc/{gone}/stat").exists() and b") Z" not in Path(f"/proc/{gone}/stat").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert int(run("process_id")) != gone


def test_errors_come_back_as_what_they_are(make_image: Make, pool: DecodingPool) -> None:
    source = BytesIO(make_image(SIXTEEN))
    with pytest.raises(NotFound, match="no such frame"):
        pool.run(render_preview, "plain", source, 7, PreviewRequest())
    with pytest.raises(Malformed):
        pool.run(render_preview, "nothing", BytesIO(b"no Part 10"), 0, PreviewRequest())


def test_a_pool_without_a_free_process_says_so(make_image: Make) -> None:
    pool = DecodingPool(1, Limits(wait_for_process=0.01))
    taken = pool._take()
    with pytest.raises(Unavailable, match="busy"):
        pool.run(render_preview, "plain", BytesIO(make_image(SIXTEEN)), 0, PreviewRequest())
    pool._idle.put(taken)
    pool.close()
