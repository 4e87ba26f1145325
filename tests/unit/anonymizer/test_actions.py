"""What each action does to an object that goes all the way through."""

from datetime import date, timedelta

import pytest
from pydicom import Dataset
from pydicom.uid import CTImageStorage, generate_uid

from anonymizer import date_shift_days, map_uid


def moved(context, day):
    shift = date_shift_days(context.key, site=context.site, patient_scope=context.patient_scope)
    return f"{date.fromisoformat(day) + timedelta(days=shift):%Y%m%d}"


def code(value, scheme, meaning):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def test_the_patient_becomes_the_pseudonym(clean, image, context):
    ds = clean(image).ds
    assert ds.PatientName == context.pseudonym == ds.PatientID
    assert ds.PatientBirthDate == ""


def test_a_patient_without_name_and_id_gets_the_pseudonym_too(clean, image, context):
    del image.PatientName, image.PatientID
    ds = clean(image).ds
    assert ds.PatientName == context.pseudonym == ds.PatientID


def test_x_removes_and_z_empties(clean, image):
    image.OtherPatientNames, image.PatientAddress = "Vogel^Hilde", "Seestr. 1"
    image.ReferringPhysicianName = "Grau^Anna"
    ds = clean(image).ds
    assert "OtherPatientNames" not in ds and "PatientAddress" not in ds
    assert ds.ReferringPhysicianName == "" and ds.AccessionNumber == "" and ds.StudyID == ""


def test_d_puts_a_dummy_that_fits_the_vr(clean, image):
    image.XRayDetectorID, image.ClinicalTrialProtocolID = "DET-17", "P-1"
    ds = clean(image).ds
    assert ds.XRayDetectorID == "REMOVED" and ds.ClinicalTrialProtocolID == "REMOVED"


def test_d_on_a_sequence_leaves_no_text_in_its_items(clean, image):
    operator = Dataset()
    operator.PersonIdentificationCodeSequence = [code("4711", "99SEESTADT", "Grau, Anna")]
    operator.InstitutionName = "Klinik Seestadt"
    image.PerformingPhysicianIdentificationSequence = [operator]
    image.add_new(0x00401101, "SQ", [code("4711", "SCT", "Grau, Anna")])
    result = clean(image)
    item = result.ds[0x00401101].value[0]
    assert (item.CodeValue, item.CodeMeaning) == ("REMOVED", "REMOVED")
    assert b"Grau" not in result.data and b"4711" not in result.data


def test_u_maps_uids_everywhere_and_keeps_references_together(clean, image, context):
    reference, purpose = Dataset(), Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = CTImageStorage, image.SOPInstanceUID
    purpose.UID = image.StudyInstanceUID
    reference.PurposeOfReferenceCodeSequence = [code("121322", "DCM", "Source image for image processing operation")]
    study = Dataset()
    study.StudyInstanceUID, study.ReferencedSeriesSequence = image.StudyInstanceUID, [Dataset()]
    study.ReferencedSeriesSequence[0].SeriesInstanceUID = image.SeriesInstanceUID
    study.ReferencedSeriesSequence[0].ReferencedInstanceSequence = [reference]
    image.StudiesContainingOtherReferencedInstancesSequence = [study]
    result = clean(image)
    ds, report = result.ds, result.report
    again = ds.StudiesContainingOtherReferencedInstancesSequence[0]
    series = again.ReferencedSeriesSequence[0]
    assert again.StudyInstanceUID == ds.StudyInstanceUID == report.study_instance_uid
    assert series.SeriesInstanceUID == ds.SeriesInstanceUID == report.series_instance_uid
    kept = series.ReferencedInstanceSequence[0]
    assert (
        kept.ReferencedSOPInstanceUID
        == ds.SOPInstanceUID
        == report.sop_instance_uid
        == ds.file_meta.MediaStorageSOPInstanceUID
    )
    assert kept.ReferencedSOPClassUID == CTImageStorage == ds.SOPClassUID
    assert ds.SOPInstanceUID == map_uid(context.key, site=context.site, uid=image.SOPInstanceUID)


def test_uids_of_a_multi_valued_element_are_mapped_one_by_one(clean, image, context):
    uids = [generate_uid(), "1.2.840.10008.1.4.1.1"]
    image.RelatedFrameOfReferenceUID = uids[0]
    image.IrradiationEventUID = uids
    ds = clean(image).ds
    assert list(ds.IrradiationEventUID) == [map_uid(context.key, site=context.site, uid=uids[0]), uids[1]]


def test_c_moves_dates_and_keeps_times(clean, image, context):
    image.SeriesDate, image.AcquisitionDateTime = "20240215", "20240215101530.5+0100"
    image.ContentDate, image.ContentTime = "202402", "101530"
    ds = clean(image).ds
    assert ds.StudyDate == ds.SeriesDate == moved(context, "2024-02-15")
    assert ds.AcquisitionDateTime == moved(context, "2024-02-15") + "101530.5+0100"
    assert ds.StudyTime == "101530" and ds.ContentTime == "101530"
    assert ds.ContentDate == ""


def test_without_the_option_dates_go(clean, image, basic_context):
    image.SeriesDate, image.AcquisitionDate = "20240215", "20240215"
    result = clean(image, basic_context)
    assert result.ds.StudyDate == "" and "SeriesDate" not in result.ds and "AcquisitionDate" not in result.ds
    assert b"20240215" not in result.data
    assert result.ds.LongitudinalTemporalInformationModified == "REMOVED"


def test_c_cleans_descriptions(clean, image, basic_context):
    image.SeriesDescription, image.ProtocolName = "Kopf nativ Frau Vögelein 2.0 H70h", "Dr. Grau"
    ds = clean(image).ds
    assert ds.StudyDescription == "CT des Schädels" and ds.SeriesDescription == "Kopf nativ 2.0 H70h"
    assert ds.get("ProtocolName", "") in {"", "Dr"}
    assert "StudyDescription" not in clean(image, basic_context).ds


def test_k_keeps_the_patients_characteristics(clean, image, basic_context):
    image.PatientAge, image.PatientSize, image.PatientWeight, image.EthnicGroup = "071Y", "1.68", "70", "celtic"
    ds = clean(image).ds
    assert (ds.PatientAge, ds.PatientSize, ds.PatientWeight, ds.PatientSex) == ("071Y", 1.68, 70, "F")
    assert "EthnicGroup" not in ds
    basic = clean(image, basic_context).ds
    assert basic.PatientSex == "" and not {"PatientAge", "PatientSize", "PatientWeight"} & set(basic.dir())


@pytest.mark.parametrize(("birth", "age"), [("19520309", "071Y"), ("19200309", "090Y"), ("", None), ("1952", None)])
def test_an_absent_age_is_computed_from_the_birth_date(clean, image, birth, age):
    image.PatientBirthDate = birth
    assert clean(image).ds.get("PatientAge") == age


def test_a_high_age_is_capped(clean, image):
    image.PatientAge = "097Y"
    assert clean(image).ds.PatientAge == "090Y"


def test_required_attributes_survive_as_dummies_or_empty(clean, image):
    image.Manufacturer = "Frau Vögelein"
    image.ImageType = ["ORIGINAL", "PRIMARY", "VOEGELEIN 19520309"]
    ds = clean(image).ds
    assert ds.Manufacturer == ""
    assert list(ds.ImageType) == ["ORIGINAL", "PRIMARY", ""]


def test_defined_terms_stay_unless_they_are_the_patients_name(clean, image):
    image.BodyPartExamined, image.PatientPosition, image.ScanOptions = "HEAD", "HFS", "HILDEGARD"
    ds = clean(image).ds
    assert ds.BodyPartExamined == "HEAD" and ds.PatientPosition == "HFS" and "ScanOptions" not in ds


def test_standard_codes_stay_and_private_ones_are_cleaned(clean, image):
    image.AnatomicRegionSequence = [code("69536005", "SCT", "Kopf von Frau Vögelein")]
    image.ProcedureCodeSequence = [code("CTKOPF", "99SEESTADT", "CT Kopf, Grau"), code("24725-4", "LN", "CT Head")]
    image.AdmittingDiagnosesCodeSequence = [code("123456789", "LOCAL", "Vögelein")]
    ds = clean(image).ds
    region = ds.AnatomicRegionSequence[0]
    assert (region.CodeValue, region.CodeMeaning) == ("69536005", "Head structure (body structure)")
    private, loinc = ds.ProcedureCodeSequence
    assert private.CodingSchemeDesignator == "99REMOVED" and private.CodeMeaning == "CT Kopf"
    assert (loinc.CodeValue, loinc.CodingSchemeDesignator) == ("24725-4", "LN")
    diagnosis = ds.AdmittingDiagnosesCodeSequence[0]
    assert (diagnosis.CodeValue, diagnosis.CodeMeaning) == ("REMOVED", "REMOVED")


def test_the_object_says_what_was_done_to_it(clean, image):
    image.BurnedInAnnotation = "NO"
    image.DeidentificationMethod, image.PatientIdentityRemoved = "by hand for Vögelein", "NO"
    ds = clean(image).ds
    assert ds.PatientIdentityRemoved == "YES" and ds.LongitudinalTemporalInformationModified == "MODIFIED"
    assert ds.DeidentificationMethod == "Overread second-read, PS3.15 2026d"
    assert [item.CodeValue for item in ds.DeidentificationMethodCodeSequence] == [
        "113100",
        "113107",
        "113108",
        "113105",
    ]
    assert {item.CodingSchemeDesignator for item in ds.DeidentificationMethodCodeSequence} == {"DCM"}
    assert ds.BurnedInAnnotation == "NO"


def test_the_report_counts_and_tells_no_value(clean, image):
    image.add_new(0x00290010, "LO", "SIEMENS CSA HEADER")
    report = clean(image).report
    assert report.removed_private == 1 and report.profile == "second-read" and report.edition == "PS3.15 2026d"
    assert report.counts["C"] >= 2 and report.counts["U"] >= 4
    assert "Hildegard" not in repr(report) and "MRN-77123" not in repr(report)


def test_a_recognizable_face_is_noted(clean, image):
    image.RecognizableVisualFeatures = "YES"
    assert clean(image).report.notes == ("recognizable-visual-features",)


def test_twice_the_same_input_gives_twice_the_same_bytes(clean, as_bytes, image):
    data = as_bytes(image)
    assert clean(data).data == clean(data).data


def test_the_context_hides_the_patient(context):
    assert "MRN-77123" not in repr(context) and str(bytes(range(32))) not in repr(context)


def test_a_dummied_sequence_leaves_no_text_at_any_depth(clean, image):
    inner, middle, outer = Dataset(), Dataset(), Dataset()
    inner.ContextIdentifier, inner.Manufacturer = "7050", "SIEMENS"
    middle.EquivalentCodeSequence = [inner]
    middle.CodeValue, middle.CodingSchemeDesignator, middle.CodeMeaning = "69536005", "SCT", "Head"
    outer.ConceptNameCodeSequence = [middle]
    image.add_new(0x00401101, "SQ", [outer])
    image.AnatomicRegionSequence = [code("69536005", "SCT", "Head")]
    result = clean(image)
    item = result.ds[0x00401101].value[0].ConceptNameCodeSequence[0]
    assert (item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning) == ("REMOVED", "99REMOVED", "REMOVED")
    assert item.EquivalentCodeSequence[0].get("Manufacturer", "REMOVED") == "REMOVED"
    assert result.ds.AnatomicRegionSequence[0].CodeMeaning == "Head", "strictness leaked out of the sequence"


def test_a_coded_entry_with_parts_left_out_is_cleaned_too(clean, image):
    nameless, scheme = Dataset(), Dataset()
    nameless.CodeValue, nameless.CodingSchemeDesignator = "69536005", "SCT"
    scheme.CodingSchemeDesignator, scheme.CodingSchemeName = "99SEESTADT", "Klinik Seestadt"
    image.AnatomicRegionSequence, image.CodingSchemeIdentificationSequence = [nameless], [scheme]
    result = clean(image)
    region = result.ds.AnatomicRegionSequence[0]
    assert (region.CodeValue, region.CodingSchemeDesignator) == ("69536005", "SCT") and "CodeMeaning" not in region
    assert result.ds.CodingSchemeIdentificationSequence[0].CodingSchemeDesignator == "99REMOVED"
    assert b"eestadt" not in result.data and b"SEESTADT" not in result.data
