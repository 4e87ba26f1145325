"""What is recognised from an object before is opened exactly as if it were seen for the first time."""

from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset

from anonymizer import CannotDeidentify
from anonymizer.cutting import MOST_BYTES, Cutter
from anonymizer.unfolding import unfold
from tests.unit.anonymizer.made_up_series import slices

SERIES = slices(7, 4)


def opened(data: bytes, cutter: Cutter | None) -> str:
    try:
        return repr(unfold(BytesIO(data), cutter).elements)
    except CannotDeidentify as error:
        return error.code


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SERIES), st.integers(132, 4000), st.integers(0, 255)), max_size=6))
def test_objects_that_resemble_each_other_are_opened_as_if_each_were_the_first(damaged):
    cutter = Cutter()
    for whole, place, octet in damaged:
        at = min(place, len(whole) - 1)
        for data in (whole, whole[:at] + bytes([octet]) + whole[at + 1 :], whole):
            assert opened(data, cutter) == opened(data, None)


def test_what_is_remembered_of_opened_sequences_counts_by_what_it_takes(image, as_bytes):
    cutter = Cutter()
    image.ProcedureCodeSequence = [Dataset() for _ in range(2000)]
    image.ProcedureCodeSequence[0].CodeValue = "MARK"
    data = as_bytes(image)
    for number in range(30):
        unfold(BytesIO(data.replace(b"MARK", f"{number:04}".encode())), cutter)
    remembered = [
        piece for piece in cutter._singles.values() if any(isinstance(each.value, list) for each in piece.opened or ())
    ]
    assert 0 < sum(len(piece.raw) for piece in remembered) * 16 <= MOST_BYTES
