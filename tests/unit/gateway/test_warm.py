"""Thumbnails are there before anybody asks, from the disk, and go with the study."""

from pathlib import Path

import numpy as np

from gateway.pipeline.warm import SIZES, warm_thumbnails
from gateway.studies import purge
from viewer_api.errors import CannotRender
from viewer_api.pictures import Pictures
from viewer_api.rendering.geometry import Viewport
from viewer_api.rendering.preview import PreviewRequest

PIXELS = {
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "HighBit": 15,
    "PixelRepresentation": 0,
    "PixelData": np.arange(256, dtype="<u2").tobytes(),
}


class NoPool:
    """A pool that must not be asked."""

    def run(self, *_arguments: object) -> bytes:
        raise AssertionError("this should have been made before")


def entries(gate) -> list[Path]:
    return list(gate.node.settings.made.glob("??/*/*"))


def test_the_thumbnails_that_pages_ask_for_are_made_before_anybody_looks(gate):
    study = gate.publish(**PIXELS)
    assert warm_thumbnails(gate.node, Pictures(gate.node.published, gate.node.made), 1) == len(SIZES)
    [blob] = gate.node.published.keys()
    served = Pictures(gate.node.published, gate.node.made, NoPool())
    for size in SIZES:
        assert served.picture(blob, 0, PreviewRequest(viewport=Viewport(size, size))).startswith(b"\xff\xd8")
    assert study.state == "published"


def test_a_purge_takes_what_was_made_of_the_study_along(gate):
    study = gate.publish(**PIXELS)
    warm_thumbnails(gate.node, Pictures(gate.node.published, gate.node.made), 1)
    assert len(entries(gate)) == len(SIZES)
    purge(gate.node, study.study_uid, actor="admin")
    assert entries(gate) == []


def test_what_cannot_be_shown_warms_nothing_and_stops_nothing(gate):
    class Refusing:
        def run(self, *_arguments: object) -> bytes:
            raise CannotRender("the image is damaged")

    gate.publish(**PIXELS)
    assert warm_thumbnails(gate.node, Pictures(gate.node.published, gate.node.made, Refusing()), 1) == 0
    assert entries(gate) == []
