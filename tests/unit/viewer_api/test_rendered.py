"""Rendered resources over HTTP: what is shown, how it may be kept, and what is refused with a reason."""

import tracemalloc
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from pydicom.dataset import Dataset

BASE = "/dicom-web/studies/2.25.100"
INSTANCE = f"{BASE}/series/2.25.200/instances/2.25.301"


@pytest.fixture
def ramp(make_image: Callable[..., bytes], publish: Callable[..., str]) -> str:
    array = np.arange(256, dtype=np.uint16).reshape(16, 16)
    return publish(make_image(array, WindowCenter=128, WindowWidth=256))


def _picture(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(content)))


def test_a_frame_comes_as_png_through_its_own_window(client: TestClient, ramp: str) -> None:
    answer = client.get(f"{INSTANCE}/frames/1/rendered", headers={"Accept": "image/png"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert _picture(answer.content).ravel().tolist() == list(range(256))


def test_jpeg_is_the_default(client: TestClient, ramp: str) -> None:
    answer = client.get(f"{INSTANCE}/rendered")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert Image.open(BytesIO(answer.content)).format == "JPEG"


def test_the_accept_parameter_comes_before_the_header(client: TestClient, ramp: str) -> None:
    answer = client.get(f"{INSTANCE}/rendered?accept=image/png", headers={"Accept": "image/jpeg"})
    assert answer.headers["Content-Type"] == "image/png"


def test_a_window_that_is_asked_for_comes_before_the_image_s_own(client: TestClient, ramp: str) -> None:
    answer = client.get(f"{INSTANCE}/rendered?window=100,10,linear&accept=image/png")
    picture = _picture(answer.content).ravel()
    assert picture[95] == 0
    assert picture[104] == 255
    # C.11.2.1.2.1: ((100 - 99.5) / 9 + 0.5) * 255 = 141.67
    assert picture[100] == 142


def test_a_viewport_fits_the_whole_picture_in_without_distortion(client: TestClient, ramp: str) -> None:
    answer = client.get(f"{INSTANCE}/rendered?viewport=64,32&accept=image/png")
    assert Image.open(BytesIO(answer.content)).size == (32, 32)


def test_a_source_region_is_cut_out_and_mirrored(client: TestClient, ramp: str) -> None:
    answer = client.get(f"{INSTANCE}/rendered?viewport=2,2,4,0,-2,2&accept=image/png")
    assert _picture(answer.content).tolist() == [[5, 4], [21, 20]]


def test_a_source_region_is_in_decimals_that_count_by_their_absolute_value(client: TestClient, ramp: str) -> None:
    answer = client.get(f"{INSTANCE}/rendered?viewport=2,2,-3.6,0.4,-2.4,1.5&accept=image/png")
    assert _picture(answer.content).tolist() == [[5, 4], [21, 20]]


def test_a_thumbnail_takes_no_source_region_and_a_gif_no_profile(client: TestClient, ramp: str) -> None:
    assert client.get(f"{INSTANCE}/thumbnail?viewport=2,2,4,0,2,2").status_code == 400
    assert client.get(f"{INSTANCE}/thumbnail?viewport=2,2").status_code == 200
    assert client.get(f"{INSTANCE}/rendered?iccprofile=yes", headers={"Accept": "image/gif"}).status_code == 400


def test_annotations_that_are_not_known_are_passed_over_with_a_warning(client: TestClient, ramp: str) -> None:
    plain, annotated = (client.get(f"{INSTANCE}/rendered{query}") for query in ("", "?annotation=bar,foo"))
    assert annotated.content == plain.content
    assert annotated.headers["Warning"].endswith('annotation values are not supported: bar, foo"')
    assert "Warning" not in plain.headers


def test_every_accept_header_counts(client: TestClient, ramp: str) -> None:
    del client.headers["Accept"]
    answer = client.get(f"{INSTANCE}/rendered", headers=[("Accept", "text/plain"), ("Accept", "image/png")])
    assert answer.headers["Content-Type"] == "image/png"


@pytest.mark.parametrize("accept", ["image/jpeg", "image/gif", 'multipart/related; type="image/png"'])
def test_a_number_of_frames_that_lies_is_refused_without_counting_them(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str], accept: str
) -> None:
    publish(make_image(np.zeros((4, 4), np.uint16), NumberOfFrames=100_000_000))
    tracemalloc.start()
    answer = client.get(f"{INSTANCE}/rendered", headers={"Accept": accept})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code in (413, 422)
    assert peak < 16 << 20


def test_quality_changes_the_size(client: TestClient, ramp: str) -> None:
    small = client.get(f"{INSTANCE}/rendered?quality=5").content
    assert len(small) < len(client.get(f"{INSTANCE}/rendered?quality=100").content)


@pytest.mark.parametrize(
    "query",
    [
        "window=2",
        "window=bone",
        "annotation=every%22thing",
        "window=a,b",
        "window=10,0",
        "window=10,0.5,linear",
        "window=nan,5",
        "window=1,2,curve",
        "viewport=1",
        "viewport=0,5",
        "viewport=9,9,15,0,2,2",
        "viewport=9,9,nan,0,2,2",
        "viewport=9,9,0,0,0.2,2",
        "quality=0",
        "quality=101",
        "quality=high",
        "window=100,10&window=20,5",
        "window=&window=20,5",
        "viewport=8,8&quality=50&viewport=4,4",
        "quality=50&quality=50",
    ],
)
def test_a_parameter_that_cannot_be_honoured_is_a_problem(client: TestClient, ramp: str, query: str) -> None:
    answer = client.get(f"{INSTANCE}/rendered?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_a_parameter_that_is_not_offered_is_not_passed_over(client: TestClient, ramp: str) -> None:
    assert client.get(f"{INSTANCE}/rendered?iccprofile=adobergb").status_code == 501
    assert client.get(f"{INSTANCE}/rendered?charset=latin1").status_code == 501
    assert client.get(f"{INSTANCE}/rendered?annotation=patient&annotation=").status_code == 400


def test_a_huge_viewport_is_refused(client: TestClient, ramp: str) -> None:
    assert client.get(f"{INSTANCE}/rendered?viewport=60000,60000").status_code == 413


def test_a_media_type_that_is_not_offered_is_406_and_names_what_is(client: TestClient, ramp: str) -> None:
    answer = client.get(f"{INSTANCE}/rendered", headers={"Accept": "video/mp4"})
    assert answer.status_code == 406
    assert "no encoder for video" in answer.json()["detail"]
    assert "image/jpeg" in answer.json()["detail"]


def test_an_unchanged_picture_is_304_and_kept_for_ever(client: TestClient, ramp: str) -> None:
    first = client.get(f"{INSTANCE}/rendered")
    assert "immutable" in first.headers["Cache-Control"]
    again = client.get(f"{INSTANCE}/rendered", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.content
    other = client.get(f"{INSTANCE}/rendered?quality=50", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_a_frame_that_does_not_exist_is_404(client: TestClient, ramp: str) -> None:
    assert client.get(f"{INSTANCE}/frames/2/rendered").status_code == 404
    assert client.get(f"{INSTANCE}/frames/0/rendered").status_code == 400
    assert client.get(f"{BASE}/series/2.25.200/instances/2.25.999/rendered").status_code == 404
    assert client.get(f"{BASE}/series/2.25.999/instances/2.25.301/rendered").status_code == 404


def test_a_series_is_shown_by_its_middle_image_and_says_so(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    for number in (1, 2, 3):
        publish(make_image(np.full((8, 8), number, np.uint16), number=number))
    for address in (f"{BASE}/rendered", f"{BASE}/series/2.25.200/thumbnail"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "/instances/2.25.302/frames/1/" in answer.headers["Content-Location"]
        assert "immutable" not in answer.headers["Cache-Control"]


def test_a_multi_frame_image_is_shown_by_its_middle_frame(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    publish(make_image(np.stack([np.full((8, 8), n, np.uint16) for n in range(5)]), WindowCenter=3, WindowWidth=6))
    answer = client.get(f"{INSTANCE}/rendered?accept=image/png")
    assert "/frames/3/" in answer.headers["Content-Location"]
    assert answer.content == client.get(f"{INSTANCE}/frames/3/rendered?accept=image/png").content


def test_a_thumbnail_is_small(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    publish(make_image(np.zeros((600, 300), np.uint16)))
    assert Image.open(BytesIO(client.get(f"{INSTANCE}/thumbnail").content)).size == (128, 256)
    assert Image.open(BytesIO(client.get(f"{INSTANCE}/thumbnail?viewport=64,64").content)).size == (32, 64)


def test_truncated_pixels_are_refused_with_a_reason(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    publish(make_image(np.zeros((64, 64), np.uint16))[:-100])
    answer = client.get(f"{INSTANCE}/rendered")
    assert answer.status_code == 422
    assert "truncated" in answer.json()["detail"]


def test_an_object_without_pixels_is_refused_with_a_reason(
    client: TestClient, part10: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    publish(part10(1, StudyInstanceUID="2.25.100", SeriesInstanceUID="2.25.200", PixelData=None))
    answer = client.get(f"{BASE}/rendered")
    assert answer.status_code == 422


def test_a_region_without_a_size_reaches_to_the_edge(client: TestClient, ramp: str) -> None:
    answer = client.get(f"{INSTANCE}/rendered?viewport=2,2,14,14,,&accept=image/png")
    assert _picture(answer.content).tolist() == [[238, 239], [254, 255]]


def test_a_window_is_chosen_by_number_and_by_name(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    table = Dataset()
    table.add_new("LUTDescriptor", "US", [256, 0, 8])
    table.add_new("LUTData", "OW", bytes(255 - value for value in range(256)))
    table.LUTExplanation = "NEGATIVE"
    publish(
        make_image(
            np.arange(256, dtype=np.uint16).reshape(16, 16),
            WindowCenter=["128", "100"],
            WindowWidth=["256", "10"],
            WindowCenterWidthExplanation=["WHOLE", "NARROW"],
            VOILUTSequence=[table],
        )
    )

    def shown(window: str) -> list[int]:
        return _picture(client.get(f"{INSTANCE}/rendered?accept=image/png&window={window}").content).ravel().tolist()

    assert shown("1") == shown("whole") == shown("") == list(range(256))
    assert shown("2") == shown("Narrow") == shown("100,10,linear")
    assert shown("3") == shown("negative") == list(range(255, -1, -1))
    assert client.get(f"{INSTANCE}/rendered?window=4").status_code == 400


def test_a_gif_of_several_frames_shows_them_all_at_their_own_pace(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    frames = np.stack([np.full((8, 8), 40 * n, np.uint16) for n in range(5)])
    publish(make_image(frames, WindowCenter=128, WindowWidth=256, FrameTime="50"))
    animated = Image.open(BytesIO(client.get(f"{INSTANCE}/rendered?accept=image/gif").content))
    assert (animated.format, getattr(animated, "n_frames", 1), animated.info["duration"]) == ("GIF", 5, 50)
    animated.seek(3)
    assert np.asarray(animated.convert("L"))[0, 0] == 120
    some = Image.open(BytesIO(client.get(f"{INSTANCE}/frames/2,4/rendered?accept=image/gif").content))
    assert getattr(some, "n_frames", 1) == 2
    still = client.get(f"{INSTANCE}/thumbnail?accept=image/gif")
    assert getattr(Image.open(BytesIO(still.content)), "n_frames", 1) == 1
    assert client.get(f"{INSTANCE}/frames/2,4/rendered").headers["Content-Type"] == "image/gif"


def test_in_parts_every_instance_and_every_frame_comes(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    for number in (1, 2):
        publish(make_image(np.zeros((3, 8, 8), np.uint16), number=number))
    parts = {"Accept": 'multipart/related; type="image/png"'}
    for address, count in (
        (f"{BASE}/rendered", 2),
        (f"{BASE}/series/2.25.200/thumbnail", 2),
        (f"{INSTANCE}/rendered", 3),
        (f"{INSTANCE}/frames/1,3/rendered", 2),
    ):
        answer = client.get(address, headers=parts)
        assert answer.headers["Content-Type"].startswith('multipart/related; type="image/png"')
        assert answer.content.count(b"\x89PNG") == count
        assert answer.content.count(b"Content-Location: http://testserver/dicom-web/studies/") == count


def test_words_are_drawn_only_when_they_are_asked_for(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    publish(make_image(np.zeros((256, 256), np.uint16), WindowCenter=100, WindowWidth=50, KVP="120"))
    bare, one, both = (
        _picture(client.get(f"{INSTANCE}/rendered?accept=image/png{wish}").content)
        for wish in ("", "&annotation=patient", "&annotation=technique,patient")
    )
    assert bare.max() == 0
    assert 0 < np.count_nonzero(one) < np.count_nonzero(both) < one.size // 10


def test_a_profile_is_in_the_picture_when_it_is_asked_for(client: TestClient, ramp: str) -> None:
    for kind in ("image/png", "image/jpeg"):
        bare, named = (
            Image.open(BytesIO(client.get(f"{INSTANCE}/rendered?accept={kind}&iccprofile={wish}").content))
            for wish in ("no", "srgb")
        )
        assert "icc_profile" not in bare.info
        assert "sRGB".encode("utf-16-be") in named.info["icc_profile"]
    assert np.asarray(named.convert("L")).shape == (16, 16)
