"""Where nobody can be sure of a face, its whole series waits for a person, with the reason."""

import re

import pytest
from pydicom.uid import PositronEmissionTomographyImageStorage

from anonymizer import Refused
from anonymizer.recognizable import CODE
from tests.unit.anonymizer.faces.heads import Cut, Series, plan_of

NOWHERE = {"StudyDescription": "CT", "BodyPartExamined": ""}


def refusal_of(files: list[bytes]) -> str:
    with pytest.raises(Refused) as refused:
        plan_of(files)
    assert refused.value.code == CODE
    return refused.value.reason


@pytest.mark.parametrize(
    ("elements", "why"),
    [
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "an overview"),
        ({"ImageType": ["DERIVED", "SECONDARY", "PROJECTION IMAGE"]}, "a projection"),
        ({"SOPClassUID": PositronEmissionTomographyImageStorage}, "only slices of CT and MR"),
        ({"ImagePositionPatient": None}, "nothing says where"),
        (NOWHERE, "nothing in it says that it shows a head"),
    ],
)
def test_what_is_no_stack_of_slices_of_a_head_is_refused(elements, why) -> None:
    assert why in refusal_of(Series(count=4).files(**elements))


@pytest.mark.parametrize(
    ("series", "why"),
    [
        ({"count": 6}, "too few slices"),
        ({"count": 12}, "too little of a head"),
        ({"step": (0, 0, 9.0), "count": 25}, "too far apart"),
        ({"begin": (-126, -150, 30), "count": 26}, "no nose"),
    ],
    ids=["few", "thin", "gaps", "brows up"],
)
def test_series_of_which_no_face_can_be_told(series, why) -> None:
    assert why in refusal_of(Series(**series).files())


def test_a_missing_slice_is_noticed(ct: Cut) -> None:
    assert "missing" in refusal_of([*ct.files[:20], *ct.files[21:]])


def test_slices_of_another_direction_are_noticed(ct: Cut) -> None:
    other = Series(right=(0, 1, 0), down=(0, 0, -1), begin=(-100, -150, 140), step=(5, 0, 0), count=1, size=(100, 86))
    assert "not parallel" in refusal_of([*ct.files, *other.files()])


def test_a_head_that_looks_to_the_back_by_its_header_is_refused() -> None:
    series = Series(step=(0, 0, 6.0), count=34, spacing=4.0, size=(75, 64))
    series.down, series.right = (0, -1, 0), (-1, 0, 0)  # of the pictures, not of the head in them
    series.places = [(-x, -y, z) for x, y, z in series.places]
    assert "no nose" in refusal_of(series.files())


def test_a_reason_names_no_value_of_the_object(ct: Cut) -> None:
    reason = refusal_of(ct.files[:5])
    assert not re.search(r"\d", reason) and "Marten" not in reason and "MRN" not in reason
