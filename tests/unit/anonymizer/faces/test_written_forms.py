"""The cut is written into every way in which pixels are stored, and outside it nothing changes."""

from io import BytesIO

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.pixels import pixel_array
from pydicom.uid import (
    EnhancedCTImageStorage,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from anonymizer import CannotDeidentify
from anonymizer.pixels.codecs import CODECS
from anonymizer.pixels.layout import PixelLayout
from tests.unit.anonymizer.faces.heads import Cut, cut_file, plan_of, saved

MIDDLE = 21  # a slice through the nose
COMPRESSED = (RLELossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless)


def raw(file: bytes) -> np.ndarray:
    return pixel_array(dcmread(BytesIO(file)), raw=True)


def signed(ds: Dataset, values: np.ndarray, padding: int | None = None) -> None:
    """Make an image signed, of 16 bits, with values in Hounsfield units."""
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 15, 1
    ds.RescaleIntercept = 0
    if padding is not None:
        ds.add_new("PixelPaddingValue", "SS", padding)
    ds.PixelData = values.astype("<i2").tobytes()


@pytest.mark.parametrize("syntax", COMPRESSED, ids=lambda syntax: syntax.name.split(",")[0])
def test_compressed_slices_stay_what_they_are_outside_the_cut(ct: Cut, syntax) -> None:
    ds = dcmread(BytesIO(ct.files[MIDDLE]))
    rows, columns = ct.before[MIDDLE].shape
    layout = PixelLayout(rows, columns, 1, 1, "MONOCHROME2", 0, 16, 12, signed=False)
    like = b"\xff\xd8\xff\xc3\x00\x0b\x0c"  # says twelve bits, as a frame of JPEG does
    ds.PixelData = encapsulate([CODECS[syntax].encode(ct.before[MIDDLE].copy(), layout, like)])
    ds["PixelData"].VR = "OB"
    result = cut_file(saved(ds, syntax), ct.plan)
    assert dcmread(BytesIO(result)).file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(raw(result), ct.after[MIDDLE])


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_uncompressed_slices_keep_their_transfer_syntax(ct: Cut, syntax) -> None:
    ds = dcmread(BytesIO(ct.files[MIDDLE]))
    if syntax == ExplicitVRBigEndian:
        ds.PixelData = ct.before[MIDDLE].astype(">u2").tobytes()
        ds = Dataset(ds)  # one that was never read in another order of bytes
    result = cut_file(saved(ds, syntax), ct.plan)
    assert dcmread(BytesIO(result)).file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(raw(result), ct.after[MIDDLE])


def test_signed_values_become_air_and_padding_stays(ct: Cut) -> None:
    ds = dcmread(BytesIO(ct.files[MIDDLE]))
    values = ct.before[MIDDLE].astype(np.int64) - 1024
    values[:10] = -2000
    signed(ds, values, padding=-2000)
    after = raw(cut_file(saved(ds), ct.plan))
    changed = ct.after[MIDDLE] != ct.before[MIDDLE]
    changed[:10] = False
    assert (after[:10] == -2000).all()
    assert (after[changed] == -1000).all() and np.array_equal(after[~changed], values[~changed])


def test_signed_values_compressed_without_their_sign_become_air(ct: Cut) -> None:
    ds = dcmread(BytesIO(ct.files[MIDDLE]))
    values = ct.before[MIDDLE].astype(np.int16) - 1024
    signed(ds, values)
    layout = PixelLayout(*values.shape, 1, 1, "MONOCHROME2", 0, 16, 16, signed=True)
    frame = CODECS[JPEGLSLossless].encode(values.view(np.uint16), layout, b"\xff\xd8\xff\xf7\x00\x0b\x10")
    ds.PixelData = encapsulate([frame])
    ds["PixelData"].VR = "OB"
    after = raw(cut_file(saved(ds, JPEGLSLossless), ct.plan)).view(np.int16)
    changed = ct.after[MIDDLE] != ct.before[MIDDLE]
    assert (after[changed] == -1000).all() and np.array_equal(after[~changed], values[~changed])


def test_a_truncated_slice_is_not_cut(ct: Cut) -> None:
    ds = dcmread(BytesIO(ct.files[MIDDLE]))
    ds.PixelData = ds.PixelData[:-100]
    with pytest.raises(CannotDeidentify):
        cut_file(saved(ds), ct.plan)


def test_an_enhanced_image_is_a_series_of_its_own(ct: Cut) -> None:
    ds = dcmread(BytesIO(ct.files[0]))
    ds.SOPClassUID, ds.NumberOfFrames = EnhancedCTImageStorage, len(ct.files)
    shared, measures, orientation, values = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, orientation.ImageOrientationPatient = ds.PixelSpacing, ds.ImageOrientationPatient
    values.RescaleSlope, values.RescaleIntercept = ds.RescaleSlope, ds.RescaleIntercept
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    shared.PixelValueTransformationSequence = [values]
    for keyword in ("PixelSpacing", "ImageOrientationPatient", "RescaleSlope", "RescaleIntercept"):
        delattr(ds, keyword)
    ds.SharedFunctionalGroupsSequence, groups = [shared], []
    for place in ct.series.places:
        group, position = Dataset(), Dataset()
        position.ImagePositionPatient = [round(float(each), 4) for each in place]
        group.PlanePositionSequence = [position]
        groups.append(group)
    ds.PerFrameFunctionalGroupsSequence = groups
    del ds.ImagePositionPatient
    ds.PixelData = ct.before.tobytes()
    file = saved(ds)
    plan = plan_of([file])
    assert np.array_equal(plan.cut.near, ct.plan.cut.near)
    assert np.array_equal(raw(cut_file(file, plan)), ct.after)
