"""An icon is never taken over: it is made anew from the pixels that are published, or it goes."""

from dataclasses import replace

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit

from anonymizer import compare, parse_profile

OLD = b"Voegelein" * 8


def with_icon(ds: Dataset, values: np.ndarray, **elements: object) -> Dataset:
    """Give an image these pixels, and an icon that somebody is named in."""
    icon = Dataset()
    icon.Rows = icon.Columns = 8
    icon.SamplesPerPixel, icon.PhotometricInterpretation = 1, "MONOCHROME2"
    icon.BitsAllocated = icon.BitsStored = 8
    icon.HighBit, icon.PixelRepresentation, icon.PixelData = 7, 0, OLD[:64]
    ds.IconImageSequence = [icon]
    bits = values.dtype.itemsize * 8
    ds.Rows, ds.Columns = values.shape[:2]
    ds.BitsAllocated = ds.BitsStored = bits
    ds.HighBit, ds.PixelRepresentation = bits - 1, int(values.dtype.kind == "i")
    ds.PixelData = values.tobytes()
    ds["PixelData"].VR = "OW"
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def shown(ds: Dataset) -> np.ndarray:
    (icon,) = ds.IconImageSequence
    return np.frombuffer(icon.PixelData, np.uint8).reshape(icon.Rows, icon.Columns)


def test_the_new_icon_is_the_published_picture_by_its_window(clean, image, as_bytes, context):
    values = np.zeros((256, 128), np.int16)
    values[:128] = 40
    values[0, 0] = 3000
    ds = with_icon(image, values, WindowCenter="20", WindowWidth="80", RescaleSlope="1", RescaleIntercept="0")
    result = clean(ds)
    assert OLD[:9] not in result.data
    found = shown(result.ds)
    assert found.shape == (64, 32)
    assert found[0, 0] == 255 and set(found[1:32].flat) == {191} and set(found[32:].flat) == {64}
    from io import BytesIO

    comparison = compare(BytesIO(as_bytes(ds)), BytesIO(result.data), context)
    assert comparison.findings == ()
    traced = {each.path: (each.rule, each.outcome) for each in comparison.trace}
    assert traced["(0088,0200)"] == ("icon-rebuilt", "kept")


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_native_syntaxes_have_the_same_icon(clean, image, as_bytes, syntax):
    values = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
    ds = with_icon(image, values if syntax != ExplicitVRBigEndian else values.byteswap())
    ds.file_meta.TransferSyntaxUID = syntax
    found = shown(clean(as_bytes(ds)).ds)
    assert np.array_equal(found, np.round(255 * (values / values.max())).astype(np.uint8))


def test_colours_become_grey(clean, image):
    values = np.zeros((4, 4, 3), np.uint8)
    values[:, 2:, 0] = 255
    colours = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    assert shown(clean(with_icon(image, values, **colours)).ds).tolist() == [[0, 0, 76, 76]] * 4


@pytest.mark.parametrize("why", ["vouched", "compressed", "palette", "overridden", "too-few-pixels"])
def test_where_none_is_made_none_stays(clean, image, context, why):
    ds = with_icon(image, np.ones((8, 8), np.uint8))
    if why == "vouched":
        context = replace(context, vouched=True)
    elif why == "compressed":
        ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
        from pydicom.encaps import encapsulate

        ds.PixelData = encapsulate([b"\xff\xd8\xff\xda\0\2scan\xff\xd9"])
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    elif why == "palette":
        ds.PhotometricInterpretation = "PALETTE COLOR"
    elif why == "overridden":
        text = 'title = "x"\nbase = "second-read"\n[overrides]\n00880200 = "X"'
        context = replace(context, profile=replace(parse_profile("x", text), overrides=((0x00880200, "X"),)))
    else:
        ds.PixelData = bytes(10)
    assert "IconImageSequence" not in clean(ds, context).ds


def test_an_image_without_an_icon_gets_none(clean, image):
    assert "IconImageSequence" not in clean(image).ds
