"""Statistics of regions with answers worked out by hand: values, HU, SUV, areas and lengths."""

import math
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, JPEGLSLossless, PositronEmissionTomographyImageStorage

from viewer_api.dicomweb.context import make_context
from viewer_api.dicomweb.router import ROLES
from viewer_api.encoding import encode_frame
from viewer_api.pixel_values.router import make_router
from viewer_api.pixel_values.shapes import Shape
from viewer_api.rendering.pixel_format import PixelFormat
from worklist.access.tokens import create_token
from worklist.problems import install_problem_handlers
from worklist.room import ReadingRoom

FRAME = "/pixel-values/studies/2.25.100/series/2.25.200/instances/2.25.301/frames/{}/statistics?"
ARRAY = np.arange(100, dtype=np.uint16).reshape(10, 10)  # the value of a pixel is 10 * row + column


@pytest.fixture
def client(room: ReadingRoom) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(make_router(make_context(room, *ROLES)))
    install_problem_handlers(app)
    with room.database.write() as session:
        token = create_token(session, room.clock, role="integrator", name="tests")
    with TestClient(app, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


@pytest.fixture
def measure(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> Callable[..., dict[str, Any]]:
    """Publish a new image and measure a region of it; a status other than 200 comes as {"status", "detail"}."""
    numbers = count(1)

    def measure(query: str, array: np.ndarray[Any, Any] = ARRAY, frame: int = 1, **elements: Any) -> dict[str, Any]:
        number = next(numbers)
        publish(make_image(array, number=number, **elements))
        answer = client.get(FRAME.format(frame).replace("2.25.301", f"2.25.{300 + number}") + query)
        if answer.status_code != 200:
            return {"status": answer.status_code, "detail": answer.json()["detail"]}
        return dict(answer.json())

    return measure


def test_a_rectangle_of_hounsfield_units(measure: Callable[..., dict[str, Any]]) -> None:
    found = measure(
        "rectangle=1,1,3,3",
        SOPClassUID=CTImageStorage,
        RescaleSlope="2",
        RescaleIntercept="-1000",
        PixelSpacing=[0.5, 0.25],
    )
    # stored 11, 12, 21, 22: 2x - 1000 = -978, -976, -958, -956; mean -967, variance (121 + 81 + 81 + 121) / 4 = 101
    assert found["values"] == {
        "unit": "HU", "pixels": 4, "left_out": 0,
        "mean": -967.0, "sd": round(math.sqrt(101), 6), "min": -978.0, "max": -956.0,
    }  # fmt: skip
    assert found["geometry"]["calibration"] == "pixel-spacing"
    assert found["geometry"]["caveat"] is None
    # PixelSpacing is row spacing, then column spacing: 2 * 0.25 wide, 2 * 0.5 high
    assert found["geometry"]["area_mm2"] == 0.5
    assert found["geometry"]["length_mm"] == 3.0
    assert (found["area_pixels"], found["length_pixels"]) == (4.0, 8.0)


def test_an_ellipse_a_polygon_and_a_line(measure: Callable[..., dict[str, Any]]) -> None:
    circle = measure("ellipse=2,2,6,6", PixelSpacing=[1, 1])
    assert circle["area_pixels"] == pytest.approx(4 * math.pi)
    assert circle["geometry"]["length_mm"] == pytest.approx(4 * math.pi)
    assert circle["values"]["pixels"] == 12  # of 4 x 4 all but the corners, whose centres are 2.12 from the middle
    assert circle["values"]["mean"] == 38.5  # by symmetry the middle of 2..5 in rows and columns: 35 + 3.5
    triangle = measure("polygon=0,0,4,0,0,4", PixelSpacing=[2, 3])
    assert (triangle["area_pixels"], triangle["geometry"]["area_mm2"]) == (8.0, 48.0)
    assert triangle["geometry"]["length_mm"] == pytest.approx(12 + 8 + math.hypot(12, 8))
    assert triangle["values"]["pixels"] == 6  # centres above the diagonal x + y = 4: three, two, one
    line = measure("line=0.5,0.5,3.5,4.5", PixelSpacing=[1, 1])
    assert line["geometry"]["length_mm"] == 5.0
    assert line["geometry"]["area_mm2"] == 0.0
    assert (line["values"]["min"], line["values"]["max"]) == (0.0, 43.0)


def test_every_pixel_of_a_partition_belongs_to_one_of_its_polygons() -> None:
    halves = [Shape("polygon", ((0, 0), (9, 0), (0, 7))), Shape("polygon", ((9, 0), (9, 7), (0, 7)))]
    counted = sum(shape.mask(7, 9).astype(int) for shape in halves)
    assert counted.min() == counted.max() == 1


def test_values_that_cannot_be_summed_up_are_refused(measure: Callable[..., dict[str, Any]]) -> None:
    assert measure("rectangle=1,1,3,3", RescaleSlope="1e300", RescaleIntercept="0")["status"] == 422


def test_padding_is_left_out_and_counted(measure: Callable[..., dict[str, Any]]) -> None:
    found = measure("rectangle=0,0,3,1", PixelPaddingValue=0, RescaleSlope="1", RescaleIntercept="0")
    assert (found["values"]["pixels"], found["values"]["left_out"], found["values"]["mean"]) == (2, 1, 1.5)


def test_signed_words_with_other_bits_beside_the_value(measure: Callable[..., dict[str, Any]]) -> None:
    values = np.array([[-5, 7], [100, -100]], np.int16)
    words = ((values.astype(np.int32) & 0xFFF) << 4 | 0b1001).astype(np.uint16).view(np.int16)
    found = measure("rectangle=0,0,2,2&unit=stored", words, BitsStored=12, HighBit=15)
    assert (found["values"]["min"], found["values"]["max"], found["values"]["mean"]) == (-100.0, 100.0, 0.5)


def test_a_compressed_frame_measures_as_the_plain_one(measure: Callable[..., dict[str, Any]]) -> None:
    format_ = PixelFormat(10, 10, 1, 1, "MONOCHROME2", 0, 16, 16, 15, signed=False)
    frames = [encode_frame(ARRAY + add, "MONOCHROME2", format_, JPEGLSLossless) for add in (0, 500)]
    array = np.stack([ARRAY, ARRAY + 500])
    found = measure("rectangle=1,1,3,3", array, 2, syntax=JPEGLSLossless, frames=frames)
    assert found["values"]["mean"] == 516.5


def test_what_pixels_measure_comes_with_its_caveat(measure: Callable[..., dict[str, Any]]) -> None:
    detector = measure("rectangle=0,0,2,5", Modality="DX", ImagerPixelSpacing=[0.2, 0.2])["geometry"]
    assert (detector["calibration"], detector["area_mm2"]) == ("imager-pixel-spacing", 0.4)
    assert "at the detector" in detector["caveat"]


def test_projections(measure: Callable[..., dict[str, Any]]) -> None:
    cases: list[tuple[dict[str, Any], float, str]] = [
        ({"ImagerPixelSpacing": [0.2, 0.2], "EstimatedRadiographicMagnificationFactor": "2"}, 0.1, "plane"),
        ({"PixelSpacing": [0.1, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"}, 0.1, "object of known size"),
        ({"PixelSpacing": [0.1, 0.1], "PixelSpacingCalibrationType": "GEOMETRY"}, 0.1, "depth"),
        ({"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.2, 0.2]}, 0.4, "at the detector"),
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.2, 0.2]}, 0.1, "does not say how"),
    ]
    for elements, area, caveat in cases:
        found = measure("rectangle=0,0,2,5", Modality="DX", **elements)["geometry"]
        assert found["area_mm2"] == area
        assert caveat in found["caveat"]


def test_an_image_that_states_no_spacing_has_no_millimetres(measure: Callable[..., dict[str, Any]]) -> None:
    found = measure("rectangle=0,0,2,5", Modality="OT")
    assert found["geometry"] == {"calibration": "none", "reason": "the image states no pixel spacing"}
    assert found["values"]["reason"] == "the image states no unit of its values"
    assert found["values"]["mean"] == 20.5


def _region(x0: int, y0: int, x1: int, y1: int, delta: float, *, spatial: int = 1, unit: int = 3) -> Dataset:
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = spatial, 1, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = x0, y0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = x1, y1
    region.PhysicalUnitsXDirection, region.PhysicalUnitsYDirection = unit, 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = delta
    return region


def test_ultrasound_is_measured_inside_one_of_its_regions(measure: Callable[..., dict[str, Any]]) -> None:
    regions = [_region(0, 0, 4, 4, 0.02), _region(5, 5, 9, 9, 0.01, spatial=2, unit=4)]

    def geometry(query: str) -> dict[str, Any]:
        return dict(measure(query, SequenceOfUltrasoundRegions=regions)["geometry"])

    inside = geometry("line=0,0,3,4")
    assert (inside["calibration"], inside["length_mm"]) == ("ultrasound-region", 1.0)  # 5 pixels of 0.02 cm
    assert geometry("rectangle=0,0,5,5")["area_mm2"] == 1.0
    assert "one calibrated region" in geometry("line=0,0,8,8")["reason"]
    assert "distances in both directions" in geometry("line=6,6,8,8")["reason"]


def _injection(**changes: Any) -> Dataset:
    injected = Dataset()
    injected.RadionuclideTotalDose, injected.RadionuclideHalfLife = "400000000", "6600"
    injected.RadiopharmaceuticalStartTime = "080000"
    for keyword, value in changes.items():
        if value is None:
            delattr(injected, keyword)
        else:
            setattr(injected, keyword, value)
    return injected


PET: dict[str, Any] = {
    "SOPClassUID": PositronEmissionTomographyImageStorage,
    "Modality": "PT",
    "Units": "BQML",
    "CorrectedImage": ["DECY", "ATTN", "SCAT"],
    "DecayCorrection": "START",
    "PatientWeight": "80",
    "SeriesDate": "20240102",
    "SeriesTime": "095000",
    "AcquisitionDate": "20240102",
    "AcquisitionTime": "095500",
    "RescaleSlope": "100",
    "RescaleIntercept": "0",
}


def test_suv_by_body_weight(measure: Callable[..., dict[str, Any]]) -> None:
    # 08:00 to 09:50 is one half-life of 6600 s: 400 MBq decay to 200; 1 Bq/ml is 80,000 g / 2e8 Bq = 0.0004
    start = measure("rectangle=1,1,3,3&unit=SUVbw", **PET, RadiopharmaceuticalInformationSequence=[_injection()])
    assert start["values"]["unit"] == "SUVbw"
    assert start["values"]["mean"] == pytest.approx(1650 * 0.0004)  # stored 11, 12, 21, 22 times 100
    dated = _injection(RadiopharmaceuticalStartDateTime="20240102080000.00", RadiopharmaceuticalStartTime=None)
    assert measure("rectangle=1,1,3,3&unit=SUVbw", **PET, RadiopharmaceuticalInformationSequence=[dated]) == start


def test_suv_by_the_injected_dose_when_decay_is_corrected_to_it(measure: Callable[..., dict[str, Any]]) -> None:
    found = measure(
        "rectangle=1,1,3,3&unit=SUVbw",
        **(PET | {"DecayCorrection": "ADMIN"}),
        RadiopharmaceuticalInformationSequence=[_injection()],
    )
    assert found["values"]["mean"] == pytest.approx(1650 * 80_000 / 4e8)
    assert found["values"]["unit"] == "SUVbw"


def test_what_suv_lacks_is_said(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    lacking: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        ({"PatientWeight": None}, {}, "weight"),
        ({"CorrectedImage": ["ATTN"]}, {}, "attenuation and decay"),
        ({"Units": "CNTS"}, {}, "BQML"),
        ({"DecayCorrection": "NONE"}, {}, "Decay Correction"),
        ({"SeriesTime": "100000"}, {}, "start of the scan"),
        ({}, {"RadionuclideTotalDose": None}, "dose"),
        ({}, {"RadionuclideHalfLife": None}, "half-life"),
        ({}, {"RadiopharmaceuticalStartTime": None}, "time of the injection"),
        ({}, {"RadiopharmaceuticalStartTime": "110000"}, "within a day"),
        ({"SOPClassUID": CTImageStorage}, {}, "not a PET"),
    ]
    for number, (image, injection, words) in enumerate(lacking, 10):
        elements = {key: value for key, value in (PET | image).items() if value is not None}
        elements["RadiopharmaceuticalInformationSequence"] = [_injection(**injection)]
        publish(make_image(ARRAY, number=number, **elements))
        address = FRAME.format(1).replace("2.25.301", f"2.25.{300 + number}")
        answer = client.get(f"{address}rectangle=1,1,3,3&unit=SUVbw")
        assert answer.status_code == 422
        assert words in answer.json()["detail"], words
        assert client.get(f"{address}rectangle=1,1,3,3").json()["values"]["unit"] != "SUVbw"


def test_a_unit_that_the_image_does_not_have_is_refused(measure: Callable[..., dict[str, Any]]) -> None:
    assert measure("rectangle=0,0,2,2&unit=HU", Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4")["status"] == 422
    colour = np.zeros((4, 4, 3), np.uint8)
    assert measure("rectangle=0,0,2,2&unit=stored", colour)["status"] == 422
    assert "colour" in measure("rectangle=0,0,2,2", colour)["values"]["reason"]


def test_a_region_that_is_none_is_refused(measure: Callable[..., dict[str, Any]]) -> None:
    for query in (
        "",
        "rectangle=1,1,3",
        "rectangle=1,1,1,3",
        "rectangle=20,20,30,30",
        "rectangle=1,1,3,3&ellipse=1,1,3,3",
        "polygon=0,0,1,1",
        "polygon=0,0,1,1,2,2",
        "line=1,1,1,1",
        "ellipse=a,b,c,d",
        "rectangle=0,0,nan,5",
        "rectangle=0,0,1e9,5",
        "rectangle=0.6,0.6,0.9,0.9",
    ):
        assert measure(query)["status"] == 400, query


def test_an_answer_is_kept_for_ever_and_strangers_get_none(
    client: TestClient, measure: Callable[..., dict[str, Any]]
) -> None:
    measure("rectangle=0,0,2,2")
    answer = client.get(FRAME.format(1) + "rectangle=0,0,2,2")
    assert "immutable" in answer.headers["Cache-Control"]
    held = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(FRAME.format(1) + "rectangle=0,0,2,2", headers=held).status_code == 304
    assert client.get(FRAME.format(2) + "rectangle=0,0,2,2").status_code == 404
    assert client.get(FRAME.format(1) + "rectangle=0,0,2,2", headers={"Authorization": ""}).status_code == 401
