"""What is recognised from an object before is opened exactly as if it were seen for the first time."""

from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizer import CannotDeidentify
from anonymizer.cutting import Cutter
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
