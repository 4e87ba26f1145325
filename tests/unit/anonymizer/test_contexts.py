"""Of how an image was acquired and a specimen prepared, codes and numbers stay, and no word that anybody wrote."""

import pytest
from pydicom import Dataset

from tests.unit.anonymizer.content_trees import code

STAINING, FLOW = code("127790008", "SCT", "Staining"), code("122132", "DCM", "Flow Rate")


def entry(kind, concept, **values):
    ds = Dataset()
    ds.ValueType, ds.ConceptNameCodeSequence = kind, [concept]
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def stained():
    return entry("CODE", STAINING, ConceptCodeSequence=[code("12710003", "SCT", "hematoxylin stain")])


def flowing():
    unit = [code("ml/s", "UCUM", "ml/s")]
    return entry("NUMERIC", FLOW, NumericValue="4.5", MeasurementUnitsCodeSequence=unit, TextValue="Voegelein")


def named():
    return entry("PNAME", code("121106", "DCM", "Comment"), PersonName="Voegelein")


def written():
    return entry("TEXT", code("121106", "DCM", "Comment"), TextValue="Specimen of Voegelein")


def test_codes_and_numbers_of_the_acquisition_context_stay(clean, image):
    image.AcquisitionContextSequence = [stained(), written(), flowing(), named()]
    result = clean(image)
    first, second = result.ds.AcquisitionContextSequence
    assert first.ConceptCodeSequence[0].CodeValue == "12710003" and first.ValueType == "CODE"
    assert second.NumericValue == 4.5 and "TextValue" not in second and b"oegelein" not in result.data
    assert "113104" in [each.CodeValue for each in result.ds.DeidentificationMethodCodeSequence]


def test_a_context_of_words_alone_goes(clean, image):
    image.AcquisitionContextSequence = [written()]
    assert not clean(image).ds.get("AcquisitionContextSequence")


def test_a_concept_that_the_table_names_goes_though_it_is_a_code(clean, image):
    sex = entry("CODE", code("121032", "DCM", "Subject Sex"), ConceptCodeSequence=[code("F", "DCM", "Female")])
    image.AcquisitionContextSequence = [sex, stained()]
    assert len(clean(image).ds.AcquisitionContextSequence) == 1


def test_steps_of_a_preparation_stay_where_something_of_them_does(clean, image):
    steps = [Dataset(), Dataset()]
    steps[0].SpecimenPreparationStepContentItemSequence = [written(), stained()]
    steps[1].SpecimenPreparationStepContentItemSequence = [written()]
    specimen = Dataset()
    specimen.SpecimenIdentifier, specimen.SpecimenPreparationSequence = "VOEGELEIN-1", steps
    image.SpecimenDescriptionSequence = [specimen]
    result = clean(image)
    (step,) = result.ds.SpecimenDescriptionSequence[0].SpecimenPreparationSequence
    (kept,) = step.SpecimenPreparationStepContentItemSequence
    assert kept.ConceptCodeSequence[0].CodeValue == "12710003"
    assert b"oegelein" not in result.data and b"VOEGELEIN" not in result.data


@pytest.mark.parametrize("keyword", ["AcquisitionContextSequence", "SpecimenPreparationSequence"])
def test_without_the_option_they_go(clean, image, basic_context, keyword):
    setattr(image, keyword, [stained()])
    result = clean(image, basic_context)
    assert not result.ds.get(keyword) and b"12710003" not in result.data
