"""Metadata announces the colour space in which octets come, so that a viewer shows compressed colour as it is."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit

from viewer_api.rendering.image import read_frame, read_image

INSTANCE = "/dicom-web/studies/2.25.100/series/2.25.200/instances/2.25.301"
OCTETS = {"Accept": "application/octet-stream"}
GREEN = np.zeros((32, 32, 3), np.uint8) + np.array([20, 200, 40], np.uint8)


def encoded(kind: str, **options: object) -> bytes:
    target = BytesIO()
    Image.fromarray(GREEN).save(target, kind, **options)
    return target.getvalue()


FRAMES = {
    ("YBR_FULL_422", "YBR_FULL"): (JPEGBaseline8Bit, encoded("JPEG", quality=95, subsampling=1)),
    ("YBR_FULL", "YBR_FULL"): (JPEGBaseline8Bit, encoded("JPEG", quality=95, subsampling=0)),
    ("YBR_RCT", "RGB"): (JPEG2000Lossless, encoded("JPEG2000", irreversible=False, mct=1, no_jp2=True)),
}


@pytest.mark.parametrize(("stored", "announced"), FRAMES)
def test_octets_are_in_the_colour_space_that_the_metadata_says(client, publish, make_image, stored, announced):
    syntax, frame = FRAMES[stored, announced]
    part10 = make_image(GREEN, syntax=syntax, frames=[frame], PhotometricInterpretation=stored)
    publish(part10)
    [header] = client.get(f"{INSTANCE}/metadata").json()
    assert header["00280004"]["Value"] == [announced]
    octets = client.get(f"{INSTANCE}/frames/1", headers=OCTETS).content
    samples = np.frombuffer(octets, np.uint8).reshape(GREEN.shape)
    shown = Image.fromarray(samples, "YCbCr").convert("RGB") if announced == "YBR_FULL" else samples
    assert np.abs(np.asarray(shown).astype(int) - GREEN).max() <= 4
    assert read_frame(BytesIO(part10), read_image(BytesIO(part10)), 0).photometric == announced


def test_uncompressed_colour_is_announced_as_it_is_stored(client, publish, make_image):
    publish(make_image(GREEN, PhotometricInterpretation="YBR_FULL"))
    [header] = client.get(f"{INSTANCE}/metadata").json()
    assert header["00280004"]["Value"] == ["YBR_FULL"]
