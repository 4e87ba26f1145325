"""The second look finds what the first one could have got wrong, and says what became of every attribute."""

from dataclasses import replace
from io import BytesIO

import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit

from anonymizer import compare, load_profile, parse_profile
from anonymizer.tracing import Traced
from tests.unit.anonymizer.content_trees import code, item, report


@pytest.fixture
def compared(clean, as_bytes, context):
    """Return a comparison of an object with its published form, which may be spoilt before."""

    def run(source, spoil=lambda ds: None, using=context, **how):
        data = source if isinstance(source, bytes) else as_bytes(source)
        after = clean(data, using).ds
        spoil(after)
        return compare(BytesIO(data), BytesIO(as_bytes(after)), using, **how)

    return run


def rows(comparison):
    return {each.path: (each.action, each.rule, each.outcome, each.count) for each in comparison.trace}


def test_an_object_that_was_cleaned_passes(compared, image):
    assert compared(image).findings == ()


def put(keyword, value):
    return lambda ds: setattr(ds, keyword, value)


def nested(ds):
    ds.AnatomicRegionSequence = [Dataset()]
    ds.AnatomicRegionSequence[0].CodeMeaning = "Dr Quirlante"


@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        (put("StudyDescription", "CT Vögelein"), "identity-left"),
        (put("SeriesDescription", "HILDEGARD"), "identity-left"),
        (put("SeriesDescription", "acc4711"), "identity-left"),
        (put("InstitutionName", "MRN-77123"), "identity-left"),
        (put("SeriesDescription", "Hildegard Vogelein".encode("utf-16-le").decode("latin-1")), "identity-left"),
        (nested, "identity-left"),
        (put("FrameOfReferenceUID", "1.2.276.0.999.5"), "reference-made-up"),
        (put("FrameOfReferenceUID", "1.2.276.0.999.9"), "uid-left"),
        (put("PixelData", bytes(32)), "pixels-differ"),
        (put("PixelData", bytes(range(30))), "pixels-differ"),
        (lambda ds: ds.__delitem__("PixelData"), "pixels-differ"),
        (lambda ds: ds.__delitem__("Modality"), "required-attribute-lost"),
        (lambda ds: ds.__delitem__("PatientSex"), "required-attribute-lost"),
        (put("Modality", ""), "required-attribute-lost"),
    ],
)
def test_what_must_not_be_is_found(compared, image, spoil, finding):
    image.FrameOfReferenceUID = "1.2.276.0.999.9"
    image.ReferringPhysicianName = "Quirlante^Otto"
    assert finding in compared(image, spoil).findings


def test_a_name_that_is_a_word_of_imaging_is_no_finding(compared, image):
    image.OperatorsName, image.StudyDescription = "Thorax^CT", "CT Thorax"
    assert compared(image).findings == ()


def test_pixels_that_were_cleaned_on_purpose_are_not_compared(compared, image):
    assert compared(image, put("PixelData", bytes(32)), pixels_cleaned=True).findings == ()


def test_zeros_behind_the_last_pixel_are_no_difference_and_zeros_within_are(compared, image):
    image.PixelData = bytes(range(32)) + b"Vogelein"
    assert compared(image).findings == ()
    assert "pixels-differ" in compared(image, put("PixelData", bytes(range(30)) + bytes(10))).findings


def test_large_and_encapsulated_pixels_are_compared_piece_by_piece(compared, image):
    image.Rows = image.Columns = 1024
    image.PixelData = bytes(range(256)) * 8192
    assert compared(image).findings == ()
    assert "pixels-differ" in compared(image, put("PixelData", bytes(range(256)) * 8191 + bytes(256))).findings
    image.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    image.PixelData = encapsulate([b"\xff\xd8\xff\xda\0\2one\xff\xd9", b"\xff\xd8\xff\xda\0\2two, longer\xff\xd9"])
    image["PixelData"].VR, image["PixelData"].is_undefined_length, image.NumberOfFrames = "OB", True, 2
    assert compared(image).findings == ()
    other = encapsulate([b"\xff\xd8\xff\xda\0\2one\xff\xd9", b"\xff\xd8\xff\xda\0\2two, looser\xff\xd9"])
    assert "pixels-differ" in compared(image, put("PixelData", other)).findings


def test_deflated_objects_are_compared_inflated(compared, image):
    image.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    assert compared(image).findings == ()
    assert "identity-left" in compared(image, put("StudyDescription", "Hildegard")).findings


def test_retained_uids_are_no_finding(compared, image, context):
    profile = parse_profile(
        "uids", 'title = "x"\nbase = "basic"\n[admitted]\nretain-uids = "the index of the originals"'
    )
    assert compared(image, using=replace(context, profile=profile)).findings == ()


def test_the_trace_says_what_became_of_each_attribute_and_by_which_rule(compared, image):
    inner = Dataset()
    inner.PatientName, inner.CodeValue, inner.CodingSchemeDesignator, inner.CodeMeaning = "x", "69536005", "SCT", "Head"
    image.AnatomicRegionSequence = [inner, inner]
    image.add_new(0x00290010, "LO", "MAKER")
    told = rows(compared(image))
    assert told["(0008,0020)"] == ("C", "retain-modified-dates", "changed", 1)
    assert told["(0008,0030)"] == ("C", "retain-modified-dates", "kept", 1)
    assert told["(0008,0050)"] == ("Z", "basic", "emptied", 1)
    assert told["(0008,1030)"] == ("C", "clean-descriptors", "kept", 1)
    assert told["(0010,0040)"] == ("K", "retain-patient-characteristics", "kept", 1)
    assert told["(0028,0010)"] == ("K", "unlisted", "kept", 1)
    assert told["(0029,0010)"] == ("X", "basic", "removed", 1)
    assert told["(0008,2218).(0010,0010)"] == ("Z", "basic", "emptied", 2)
    assert told["(0008,2218).(0008,0104)"] == ("C", "coded-entry", "kept", 2)
    assert told["(0012,0062)"] == ("D", "marker", "added", 1)
    assert told["(7FE0,0010)"] == ("K", "unlisted", "kept", 1)


def test_the_trace_bears_no_value(compared, image):
    assert all(isinstance(each, Traced) for each in compared(image).trace)
    assert not [each for each in compared(image).trace if "Hildegard" in repr(each) or "4711" in repr(each)]


def test_two_slices_have_one_trace(compared, image):
    first = compared(image).trace
    image.SOPInstanceUID, image.InstanceNumber = "1.2.276.0.999.4711", None
    del image.InstanceNumber
    assert compared(image).trace == first


@pytest.mark.parametrize("profile", ["basic", "keep-dates", "research-strict", "second-read"])
def test_reports_are_compared_too(compared, context, profile):
    using = replace(context, profile=load_profile(profile))
    source = report(item("TEXT", code("121071", "DCM", "Finding"), "Wergeltok saw no mass"))
    source.PatientName = "Wergeltok^Ida"
    if profile == "basic":
        return
    found = compared(source, using=using)
    assert found.findings == () and rows(found)["(0040,A730)"][2] == "kept"


def test_what_was_read_again_is_what_was_written(clean, image, context, as_bytes):
    """The helper above writes the published object anew: this one compares the very bytes."""
    data = as_bytes(image)
    published = clean(data).data
    assert compare(BytesIO(data), BytesIO(published), context).findings == ()
    assert dcmread(BytesIO(published)).PatientID == context.pseudonym
