"""What becomes of a structured report: its tree stays whole, its numbers and codes stay, nobody is named."""

from dataclasses import replace
from datetime import date

import pytest
from pydicom import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    BasicTextSRStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    KeyObjectSelectionDocumentStorage,
)

from anonymizer import KnownIdentity, Refused, date_shift_days, map_uid
from tests.unit.anonymizer.conftest import KEY
from tests.unit.anonymizer.content_trees import IMAGE, code, container, item, measured, reference, report

FINDING = code("121071", "DCM", "Finding")
FINDINGS = code("121070", "DCM", "Findings")
LABEL = code("112039", "DCM", "Tracking Identifier")
LUNG = "Lung structure (body structure)"
DIAMETER = code("81827009", "SCT", "Diameter")


def only(ds: Dataset) -> Dataset:
    (found,) = ds.ContentSequence
    return found


def text_after(clean, text, *others, using=None):
    result = clean(report(item("TEXT", FINDING, text), *others), *([using] if using else []))
    return result.ds.ContentSequence[0].TextValue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No evidence of pneumothorax.", "No evidence of pneumothorax."),
        ("Fraktur der Rippe, kein Pneumothorax", "Fraktur der Rippe, kein Pneumothorax"),
        ("Effusion, discussed with Wergeltok", "Effusion, [...] with [...]"),
        ("Frau Vögelein: no effusion", "[...] [name]: no effusion"),
        ("HILDEGARD VOEGELEIN has an effusion", "[name] has an effusion"),
        ("MRN-77123: effusion left", "[id]: effusion left"),
        ("effusion since 09.03.1952", "effusion since [date]"),
        ("nodule of 12 mm, tel. 0171 5551234", "nodule of 12 mm, [...]. [contact]"),
        ("no effusion<br>no mass", "no effusion\nno mass"),
        ("Wergeltok", "REMOVED"),
        ("no mass " * 20_000, "REMOVED"),
        ("no mass " + "1" * 90_000 + " here", "no mass [...] here"),
        ("", ""),
    ],
)
def test_prose_keeps_what_is_vouched_for_and_shows_its_gaps(clean, text, expected):
    assert text_after(clean, text) == expected


def test_no_word_goes_missing_without_a_trace(clean):
    """A negation that nobody lists must leave a gap, as the rest would say the opposite."""
    assert text_after(clean, "nirgendwo Pneumothorax") == "[...] Pneumothorax"
    assert text_after(clean, "决无骨折") == "[...]无骨折"


def test_dates_in_prose_move_as_those_of_the_images_do(clean, context):
    result = clean(report(item("TEXT", FINDING, "compared with 10.01.2024: no change")))
    moved = date.fromordinal(
        date(2024, 1, 10).toordinal() + date_shift_days(KEY, site="st-mary", patient_scope="st-mary/MRN-77123")
    )
    assert only(result.ds).TextValue == f"compared with {moved:%d.%m.%Y}: no change"


def test_a_listed_word_that_people_bear_stays_only_as_a_word(clean):
    assert text_after(clean, "Small effusion, no small mass") == "Small effusion, no small mass"
    assert text_after(clean, "No mass. Compare Small\nSmall") == "No mass. Compare [...]"
    assert text_after(clean, "seen with Longfield") == "seen with [...]"


def test_people_named_anywhere_in_the_object_are_named_in_no_text(clean):
    observer = item("PNAME", code("121008", "DCM", "Person Observer Name"), "Chestnut^Mary")
    written_as_text = item("TEXT", code("121008", "DCM", "Person Observer Name"), "Rib")
    subject = item("TEXT", code("121030", "DCM", "Subject ID"), "rib 44")
    text = item("TEXT", FINDING, "mary saw rib 44, rib and Grauwiller, Otto")
    ds = clean(report(text, container(FINDINGS, observer, written_as_text, subject))).ds
    assert ds.ContentSequence[0].TextValue == "[name] [...] [id], [name] and [name]"
    observed, misplaced, numbered = ds.ContentSequence[1].ContentSequence
    assert (observed.PersonName, misplaced.TextValue, numbered.TextValue) == ("REMOVED", "REMOVED", "REMOVED")


def test_what_the_caller_knows_is_taken_out_too(clean, context):
    known = KnownIdentity(names=("Mass^Peter",), ids=("no change",))
    assert text_after(clean, "mass: no change, effusion", using=replace(context, known=known)) == (
        "[name]: [id], effusion"
    )
    assert "Mass" not in repr(replace(context, known=known))


def test_names_never_stay_and_dates_follow_the_profile(clean, basic_context, context):
    private = code("X1", "99CLINIC", "Contact")
    ds = clean(
        report(
            item("PNAME", private, "Wergeltok^Ida"),
            item("DATE", private, "19520309"),
            item("DATE", private, "20240215"),
            item("DATETIME", private, "20240215101530.25+0100"),
            item("TIME", private, "101530"),
        )
    ).ds
    name, birth, day, moment, time = ds.ContentSequence
    assert name.PersonName == "REMOVED" and birth.Date == "19000101", "a moved birth date would tell the shift"
    assert day.Date == ds.StudyDate and moment.DateTime == f"{ds.StudyDate}101530.25+0100" and time.Time == "101530"


def test_references_and_numbers_and_public_codes_stay(clean):
    region = item("SCOORD", code("111030", "DCM", "Image Region"), None, item("IMAGE", None, reference()))
    region.GraphicData, region.GraphicType = [1.0, 2.0, 3.0, 4.0], "POLYLINE"
    ds = clean(
        report(
            item("NUM", DIAMETER, measured("12.5")),
            item("CODE", code("363698007", "SCT", "Finding Site"), code("39607008", "SCT", "Lung")),
            item("UIDREF", code("112040", "DCM", "Tracking Unique Identifier"), "1.2.276.0.999.8"),
            region,
        )
    ).ds
    number, site, tracking, area = ds.ContentSequence
    value = number.MeasuredValueSequence[0]
    assert (value.NumericValue, value.MeasurementUnitsCodeSequence[0].CodeValue) == (12.5, "mm")
    assert site.ConceptCodeSequence[0].CodeMeaning == "Lung"
    assert map_uid(KEY, site="st-mary", uid="1.2.276.0.999.8") == tracking.UID
    assert list(area.GraphicData) == [1.0, 2.0, 3.0, 4.0]
    assert only(area).ReferencedSOPSequence[0].ReferencedSOPInstanceUID == map_uid(KEY, site="st-mary", uid=IMAGE)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (code("39607008", "SCT", "Lunge von Vögelein"), ("39607008", "SCT", LUNG)),
        (code("T-28000", "SRT", "Lunge, Wergeltok"), ("T-28000", "SRT", LUNG)),
        (code("999999123", "SCT", "absence of wergeltok"), ("999999123", "SCT", "999999123")),
        (code("L1", "99CLINIC", "Chest, no mass"), ("L1", "99REMOVED", "Chest, no mass")),
        (code("L1", "99CLINIC", "Chest of Wergeltok"), ("L1", "99REMOVED", "REMOVED")),
        (code("Voegelein", "DCM", "Chest"), ("REMOVED", "99REMOVED", "REMOVED")),
        (code("Wergeltok", "UCUM", "mm"), ("REMOVED", "99REMOVED", "REMOVED")),
        (code("mm[Hg]", "UCUM", "mmHg"), ("mm[Hg]", "UCUM", "mmHg")),
    ],
)
def test_the_meaning_of_a_code_stays_whole_or_not_at_all(clean, entry, expected):
    found = only(clean(report(item("CODE", FINDING, entry))).ds).ConceptCodeSequence[0]
    assert (found.CodeValue, found.CodingSchemeDesignator, found.CodeMeaning) == expected


def test_a_number_that_had_to_go_leaves_no_other_number(clean):
    original = report(item("NUM", DIAMETER, measured("4711222")))
    original.AccessionNumber = "4711222"
    assert len(only(clean(original).ds).MeasuredValueSequence) == 0


@pytest.mark.parametrize(("number", "unit", "expected"), [("93", "a", "90"), ("1130", "mo", "1080"), ("71", "a", "71")])
def test_an_age_above_ninety_is_ninety(clean, number, unit, expected):
    age = item("NUM", code("121033", "DCM", "Subject Age"), measured(number, unit))
    assert str(only(clean(report(age)).ds).MeasuredValueSequence[0].NumericValue) == expected


def test_an_age_in_a_unit_nobody_knows_goes(clean):
    age = item("NUM", code("30525-0", "LN", "Age"), measured("93", "{lustra}"))
    assert len(only(clean(report(age)).ds).MeasuredValueSequence) == 0


def test_a_removed_item_takes_its_descendants_and_their_references_along(clean):
    inner = item("TEXT", FINDING, "no mass")
    gone = item("TEXT", code("121022", "DCM", "Accession Number"), "ACC4711", inner)
    dangling, pointing = Dataset(), Dataset()
    dangling.RelationshipType = pointing.RelationshipType = "INFERRED FROM"
    dangling.ReferencedContentItemIdentifier, pointing.ReferencedContentItemIdentifier = [1, 1, 1], [1, 3, 1]
    kept = item("TEXT", FINDING, "no effusion")
    ds = clean(report(gone, item("TEXT", FINDING, "mass", dangling, pointing), container(FINDINGS, kept))).ds
    first, second = ds.ContentSequence
    assert first.TextValue == "mass" and only(second).TextValue == "no effusion"
    assert list(only(first).ReferencedContentItemIdentifier) == [1, 2, 1], "the places of what stays are counted anew"


def test_a_concept_under_its_retired_code_is_the_same_concept(clean):
    site = code("G-C0E3", "SRT", "Finding Site")
    assert only(clean(report(item("TEXT", site, "lung, Wergeltok"))).ds).TextValue == "lung, [...]"
    assert clean(report(item("TEXT", site, "lung"))).report.content_items == {"C": 1}


def test_the_terms_that_hold_the_tree_stay_whatever_somebody_is_called(clean):
    original = report(item("TEXT", FINDING, "no mass, contains text"))
    original.PatientName = "Text^Contains"
    found = only(clean(original).ds)
    assert (found.ValueType, found.RelationshipType) == ("TEXT", "CONTAINS")
    assert found.TextValue == "no mass, [name]"


def test_nothing_travels_beside_the_value_of_an_item(clean):
    odd = item("NUM", DIAMETER, measured("12"))
    odd.TextValue, odd.PersonName, odd.RetrieveURL = "Wergeltok", "Wergeltok", "http://wergeltok"
    found = only(clean(report(odd)).ds)
    assert not {"TextValue", "PersonName", "RetrieveURL"} & set(found.dir())


def test_a_kind_of_content_that_no_rule_knows_is_refused(clean):
    with pytest.raises(Refused) as refused:
        clean(report(container(FINDINGS, item("MATRIX", FINDING))))
    assert refused.value.code == "structured-report"


def test_observers_and_participants_follow_the_attributes_table(clean):
    original = report(item("TEXT", FINDING, "no mass"))
    observer, participant, custodian = Dataset(), Dataset(), Dataset()
    observer.VerifyingObserverName, observer.VerifyingOrganization = "Wergeltok^Ida", "Klinik Seestadt"
    observer.VerificationDateTime, observer.VerifyingObserverIdentificationCodeSequence = "20240215", []
    participant.PersonName, participant.ParticipationType = "Wergeltok^Ida", "ATTEST"
    custodian.InstitutionName = "Klinik Seestadt"
    original.VerificationFlag, original.VerifyingObserverSequence = "VERIFIED", [observer]
    original.ParticipantSequence, original.CustodialOrganizationSequence = [participant], [custodian]
    original.PredecessorDocumentsSequence = [_evidence()]
    result = clean(original)
    assert b"Wergeltok" not in result.data and b"Seestadt" not in result.data
    assert result.ds.VerificationFlag == "VERIFIED" and result.ds.VerifyingObserverSequence[0].VerifyingObserverName
    assert "ParticipantSequence" not in result.ds
    series = result.ds.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == map_uid(KEY, site="st-mary", uid=IMAGE)


def _evidence() -> Dataset:
    series, study = Dataset(), Dataset()
    series.SeriesInstanceUID, series.ReferencedSOPSequence = "1.2.276.0.999.2", [reference()]
    study.StudyInstanceUID, study.ReferencedSeriesSequence = "1.2.276.0.999.1", [series]
    return study


def test_key_object_selections_are_reports_too(clean):
    title, note = code("113000", "DCM", "Of Interest"), code("113012", "DCM", "Key Object Description")
    selection = report(
        item("TEXT", note, "effusion, Wergeltok"), item("IMAGE", None), sop_class=KeyObjectSelectionDocumentStorage
    )
    selection.ConceptNameCodeSequence, selection.Modality = [title], "KO"
    selection.CurrentRequestedProcedureEvidenceSequence = Sequence([_evidence()])
    ds = clean(selection).ds
    described, shown = ds.ContentSequence
    assert described.TextValue == "effusion, [...]"
    assert shown.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == map_uid(KEY, site="st-mary", uid=IMAGE)


def test_pixels_do_not_hide_in_a_report(clean):
    original = report(item("TEXT", FINDING, "no mass"), sop_class=BasicTextSRStorage)
    original.add_new(0x7FE00010, "OB", b"Vogelein")
    result = clean(original)
    assert "PixelData" not in result.ds and b"Vogelein" not in result.data


def test_the_markers_say_what_was_applied_to_this_instance(clean, image):
    def told(ds):
        return [entry.CodeValue for entry in ds.DeidentificationMethodCodeSequence]

    result = clean(report(item("TEXT", FINDING, "no mass")))
    assert told(result.ds) == ["113100", "113107", "113108", "113105", "113104"]
    assert result.report.options[-1] == "clean-structured-content" and result.report.content_items == {"C": 1}
    assert told(clean(image).ds) == ["113100", "113107", "113108", "113105"]
    assert clean(image).report.content_items == {}


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_trees_are_cleaned_in_every_native_transfer_syntax(clean, syntax):
    from io import BytesIO

    original = report(
        container(FINDINGS, item("TEXT", FINDING, "Vögelein: no mass"), item("NUM", DIAMETER, measured("3")))
    )
    original.file_meta.TransferSyntaxUID = syntax
    pointing = Dataset()
    pointing.RelationshipType, pointing.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 1, 2]
    original.ContentSequence[0].ContentSequence[0].ContentSequence = [pointing]
    buffer = BytesIO()
    original.save_as(
        buffer,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        enforce_file_format=True,
    )
    text, number = only(clean(buffer.getvalue()).ds).ContentSequence
    assert text.TextValue == "[name]: no mass" and number.MeasuredValueSequence[0].NumericValue == 3
    assert list(only(text).ReferencedContentItemIdentifier) == [1, 1, 2]
