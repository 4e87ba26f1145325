"""An image that had an icon gets one of what is published, also where the pixels have to be decoded for it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit

from anonymizer import Context, NodeKey, compare, load_profile
from anonymizer.pixels import Box
from gateway.offline_file import Task, deidentify_files
from gateway.pixels.publishable import make_publishable
from gateway.scratch import pair_in

CONTEXT = Context(NodeKey(bytes(32)), "north", "OVR-7K3M-Q2XD-9TBA", "scope", load_profile("second-read"))
OLD = b"Planted " * 8
VALUES = np.zeros((128, 256), np.uint16)
VALUES[:64, :128], VALUES[:64, 128:] = 1040, 3000


@pytest.fixture
def with_icon(part10: Callable[..., bytes]) -> Callable[..., bytes]:
    """Return what makes an image with some frame and an icon that shows somebody else."""

    def make(frame: bytes, syntax: str, **elements: object) -> bytes:
        ds = dcmread(BytesIO(part10(1, Modality="CT", Rows=128, Columns=256, **elements)))
        icon = Dataset()
        icon.Rows = icon.Columns = 8
        icon.SamplesPerPixel, icon.PhotometricInterpretation, icon.PixelData = 1, "MONOCHROME2", OLD
        icon.BitsAllocated = icon.BitsStored = 8
        icon.HighBit, icon.PixelRepresentation = 7, 0
        ds.IconImageSequence = [icon]
        ds.file_meta.TransferSyntaxUID = syntax
        ds.PixelData = encapsulate([frame])
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
        buffer = BytesIO()
        ds.save_as(buffer, enforce_file_format=True)
        return buffer.getvalue()

    return make


def published(data: bytes, folder: Path, context: Context = CONTEXT, **how: object) -> Dataset:
    with BytesIO() as result:
        make_publishable(BytesIO(data), result, context, room=partial(pair_in, folder), **how)
        assert OLD not in result.getvalue()
        result.seek(0)
        assert not compare(BytesIO(data), result, context, pixels_cleaned="drawn" in how).findings
        result.seek(0)
        return dcmread(BytesIO(result.read()))


def shown(ds: Dataset) -> np.ndarray:
    (icon,) = ds.IconImageSequence
    return np.frombuffer(icon.PixelData, np.uint8).reshape(icon.Rows, icon.Columns)


GREY = {"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0, "SamplesPerPixel": 1}
WINDOW = {"WindowCenter": "20", "WindowWidth": "80", "RescaleSlope": "1", "RescaleIntercept": "-1000"}


@pytest.mark.parametrize("vouched", [False, True])
def test_the_icon_of_compressed_pixels_is_what_is_published_by_its_window(with_icon, tmp_path, vouched) -> None:
    frame = imagecodecs.jpeg2k_encode(VALUES, codecformat="j2k", reversible=True, bitspersample=12)
    data = with_icon(frame, JPEG2000Lossless, **GREY, **WINDOW)
    found = shown(published(data, tmp_path, replace(CONTEXT, vouched=vouched)))
    assert found.shape == (32, 64)
    assert (set(found[:16, :32].flat), set(found[:16, 32:].flat), set(found[16:].flat)) == ({191}, {255}, {0})
    source, target = tmp_path / "in.dcm", tmp_path / "out.dcm"
    source.write_bytes(data)
    task = Task(CONTEXT.key, CONTEXT.profile, tmp_path, to_file=target)
    assert [each["outcome"] for each in deidentify_files(task, [("in", source)])] == ["written"]
    assert np.array_equal(shown(dcmread(target)), found)


def test_what_a_person_blacked_is_black_in_the_icon(with_icon, tmp_path) -> None:
    frame = imagecodecs.jpeg8_encode(np.full((128, 256, 3), 200, np.uint8), level=95)
    colours = {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422", "PlanarConfiguration": 0}
    data = with_icon(frame, JPEGBaseline8Bit, **GREY | {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7} | colours)
    found = shown(published(data, tmp_path, drawn=(Box(0, 0, 128, 64),)))
    assert found[:14, :30].max() == 0 and found[18:, 34:].min() > 190


def test_where_nothing_can_be_decoded_there_is_no_icon(with_icon, tmp_path) -> None:
    frame = imagecodecs.jpeg2k_encode(VALUES, codecformat="j2k", reversible=True, bitspersample=12)
    at = frame.index(b"\xff\x52")
    damaged = frame[: at + 9] + b"\xff" + frame[at + 10 :]  # of as many levels as no picture has
    assert "IconImageSequence" not in published(with_icon(damaged, JPEG2000Lossless, **GREY, **WINDOW), tmp_path)
