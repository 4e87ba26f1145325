"""What becomes of a presentation state: drawings and references stay, what is written over the image is vouched for."""

import pytest
from pydicom import Dataset
from pydicom.uid import ColorSoftcopyPresentationStateStorage, GrayscaleSoftcopyPresentationStateStorage

from anonymizer import Profile, Refused, map_uid
from tests.unit.anonymizer.conftest import KEY
from tests.unit.anonymizer.content_trees import IMAGE, reference, report


def text_object(text: str) -> Dataset:
    found = Dataset()
    found.UnformattedTextValue, found.AnchorPoint, found.AnchorPointVisibility = text, [1.0, 2.0], "Y"
    found.AnchorPointAnnotationUnits = "PIXEL"
    return found


def presentation_state(
    *texts: str, layer: str = "ANNOTATION", sop_class: str = GrayscaleSoftcopyPresentationStateStorage
):
    ds = report(sop_class=sop_class)
    for keyword in ("ContentSequence", "ValueType", "ContinuityOfContent", "ConceptNameCodeSequence"):
        delattr(ds, keyword)
    ds.Modality, ds.ContentLabel, ds.ContentDescription = "PR", "WERGELTOK_CHEST", "chest for Wergeltok"
    ds.ContentCreatorName, ds.PresentationCreationDate, ds.PresentationCreationTime = "Wergeltok^Ida", "20240215", "12"
    series, layers, line, annotation = Dataset(), Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID, series.ReferencedImageSequence = "1.2.276.0.999.2", [reference()]
    layers.GraphicLayer, layers.GraphicLayerOrder, layers.GraphicLayerDescription = layer, "1", "marks of Wergeltok"
    line.GraphicAnnotationUnits, line.GraphicDimensions, line.NumberOfGraphicPoints = "PIXEL", 2, 2
    line.GraphicData, line.GraphicType = [1.0, 2.0, 3.0, 4.0], "POLYLINE"
    annotation.GraphicLayer, annotation.GraphicObjectSequence = layer, [line]
    annotation.TextObjectSequence = [text_object(text) for text in texts]
    ds.ReferencedSeriesSequence, ds.GraphicLayerSequence = [series], [layers]
    ds.GraphicAnnotationSequence = [annotation]
    ds.PresentationLUTShape = "IDENTITY"
    return ds


@pytest.mark.parametrize(
    "sop_class", [GrayscaleSoftcopyPresentationStateStorage, ColorSoftcopyPresentationStateStorage]
)
def test_drawings_and_references_stay_and_the_creator_goes(clean, sop_class):
    result = clean(presentation_state("no mass", sop_class=sop_class))
    ds = result.ds
    assert list(ds.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData) == [1.0, 2.0, 3.0, 4.0]
    shown = ds.ReferencedSeriesSequence[0].ReferencedImageSequence[0]
    assert shown.ReferencedSOPInstanceUID == map_uid(KEY, site="st-mary", uid=IMAGE)
    assert b"ergeltok" not in result.data and b"ERGELTOK" not in result.data
    assert (ds.ContentLabel, ds.ContentDescription) == ("CHEST", "chest for")
    assert ds.PresentationCreationDate == ds.StudyDate
    assert result.report.options[-1] == "clean-graphics"
    assert ds.DeidentificationMethodCodeSequence[-1].CodeValue == "113103"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no mass, 12 mm", "no mass, 12 mm"),
        ("Vögelein, H.", "REMOVED"),
        ("mass? ask Wergeltok or Kotz", "mass? [...] [name] or [...]"),
        ("MRN-77123", "REMOVED"),
    ],
)
def test_text_over_the_image_keeps_what_is_vouched_for(clean, text, expected):
    annotation = clean(presentation_state(text)).ds.GraphicAnnotationSequence[0]
    assert annotation.TextObjectSequence[0].UnformattedTextValue == expected


def test_a_layer_named_after_somebody_gets_another_name_everywhere(clean):
    ds = clean(presentation_state("mass", layer="DR WERGELTOK")).ds
    name = ds.GraphicLayerSequence[0].GraphicLayer
    assert name == ds.GraphicAnnotationSequence[0].GraphicLayer and name.startswith("LAYER ") and len(name) <= 16
    assert clean(presentation_state("mass", layer="ANNOTATION")).ds.GraphicLayerSequence[0].GraphicLayer == "ANNOTATION"


def test_overlays_and_curves_and_their_descriptions_go(clean):
    original = presentation_state("mass")
    original.add_new(0x60000010, "US", 8)
    original.add_new(0x60000011, "US", 8)
    original.add_new(0x60000022, "LO", "Chest")
    original.add_new(0x60000040, "CS", "G")
    original.add_new(0x60001001, "CS", "ANNOTATION")
    original.add_new(0x60003000, "OW", bytes(8))
    original.add_new(0x50003000, "OW", bytes(8))
    assert not [element for element in clean(original).ds if element.tag.group in {0x6000, 0x5000}]


def test_a_shutter_that_needs_its_overlay_is_refused(clean):
    original = presentation_state("mass")
    original.ShutterShape, original.ShutterOverlayGroup = "BITMAP", 0x6000
    with pytest.raises(Refused) as refused:
        clean(original)
    assert refused.value.code == "presentation-state"


def test_text_goes_when_the_profile_cleans_no_descriptions(clean, context):
    from dataclasses import replace

    using = replace(context, profile=Profile("graphics", "Graphics only", ("clean-graphics",)))
    annotation = clean(presentation_state("no mass"), using).ds.GraphicAnnotationSequence[0]
    assert annotation.TextObjectSequence[0].UnformattedTextValue == "REMOVED"
