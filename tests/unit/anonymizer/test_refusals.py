"""What nobody can vouch for is refused with a code and a sentence."""

from dataclasses import replace

import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import (
    HEVCMP51,
    MPEG2MPML,
    MPEG4HP41F,
    BasicTextSRStorage,
    BasicVoiceAudioWaveformStorage,
    ComputedRadiographyImageStorage,
    EncapsulatedPDFStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    KeyObjectSelectionDocumentStorage,
    MediaStorageDirectoryStorage,
    RawDataStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
    TwelveLeadECGWaveformStorage,
    UltrasoundImageStorage,
    VLPhotographicImageStorage,
    XRayRadiationDoseSRStorage,
)

from anonymizer import Refused


@pytest.mark.parametrize(
    ("sop_class", "code"),
    [
        (EncapsulatedPDFStorage, "encapsulated-document"),
        (BasicVoiceAudioWaveformStorage, "waveform"),
        (RawDataStorage, "raw-data"),
        (MediaStorageDirectoryStorage, "media-directory"),
        ("1.3.12.2.1107.5.9.1", "private-sop-class"),
        ("1.2.840.10008.5.1.4.1.1.501.1", "unsupported-sop-class"),
        ("1.2.840.10008.5.1.4.38.1", "no-image"),
        ("1.2.840.10008.5.1.4.43.1", "no-image"),
    ],
)
def test_kinds_of_objects_are_refused_even_when_somebody_vouches(clean, image, context, sop_class, code):
    image.SOPClassUID = sop_class
    for using in (context, replace(context, vouched=True)):
        with pytest.raises(Refused) as refused:
            clean(image, using)
        assert refused.value.code == code
        assert refused.value.reason.endswith(".") and "Hildegard" not in str(refused.value)


@pytest.mark.parametrize(
    ("sop_class", "code"),
    [
        (BasicTextSRStorage, "structured-report"),
        (XRayRadiationDoseSRStorage, "structured-report"),
        (KeyObjectSelectionDocumentStorage, "key-object"),
        (GrayscaleSoftcopyPresentationStateStorage, "presentation-state"),
        (TwelveLeadECGWaveformStorage, "annotated-waveform"),
    ],
)
def test_text_and_drawings_are_refused_by_a_profile_without_the_option_that_cleans_them(
    clean, image, basic_context, sop_class, code
):
    image.SOPClassUID = sop_class
    with pytest.raises(Refused) as refused:
        clean(image, basic_context)
    assert refused.value.code == code
    assert clean(image).ds.PatientIdentityRemoved == "YES"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"BurnedInAnnotation": "YES"}, "burned-in-annotation"),
        ({"SOPClassUID": UltrasoundImageStorage}, "may-carry-burned-in-text"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.6"}, "may-carry-burned-in-text"),
        ({"SOPClassUID": SecondaryCaptureImageStorage}, "may-carry-burned-in-text"),
        ({"SOPClassUID": VLPhotographicImageStorage}, "may-carry-burned-in-text"),
        ({"Modality": "OT"}, "may-carry-burned-in-text"),
        ({"SOPClassUID": ComputedRadiographyImageStorage, "ConversionType": "DF"}, "may-carry-burned-in-text"),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "may-carry-burned-in-text"),
        ({"SpecimenLabelInImage": "YES"}, "label-in-image"),
    ],
)
def test_pixels_that_may_show_a_name_wait_for_a_person(clean, image, context, values, code):
    for keyword, value in values.items():
        setattr(image, keyword, value)
    with pytest.raises(Refused) as refused:
        clean(image)
    assert refused.value.code == code
    assert clean(image, replace(context, vouched=True)).ds.PatientIdentityRemoved == "YES"


@pytest.mark.parametrize("syntax", [MPEG2MPML, MPEG4HP41F, HEVCMP51])
def test_a_video_which_may_have_sound_waits_for_a_person_whatever_it_says(clean, image, context, syntax):
    image.file_meta.TransferSyntaxUID, image.BurnedInAnnotation = syntax, "NO"
    image.PixelData = encapsulate([bytes(64)])
    image["PixelData"].VR, image["PixelData"].is_undefined_length = "OB", True
    with pytest.raises(Refused) as refused:
        clean(image)
    assert refused.value.code == "video"
    assert clean(image, replace(context, vouched=True)).ds.PatientIdentityRemoved == "YES"


def test_an_overlay_hidden_in_the_pixels_waits_for_a_person(clean, image):
    image.add_new(0x60000010, "US", 4)
    image.add_new(0x60000102, "US", 12)
    with pytest.raises(Refused) as refused:
        clean(image)
    assert refused.value.code == "overlay-in-pixels"


def test_a_sender_that_says_no_annotation_is_burned_in_is_believed(clean, image):
    image.SOPClassUID, image.BurnedInAnnotation = UltrasoundImageStorage, "NO"
    assert clean(image).ds.BurnedInAnnotation == "NO"


def test_segmentations_pass(clean, image):
    image.SOPClassUID, image.Modality = SegmentationStorage, "SEG"
    assert clean(image).report.sop_class_uid == SegmentationStorage


@pytest.mark.parametrize("said", ["NO", ""])
@pytest.mark.parametrize(
    ("modality", "maker", "model", "kind", "rows", "columns"),
    [
        ("CT", "GE MEDICAL SYSTEMS", "", "SCREEN SAVE", 512, 512),
        ("NM", "SIEMENS", "Symbia", "SECONDARY", 860, 1132),
        ("CT", "Philips", "", "DOSE INFO", 512, 512),
    ],
)
def test_images_of_a_device_that_writes_names_into_them_are_refused_whatever_they_say(
    clean, image, said, modality, maker, model, kind, rows, columns
):
    image.Modality, image.Manufacturer, image.ManufacturerModelName = modality, maker, model
    image.ImageType, image.Rows, image.Columns, image.BurnedInAnnotation = ["DERIVED", kind], rows, columns, said
    image.PixelData = bytes(rows * columns * 2)
    with pytest.raises(Refused) as refused:
        clean(image)
    assert refused.value.code == "may-carry-burned-in-text"


@pytest.mark.parametrize("said", ["NO", ""])
@pytest.mark.parametrize("kind", ["SECONDARY", "MPR", "LOW_DOSE"])
@pytest.mark.parametrize("maker", ["TOSHIBA", "GE MEDICAL SYSTEMS", "Philips", "SIEMENS"])
def test_slices_that_were_reconstructed_anew_are_no_captures_of_a_screen(clean, image, said, kind, maker):
    image.Modality, image.Manufacturer, image.ManufacturerModelName = "CT", maker, "Aquilion ONE"
    image.ImageType, image.BurnedInAnnotation = ["DERIVED", "SECONDARY", kind], said
    image.Rows = image.Columns = 512
    image.PixelData = bytes(512 * 512 * 2)
    assert clean(image).ds.PixelData == image.PixelData
