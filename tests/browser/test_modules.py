"""The rules behind the pages, each asked in the browser that runs them."""

from collections.abc import Callable
from typing import Any

import pytest

from worklist.pages.static_files import load_static_set

pytestmark = pytest.mark.foreign


@pytest.fixture
def ask(page) -> Callable[..., Any]:
    """Return a function that calls an exported function of a module with JSON values."""
    page.goto("/")

    def call(path: str, name: str, *values: Any) -> Any:
        address = f"/static/{load_static_set().digest}/{path}"
        return page.evaluate(
            "async ([address, name, values]) => (await import(address))[name](...values)", [address, name, list(values)]
        )

    return call


def test_letters_at_the_edges_follow_the_cosines(ask):
    edges = {
        "axial": ([1, 0, 0, 0, 1, 0], "R L A P"),
        "sagittal": ([0, 1, 0, 0, 0, -1], "A P H F"),
        "coronal": ([1, 0, 0, 0, 0, -1], "R L H F"),
        "oblique": ([0.8, 0.6, 0, 0, 0, -1], "RA LP H F"),
    }
    for cosines, letters in edges.values():
        found = ask("viewer/orientation.js", "edgesOf", cosines)
        assert " ".join([found["left"], found["right"], found["top"], found["bottom"]]) == letters
    assert ask("viewer/orientation.js", "edgesOf", []) is None


def test_ages_spans_and_case_numbers_are_readable(ask):
    assert ask("page/words.js", "ageInWords", "045Y") == "45 y"
    assert ask("page/words.js", "ageInWords", "006M") == "6 mo"
    assert ask("page/words.js", "ageInWords", "about 40") == ""
    assert ask("page/words.js", "spanInWords", 130 * 60_000) == "2 h 10 min"
    assert ask("page/words.js", "spanInWords", -26 * 3_600_000) == "1 d 2 h"
    assert ask("page/words.js", "caseInWords", "1234567890") == "123 456 7890"


def test_urgency_is_said_in_words_and_levels(ask):
    now, hour = 1_700_000_000_000, 3_600_000
    for hours, level, words in (
        (-2, "overdue", "overdue 2 h"),
        (3, "pressing", "in 3 h"),
        (20, "soon", "in 20 h"),
        (48, "calm", "in 2 d"),
    ):
        assert ask("list/urgency.js", "urgencyOf", now + hours * hour, now) == {"level": level, "words": words}


def test_zooming_keeps_the_point_under_the_pointer(ask):
    box, point = {"width": 400, "height": 300}, {"x": 300, "y": 75}
    size = {"width": 512, "height": 512}
    before = {"zoom": 1, "x": 10, "y": -4}
    after = ask("viewer/geometry.js", "zoomedAt", before, 2, point, box)
    one, two = (ask("viewer/geometry.js", "placeOf", size, box, view) for view in (before, after))
    assert (point["x"] - one["left"]) / one["width"] == pytest.approx((point["x"] - two["left"]) / two["width"])
    assert (point["y"] - one["top"]) / one["height"] == pytest.approx((point["y"] - two["top"]) / two["height"])


def test_facts_of_a_frame_come_from_its_functional_groups(ask):
    def group(tag: str, inner: dict) -> dict:
        return {tag: {"vr": "SQ", "Value": [inner]}}

    own = group("00289132", {"00281050": {"Value": [70]}, "00281051": {"Value": [140]}})
    shared = group("00289110", {"00280030": {"Value": [0.5, 0.25]}, "00180050": {"Value": [3]}})
    header = {"52009230": {"Value": [{}, own]}, "52009229": {"Value": [shared]}, "00280002": {"Value": [1]}}
    facts = ask("viewer/frame_facts.js", "factsOf", header, 2)
    assert facts["windows"] == [{"center": 70, "width": 140, "words": ""}]
    assert (facts["spacing"], facts["thickness"], facts["colour"]) == ([0.5, 0.25], 3, False)
    assert ask("viewer/frame_facts.js", "factsOf", header, 1)["windows"] == []


def test_without_a_window_a_change_starts_from_all_values(ask):
    header = {"00280101": {"Value": [12]}, "00280103": {"Value": [0]}, "00281052": {"Value": [-1024]}}
    facts = ask("viewer/frame_facts.js", "factsOf", header, 1)
    assert facts["range"] == {"center": 1024, "width": 4096}


def test_a_large_frame_is_asked_for_at_the_size_of_its_place(ask):
    frame = {"studyUid": "1", "seriesUid": "1.2", "sopInstanceUid": "1.2.3", "number": 1, "rows": 4096, "columns": 3000}
    window = {"center": 40, "width": 80}
    small = ask(
        "viewer/frame_address.js", "frameRequest", frame, {"window": window, "place": 900, "fidelity": "browse"}
    )
    whole = ask("viewer/frame_address.js", "frameRequest", frame, {"window": None, "place": 3500, "fidelity": "still"})
    assert small["url"].endswith("/frames/1/rendered?window=40,80,linear&viewport=1024,1024&quality=90")
    assert (small["accept"], whole["accept"]) == ("image/jpeg", "image/png")
    assert whole["url"].endswith("/studies/1/series/1.2/instances/1.2.3/frames/1/rendered")


def test_marking_a_key_image_twice_takes_it_off(ask):
    image, other = {"sop_instance_uid": "1.2", "frame": 1}, {"sop_instance_uid": "1.2", "frame": 2}
    assert ask("read/key_images.js", "toggled", [image], other) == [image, other]
    assert ask("read/key_images.js", "toggled", [image, other], image) == [other]
