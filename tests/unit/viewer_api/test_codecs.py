"""Every transfer syntax that can be written here decodes to exactly the samples that were stored."""

import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Never

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread, dcmwrite
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from config.errors import NotFound
from tests.in_a_child import in_a_child
from viewer_api.errors import CannotRender
from viewer_api.rendering.codecs import CODECS
from viewer_api.rendering.codestream import codestream_size
from viewer_api.rendering.image import compressed_frame, read_frame, read_image, read_octets

Make = Callable[..., bytes]

UNCOMPRESSED = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
LOSSLESS = (RLELossless, JPEGLSLossless, JPEG2000Lossless)


def _samples(kind: str) -> tuple[np.ndarray, dict]:
    smooth = np.add.outer(np.arange(33), np.arange(44)) * 7
    noise = np.random.default_rng(3).integers(0, 40, (2, 33, 44))
    grey = smooth + noise
    if kind == "u8":
        return (grey % 256).astype(np.uint8), {}
    if kind == "u12":
        return grey.astype(np.uint16), {"BitsStored": 12, "HighBit": 11}
    if kind == "i16":
        return (grey * 30 - 8000).astype(np.int16), {}
    return np.stack([grey[0] % 256, grey[1] % 256, 255 - grey[0] % 256], axis=-1).astype(np.uint8), {}


KINDS = ("u8", "u12", "i16", "rgb")


def _stored_in(make_image: Make, kind: str, syntax: str) -> bytes:
    array, elements = _samples(kind)
    plain = make_image(array, **elements)
    if syntax == ExplicitVRLittleEndian:
        return plain
    image = dcmread(BytesIO(plain))
    target = BytesIO()
    if syntax in UNCOMPRESSED:
        order = "<" if syntax != ExplicitVRBigEndian else ">"
        image.PixelData = array.astype(array.dtype.newbyteorder(order)).tobytes()
        image.file_meta.TransferSyntaxUID = syntax
        whole = {"implicit_vr": syntax == ImplicitVRLittleEndian, "little_endian": order == "<"}
        dcmwrite(target, image, enforce_file_format=True, **whole)
    else:
        image.compress(syntax, generate_instance_uid=False)
        dcmwrite(target, image, enforce_file_format=True)
    return target.getvalue()


@pytest.mark.parametrize("syntax", [*UNCOMPRESSED, *LOSSLESS])
@pytest.mark.parametrize("kind", KINDS)
def test_frames_decode_exactly_one_by_one(make_image: Make, kind: str, syntax: str) -> None:
    array, _ = _samples(kind)
    source = BytesIO(_stored_in(make_image, kind, syntax))
    image = read_image(source)
    frames = [array] if kind == "rgb" else list(array)
    for index in reversed(range(len(frames))):
        decoded = read_frame(source, image, index)
        assert np.array_equal(decoded.pixels, frames[index])
        assert decoded.photometric == image.format.photometric if kind != "rgb" else decoded.photometric == "RGB"


@pytest.mark.parametrize("syntax", [*UNCOMPRESSED, *LOSSLESS])
@pytest.mark.parametrize("kind", KINDS)
def test_octets_are_the_samples_in_little_endian(make_image: Make, kind: str, syntax: str) -> None:
    array, _ = _samples(kind)
    source = BytesIO(_stored_in(make_image, kind, syntax))
    image = read_image(source)
    frame = array if kind == "rgb" else array[0]
    if image.format.planar == 1:
        frame = np.moveaxis(frame, 2, 0)
    assert read_octets(source, image, 0) == frame.astype(frame.dtype.newbyteorder("<")).tobytes()


def test_colour_by_plane_is_shown_like_colour_by_pixel(make_image: Make, render: Callable[..., np.ndarray]) -> None:
    array, _ = _samples("rgb")
    planes = np.ascontiguousarray(np.moveaxis(array, 2, 0)).tobytes()
    assert np.array_equal(render(make_image(array, PlanarConfiguration=1, raw=planes)), array)


def test_jpeg_baseline_is_close_to_what_was_encoded(make_image: Make) -> None:
    array = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    target = BytesIO()
    Image.fromarray(array).save(target, "JPEG", quality=95)
    source = BytesIO(make_image(array, syntax=JPEGBaseline8Bit, frames=[target.getvalue()]))
    decoded = read_frame(source, read_image(source), 0).pixels
    assert np.abs(decoded.astype(int) - array).max() <= 2


@pytest.mark.parametrize("option", ["+el", "+e1", "+ee"])
def test_dcmtk_s_jpeg_processes(
    make_image: Make, foreign_program: Callable[[str], str], tmp_path: Path, option: str
) -> None:
    array, elements = _samples("u12")
    (tmp_path / "plain.dcm").write_bytes(make_image(array[0], **elements))
    target = tmp_path / "jpeg.dcm"
    subprocess.run([foreign_program("dcmcjpeg"), option, tmp_path / "plain.dcm", target], check=True)
    with target.open("rb") as source:
        image = read_image(source)
        decoded = read_frame(source, image, 0).pixels
    bound = 0 if option != "+ee" else 32
    assert np.abs(decoded.astype(int) - array[0]).max() <= bound
    if option == "+ee":
        assert image.transfer_syntax == JPEGExtended12Bit
        subprocess.run([foreign_program("dcmdjpeg"), target, tmp_path / "back.dcm"], check=True)
        assert np.array_equal(dcmread(tmp_path / "back.dcm").pixel_array, decoded)


def _frames(make_image: Make) -> tuple[np.ndarray, list[bytes]]:
    array, _ = _samples("i16")
    source = BytesIO(_stored_in(make_image, "i16", JPEGLSLossless))
    image = read_image(source)
    return array, [compressed_frame(source, image, index) for index in range(2)]


def _rewrap(make_image: Make, array: np.ndarray, value: bytes, **elements: object) -> BytesIO:
    image = dcmread(BytesIO(make_image(array, syntax=JPEGLSLossless, frames=[b"\0\0"], **elements)))
    image.PixelData = value
    image["PixelData"].is_undefined_length = True
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    return target


@pytest.mark.parametrize("fragments", [1, 3])
@pytest.mark.parametrize("table", [True, False])
def test_frames_are_found_however_they_are_fragmented(make_image: Make, fragments: int, table: bool) -> None:
    array, frames = _frames(make_image)
    source = _rewrap(make_image, array, encapsulate(frames, fragments_per_frame=fragments, has_bot=table))
    image = read_image(source)
    for index in range(2):
        assert np.array_equal(read_frame(source, image, index).pixels, array[index])


def test_frames_are_found_by_the_extended_offset_table(make_image: Make) -> None:
    array, frames = _frames(make_image)
    value, offsets, lengths = encapsulate_extended(frames)
    source = _rewrap(make_image, array, value, ExtendedOffsetTable=offsets, ExtendedOffsetTableLengths=lengths)
    assert np.array_equal(read_frame(source, read_image(source), 1).pixels, array[1])


def test_fewer_frames_than_announced_are_refused(make_image: Make) -> None:
    array, frames = _frames(make_image)
    with pytest.raises(CannotRender, match="fewer frames"):
        read_image(_rewrap(make_image, array, encapsulate(frames), NumberOfFrames=3))


def test_truncated_fragments_are_refused(make_image: Make) -> None:
    whole = _stored_in(make_image, "i16", JPEGLSLossless)
    with pytest.raises(CannotRender, match="truncated"):
        read_image(BytesIO(whole[:-500]))


def _reasons(files: list[bytes]) -> list[str]:
    """Return why each file is refused, empty where it is not."""
    reasons = []
    for source in map(BytesIO, files):
        try:
            read_frame(source, read_image(source), 0)
        except CannotRender as error:
            reasons.append(str(error))
        else:
            reasons.append("")
    return reasons


def test_a_damaged_frame_is_refused_and_never_shown(make_image: Make) -> None:
    array, elements = _samples("u12")
    frames = [b"\xff\xd8 no codec reads this \xff\xd9"]
    files = [make_image(array[0], syntax=syntax, frames=frames, **elements) for syntax in LOSSLESS]
    assert all("damaged" in reason for reason in in_a_child(_reasons, files))


def test_a_codestream_of_another_size_is_refused_before_it_is_decoded(make_image: Make) -> None:
    array, frames = _frames(make_image)
    source = _rewrap(make_image, array[:, :30], encapsulate(frames))
    with pytest.raises(CannotRender, match="another size"):
        read_frame(source, read_image(source), 0)


def test_a_syntax_without_a_codec_is_refused_with_that_reason(make_image: Make) -> None:
    array, _ = _samples("u8")
    source = BytesIO(make_image(array[0], syntax="1.2.840.10008.1.2.4.94", frames=[b"\0\0"]))
    with pytest.raises(CannotRender, match="no decoder"):
        read_frame(source, read_image(source), 0)


def test_a_frame_beyond_the_last_is_not_found(make_image: Make) -> None:
    source = BytesIO(make_image(np.zeros((2, 2), np.uint8)))
    for index in (-1, 1):
        with pytest.raises(NotFound):
            read_frame(source, read_image(source), index)


def _encoded(array: np.ndarray, syntax: str, bits: int) -> bytes:
    unsigned = array.view(f"u{array.dtype.itemsize}")
    if syntax in (JPEGLossless, JPEGLosslessSV1):
        return imagecodecs.jpeg8_encode(unsigned, lossless=True, bitspersample=bits, predictor=1)
    if syntax in (JPEGLSLossless, JPEGLSNearLossless):
        return imagecodecs.jpegls_encode(unsigned)
    if syntax in (JPEG2000Lossless, JPEG2000):
        return imagecodecs.jpeg2k_encode(array, codecformat="J2K", reversible=True, mct=array.ndim == 3)
    if syntax in (HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K):
        return imagecodecs.htj2k_encode(array, reversible=True)
    return imagecodecs.jpegxl_encode(unsigned, lossless=True)


_ENCODABLE = [syntax for syntax in CODECS if syntax not in (RLELossless, JPEGBaseline8Bit, JPEGExtended12Bit)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("syntax", _ENCODABLE)
def test_every_codec_of_the_table_decodes_exactly(make_image: Make, kind: str, syntax: str) -> None:
    samples, elements = _samples(kind)
    array = samples if kind == "rgb" else samples[0]
    frame = _encoded(array, syntax, 12 if kind == "u12" else array.dtype.itemsize * 8)
    described = read_image(BytesIO(make_image(array, syntax=syntax, frames=[frame], **elements))).format
    for codec in CODECS[syntax]:
        pixels, photometric = codec(frame, described, syntax)
        assert (pixels.dtype, photometric) == (array.dtype, described.photometric)
        assert np.array_equal(pixels, array)


def test_the_next_codec_is_tried_when_one_fails(make_image: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Never:
        raise RuntimeError("this codec cannot")

    array = _samples("u12")[0][0]
    source = BytesIO(make_image(array, syntax=JPEGLSLossless, frames=[imagecodecs.jpegls_encode(array)], BitsStored=12))
    monkeypatch.setitem(CODECS, JPEGLSLossless, (fail, *CODECS[JPEGLSLossless][1:]))
    assert np.array_equal(read_frame(source, read_image(source), 0).pixels, array)


@pytest.mark.parametrize("shape", [(8, 8), (1, 300), (64, 96), (2000, 3), (96, 128), (240, 320)])
@pytest.mark.parametrize("boxed", [False, True])
def test_the_size_of_a_jpeg_xl_is_read_before_it_is_decoded(shape: tuple[int, int], boxed: bool) -> None:
    frame = imagecodecs.jpegxl_encode(np.zeros(shape, np.uint8), usecontainer=boxed)
    assert codestream_size(frame) == (*shape, 0)


@pytest.mark.parametrize(("transform", "stored"), [(0, "RGB"), (1, "YBR_FULL")])
@pytest.mark.parametrize("header", ["RGB", "YBR_FULL_422"])
def test_an_adobe_marker_tells_the_colours_of_a_jpeg(
    make_image: Make, render: Callable[..., np.ndarray], transform: int, stored: str, header: str
) -> None:
    array = np.full((16, 16, 3), (200, 60, 30), np.uint8)
    space = "RGB" if stored == "RGB" else "YCBCR"
    jpeg = imagecodecs.jpeg8_encode(array, level=100, colorspace="RGB", outcolorspace=space, subsampling="444")
    marker = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])
    bare = jpeg[:2] + marker + jpeg[2:]
    elements = {"PhotometricInterpretation": header}
    picture = render(make_image(array, syntax=JPEGBaseline8Bit, frames=[bare], **elements))
    assert np.abs(picture.astype(int) - array).max() <= 3
