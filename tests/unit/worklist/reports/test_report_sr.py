"""The SR: what it says, whom it names, and that foreign readers accept it."""

import subprocess
from datetime import UTC, datetime
from io import BytesIO

import pytest
from highdicom.sr import EnhancedSR
from pydicom import Dataset, config, dcmread

from worklist.reports import AddendumView, KeyImage, StudyView, Subject, build_sr, document_uids

PSEUDONYM = {
    "subject": Subject("PSN-7F3K2", "PSN-7F3K2", sex="F", age="064Y"),
    "study": StudyView("1.2.3.4", "20251231", modality="CT"),
    "identified": False,
}
CHINESE = {
    "subject": Subject("Zhang^Wei=张^伟", "P-9", "HIS", "19700101", "O", "056Y"),
    "findings": "右上肺叶后段见一枚实性结节，大小约12×9 mm。",
    "impression": "考虑恶性可能性大。",
    "reader": "王伟",
    "node_name": "上海读片中心",
}
ADDENDA = {"addenda": (AddendumView("Nach Rücksprache bestätigt.", "Karl Groß", datetime(2026, 3, 10, 8, tzinfo=UTC)),)}
MAMMOGRAPHY = "1.2.840.10008.5.1.4.1.1.1.2"


def read(file: bytes) -> Dataset:
    return dcmread(BytesIO(file))


def items(document: Dataset) -> list[Dataset]:
    """Return every content item below the root, depth first."""
    found: list[Dataset] = []
    for item in document.get("ContentSequence", []):
        found += [item, *items(item)]
    return found


def texts(document: Dataset) -> dict[str, str]:
    return {
        item.ConceptNameCodeSequence[0].CodeMeaning: item.TextValue for item in items(document) if "TextValue" in item
    }


def codes(document: Dataset) -> dict[str, str]:
    return {
        item.ConceptNameCodeSequence[0].CodeMeaning: item.ConceptCodeSequence[0].CodeMeaning
        for item in items(document)
        if item.ValueType == "CODE"
    }


@pytest.mark.parametrize("fields", [{}, PSEUDONYM, CHINESE, ADDENDA, {"question": "", "key_images": ()}])
def test_the_sr_has_no_errors_by_the_standard(make_view, make_header, standard_errors, fields):
    assert standard_errors(build_sr(make_view(**fields), [make_header()])) == []


def test_the_sr_of_a_mammogram_has_no_errors_by_the_standard(make_view, make_header, standard_errors):
    view = make_view(study=StudyView("1.2.3.4", modality="MG"), key_images=(KeyImage(MAMMOGRAPHY, "1.2.3.4.5.1", 1),))
    assert standard_errors(build_sr(view, [make_header(SOPClassUID=MAMMOGRAPHY)])) == []


def test_dcmtk_reads_the_sr(make_view, make_header, program, tmp_path):
    (tmp_path / "sr.dcm").write_bytes(build_sr(make_view(**CHINESE, **ADDENDA), [make_header()]))
    dump = subprocess.run(
        [program("dsrdump"), "+Pl", str(tmp_path / "sr.dcm")], capture_output=True, text=True, check=True
    ).stdout
    assert "Enhanced SR Document" in dump
    assert "右上肺叶后段见一枚实性结节" in dump
    assert "Verification Flag   : VERIFIED" in dump
    assert "Nach Rücksprache bestätigt." in dump


def test_highdicom_reads_the_sr(make_view, make_header):
    document = EnhancedSR.from_dataset(read(build_sr(make_view(), [make_header()])))
    assert document.content[0].name.meaning == "Diagnostic Imaging Report"
    assert document.get_evidence() == [("1.2.3.4", "1.2.3.4.6.1", "1.2.3.4.5.1", "1.2.840.10008.5.1.4.1.1.2")]


def test_the_sr_is_complete_final_and_verified_by_the_reader(make_view, make_header):
    document = read(build_sr(make_view(), [make_header()]))
    assert (document.CompletionFlag, document.PreliminaryFlag, document.VerificationFlag) == (
        "COMPLETE",
        "FINAL",
        "VERIFIED",
    )
    verifier = document.VerifyingObserverSequence[0]
    assert verifier.VerifyingObserverName == "Müller^Anna^^Dr.^MD"
    assert verifier.VerifyingOrganization == "Overread Reading Centre"
    assert verifier.VerificationDateTime == "20260309143205+0000"


def test_the_sr_says_what_the_reader_wrote(make_view, make_header):
    document = read(build_sr(make_view(), [make_header()]))
    said = texts(document)
    assert said["Finding"] == "Solider Rundherd, 12 mm.\r\nKein Erguss."
    assert said["Impression"] == "Verdacht auf ein Bronchialkarzinom."
    assert said["Recommendation"] == "PET-CT."
    assert said["Request"] == "Malignität?"
    assert codes(document) | {
        "Agreement with the original report": "Major discrepancy with the original report",
        "RADPEER score": "RADPEER score 3b",
        "Diagnosis changed by the second read": "Yes",
        "Treatment changed by the second read": "No",
        "Procedure reported": "Computed tomography",
    } == codes(document)


def test_private_codes_name_their_scheme(make_view, make_header):
    document = read(build_sr(make_view(), [make_header()]))
    assert document.CodingSchemeIdentificationSequence[0].CodingSchemeDesignator == "99OVERREAD"


def test_the_subject_is_the_views_whatever_the_images_say(make_view, make_header):
    header = make_header(
        PatientBirthDate="19000101", PatientSex="F", AccessionNumber="OTHER", IssuerOfPatientID="OTHER"
    )
    document = read(build_sr(make_view(), [header]))
    assert document.PatientName == "Weiß^Jürgen"
    assert (document.PatientID, document.IssuerOfPatientID) == ("P-1", "HIS")
    assert (document.PatientBirthDate, document.PatientSex, document.AccessionNumber) == ("19610203", "M", "ACC1")
    assert b"OTHER" not in build_sr(make_view(), [header])


def test_what_the_view_leaves_open_comes_from_the_images(make_view, make_header):
    view = make_view(**PSEUDONYM)
    document = read(
        build_sr(view, [make_header(StudyID="S-7", PatientIdentityRemoved="YES", StudyDescription="Thorax")])
    )
    assert (document.StudyID, document.PatientIdentityRemoved, document.StudyDescription) == ("S-7", "YES", "Thorax")


def test_identifiers_of_the_view_are_written_letter_for_letter(make_view, make_header):
    view = make_view(
        subject=Subject("van  der Berg^J", "00  12/A", "HIS"),
        study=StudyView("1.2.3.4", accession_number="ACCESSION-2026-000123456", study_id="S  1"),
    )
    document = read(build_sr(view, [make_header()]))
    assert document.PatientName == "van  der Berg^J"
    assert (document.PatientID, document.StudyID) == ("00  12/A", "S  1")
    assert document.AccessionNumber == "ACCESSION-2026-000123456"


def test_malformed_values_of_the_images_do_not_reach_the_report(make_view, make_header, standard_errors):
    malformed = {"PatientSex": "W", "PatientAge": "64", "StudyDate": "5.1.2026", "StudyTime": "99:99"}
    with config.disable_value_validation():
        header = make_header(**malformed)
    view = make_view(subject=Subject("A^B", "1"), study=StudyView("1.2.3.4"))
    file = build_sr(view, [header])
    document = read(file)
    assert (document.PatientSex, document.StudyDate, document.StudyTime) == ("", "", "")
    assert "PatientAge" not in document
    assert standard_errors(file) == []


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 100", "Groß^Käthe"),
        ("GB18030", "Wang^XiaoDong=王^小东"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("ISO_IR 192", "Ким^Виктор"),
    ],
)
def test_names_in_any_character_set_are_written_in_utf8(make_view, make_header, charset, name):
    original = make_header(
        SpecificCharacterSet=charset, ReferringPhysicianName=name, PatientBirthDate="", PatientSex=""
    )
    encoded = BytesIO()
    original.save_as(encoded, implicit_vr=False, little_endian=True)
    header = dcmread(BytesIO(encoded.getvalue()), force=True)
    header.file_meta = None
    view = make_view(subject=Subject(name, "1"), study=StudyView("1.2.3.4"))
    document = read(build_sr(view, [header]))
    assert document.SpecificCharacterSet == "ISO_IR 192"
    assert document.ReferringPhysicianName == name
    assert document.PatientName == name
    assert document.PatientName.original_string == name.encode()


def test_every_instance_is_evidence(make_view, make_header):
    evidence = [make_header(number) for number in range(1, 301)]
    document = EnhancedSR.from_dataset(read(build_sr(make_view(), evidence)))
    assert {reference[2] for reference in document.get_evidence()} == {header.SOPInstanceUID for header in evidence}


def test_evidence_of_a_private_sop_class_is_listed(make_view, make_header):
    header = make_header(SOPClassUID="1.2.840.113619.4.27")
    document = read(build_sr(make_view(key_images=()), [header]))
    series = document.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    assert series.ReferencedSOPSequence[0].ReferencedSOPClassUID == "1.2.840.113619.4.27"


@pytest.mark.parametrize(("frames", "referenced"), [(None, None), (1, None), (10, 4)])
def test_a_frame_is_referenced_only_where_there_are_several(make_view, make_header, frames, referenced):
    header = make_header() if frames is None else make_header(NumberOfFrames=frames)
    view = make_view(key_images=(KeyImage("1.2.840.10008.5.1.4.1.1.3.1", "1.2.3.4.5.1", 4),))
    images = [item for item in items(read(build_sr(view, [header]))) if item.ValueType == "IMAGE"]
    assert images[0].ConceptNameCodeSequence[0].CodeMeaning == "Best illustration of finding"
    assert images[0].ReferencedSOPSequence[0].get("ReferencedFrameNumber") == referenced


def test_times_are_utc_and_say_so(make_view, make_header):
    document = read(build_sr(make_view(), [make_header()]))
    assert (document.ContentDate, document.ContentTime, document.TimezoneOffsetFromUTC) == (
        "20260309",
        "143205",
        "+0000",
    )


@pytest.mark.parametrize(
    ("offset", "date", "time"),
    [("+0900", "20260309", "233205"), ("-0330", "20260309", "110205"), ("+9900", "20260309", "143205")],
)
def test_times_are_in_the_studys_own_offset_where_it_has_one(make_view, make_header, offset, date, time):
    document = read(build_sr(make_view(), [make_header(TimezoneOffsetFromUTC=offset)]))
    assert (document.ContentDate, document.ContentTime) == (date, time)
    assert document.TimezoneOffsetFromUTC == (offset if offset != "+9900" else "+0000")


def test_an_addendum_makes_a_new_version_that_names_the_one_before(make_view, make_header):
    before, after = make_view(), make_view(**ADDENDA)
    first, second = read(build_sr(before, [make_header()])), read(build_sr(after, [make_header()]))
    assert second.SOPInstanceUID != first.SOPInstanceUID
    assert second.SeriesInstanceUID == first.SeriesInstanceUID
    predecessor = second.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    assert predecessor.SeriesInstanceUID == first.SeriesInstanceUID
    assert predecessor.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == first.SOPInstanceUID
    assert (first.InstanceNumber, second.InstanceNumber) == (1, 2)
    assert texts(second)["Addendum"] == "Nach Rücksprache bestätigt."
    assert second.VerifyingObserverSequence[1].VerifyingObserverName == "Groß^Karl"
    assert (second.ContentDate, second.ContentTime) == ("20260310", "080000")


def test_the_same_view_gives_the_same_bytes(make_view, make_header):
    assert build_sr(make_view(), [make_header()]) == build_sr(make_view(), [make_header()])


def test_the_zones_have_documents_of_their_own(make_view, make_header):
    for identified, zone in ((True, "returned"), (False, "reading")):
        document = read(build_sr(make_view(identified=identified), [make_header()]))
        assert document.SOPInstanceUID == document_uids("read-1", "sr", 0, zone).sop_instance_uid


def test_evidence_of_another_study_is_refused(make_view, make_header):
    with pytest.raises(ValueError, match="another study"):
        build_sr(make_view(), [make_header(StudyInstanceUID="2.25.1")])


def test_a_read_without_evidence_is_refused(make_view):
    with pytest.raises(ValueError, match="needs the headers"):
        build_sr(make_view(), [])


def test_a_key_image_that_is_no_evidence_is_refused_without_naming_it(make_view, make_header):
    with pytest.raises(ValueError, match="key image") as refusal:
        build_sr(make_view(), [make_header(2)])
    assert "1.2.3.4" not in str(refusal.value)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["WANG", "王伟", "Weiß, Jürgen", "A^B^C^D^E^F"])
def test_no_warning_prints_a_name(make_view, make_header, name, caplog):
    view = make_view(subject=Subject(name, "1"), reader="王伟")
    assert read(build_sr(view, [make_header(PatientName=name)])).PatientName == name
    assert caplog.text == ""


def test_building_leaves_the_evidence_as_it_was(make_view, make_header):
    header = make_header(PatientSex="W")
    build_sr(make_view(), [header])
    assert header == make_header(PatientSex="W")
