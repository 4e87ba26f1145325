"""Identities in writing that is no printed letters are found: of dots, of seven strokes as on a clock, by hand."""

from importlib import import_module
from pathlib import Path

import pytest

from anonymizer.pixels import can_read_text, find_text
from anonymizer.pixels.verification import mask_of

pytestmark = pytest.mark.skipif(not can_read_text(), reason="RapidOCR (the extra `ocr`) is not installed")
BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.mark.parametrize(
    ("kind", "number"),
    [("of dots", 25), ("of dots", 75), ("of seven strokes", 19), ("of seven strokes", 47), ("by hand", 21),
     ("by hand", 46)],
)  # fmt: skip
def test_writing_of_other_shapes_is_found(kind, number, monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    unusual = import_module("unusual_writing")
    case = unusual.make_unusual(kind, number, unusual.TRIED)
    found = find_text((case.grey,))
    rows, columns = case.grey.shape
    assert mask_of(found.boxes, columns, rows)[case.ink].mean() > 0.98
    assert not found.unsure
