"""Where a profile asks that nobody be recognized by a face, what may show one waits for a person."""

from dataclasses import replace

import pytest
from pydicom import Dataset
from pydicom.uid import (
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    EnhancedMRImageStorage,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
)

from anonymizer import Refused, parse_profile

ASKS = parse_profile("faces", 'title = "x"\nbase = "second-read"\nwith = ["clean-recognizable-visual-features"]')


@pytest.mark.parametrize(
    ("elements", "shown"),
    [
        ({"SOPClassUID": CTImageStorage, "BodyPartExamined": "HEAD"}, True),
        ({"SOPClassUID": MRImageStorage, "BodyPartExamined": "BRAIN"}, True),
        ({"SOPClassUID": EnhancedMRImageStorage}, True),
        ({"SOPClassUID": PositronEmissionTomographyImageStorage, "BodyPartExamined": "WHOLEBODY"}, True),
        ({"SOPClassUID": CTImageStorage, "BodyPartExamined": "CSPINE"}, True),
        ({"SOPClassUID": CTImageStorage, "BodyPartExamined": "Schädel"}, True),
        ({"SOPClassUID": CTImageStorage, "BodyPartExamined": "CHEST", "StudyDescription": "CT Hals/Thorax"}, True),
        ({"SOPClassUID": CTImageStorage, "BodyPartExamined": "CHEST", "RecognizableVisualFeatures": "YES"}, True),
        ({"SOPClassUID": CTImageStorage, "BodyPartExamined": "HEAD", "RecognizableVisualFeatures": "NO"}, False),
        ({"SOPClassUID": CTImageStorage, "BodyPartExamined": "CHEST", "StudyDescription": "CT Thorax"}, False),
        ({"SOPClassUID": DigitalXRayImageStorageForPresentation, "BodyPartExamined": "SKULL"}, False),
    ],
)
def test_what_may_show_a_face_is_refused_where_the_profile_asks_for_it(clean, image, context, elements, shown):
    image.SpecificCharacterSet = "ISO_IR 192"
    for keyword in ("BodyPartExamined", "StudyDescription", "SeriesDescription", "ProtocolName"):
        image.pop(keyword, None)
    for keyword, value in elements.items():
        setattr(image, keyword, value)
    assert clean(image).report.options  # no profile of the library asks
    if not shown:
        clean(image, replace(context, profile=ASKS))
        return
    with pytest.raises(Refused) as refused:
        clean(image, replace(context, profile=ASKS))
    assert refused.value.code == "recognizable-visual-features"


def test_nobody_claims_that_a_face_was_removed(clean, image, context):
    image.BodyPartExamined = "HEAD"
    ds = clean(image, replace(context, profile=ASKS, vouched=True)).ds
    assert "113102" not in [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]


def test_what_is_to_be_cut_afterwards_is_cleaned_and_claims_nothing_yet(clean, image, context):
    image.BodyPartExamined, image.IconImageSequence = "HEAD", [Dataset()]
    done = clean(image, replace(context, profile=ASKS, faceless=True))
    assert "113102" not in [item.CodeValue for item in done.ds.DeidentificationMethodCodeSequence]
    assert "IconImageSequence" not in done.ds and done.report.lacks_icon  # it would show what is cut


def test_a_site_asks_for_the_option_and_for_no_milder_one():
    assert "clean-recognizable-visual-features" in ASKS.options
    with pytest.raises(ValueError, match="retain-full-dates"):
        parse_profile("x", 'title = "x"\nbase = "basic"\nwith = ["retain-full-dates"]')
