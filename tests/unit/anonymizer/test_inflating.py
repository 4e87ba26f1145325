"""A deflated data set reads like a file, held in memory or inflated again."""

import io
import random
import zlib

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from anonymizer import inflating
from anonymizer.inflating import InflatedSource

CONTENT = random.Random(7).randbytes(1000) * 300


@pytest.fixture(params=["held", "inflated again"])
def source(request, monkeypatch):
    if request.param == "inflated again":
        monkeypatch.setattr(inflating, "MAXIMUM_HELD", 1000)
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    found = InflatedSource(io.BytesIO(b"meta" + deflater.compress(CONTENT) + deflater.flush()), 4)
    assert (found._held is None) == (request.param == "inflated again")
    return found


def test_reads_anywhere_like_the_file_it_stands_for(source):
    plain, chance = io.BytesIO(CONTENT), random.Random(1)
    assert source.size == len(CONTENT)
    for _ in range(40):
        place, length = chance.randrange(len(CONTENT) + 10), chance.randrange(70_000)
        assert source.seek(place) >= 0 and plain.seek(min(place, len(CONTENT))) >= 0
        assert source.read(length) == plain.read(length)
    assert source.seek(0) == 0 and source.read() == CONTENT


def test_object_comes_out_the_same_whether_it_was_held_or_not(clean, image, monkeypatch):
    image.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    held = clean(image).data
    monkeypatch.setattr(inflating, "MAXIMUM_HELD", 10)
    assert clean(image).data == held
