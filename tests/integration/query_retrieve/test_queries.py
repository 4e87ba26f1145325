"""Workstations query with DCMTK's findscu: what is published, by every kind of matching."""

import pytest

pytestmark = pytest.mark.foreign

PATIENT_ROOT, STUDY_ROOT = "-P", "-S"

ALL = {"2.25.10", "2.25.20", "2.25.30"}
FOUND = {
    ("PatientID=OVR-AAAA",): {"2.25.10", "2.25.20"},
    ("PatientName=ovr-b*",): {"2.25.30"},
    ("StudyDate=20240101-20240331",): {"2.25.10", "2.25.20"},
    ("StudyDate=20240301-",): {"2.25.20", "2.25.30"},
    ("StudyDate=-20240131", "StudyTime=1000-1030"): {"2.25.10"},
    ("ModalitiesInStudy=SR",): {"2.25.10"},
    ("ModalitiesInStudy=SR\\MR",): {"2.25.10", "2.25.20"},
    ("StudyDescription=CT*",): {"2.25.10"},
    ("StudyDescription=*",): ALL,
    ("StudyInstanceUID=2.25.10\\2.25.30\\2.25.77",): {"2.25.10", "2.25.30"},
    ("PatientID=NOBODY",): set(),
}


def test_studies_are_found_by_value_wildcard_range_and_list(tools):
    found = {}
    for keys in FOUND:
        more = [] if keys[0].startswith("StudyInstanceUID") else ["StudyInstanceUID"]
        answers = tools.find(STUDY_ROOT, "QueryRetrieveLevel=STUDY", *keys, *more)
        found[keys] = {str(each.StudyInstanceUID) for each in answers}
    assert found == FOUND


def test_every_level_answers_with_what_was_asked_for(tools, door):
    counts = [f"NumberOfPatientRelated{what}" for what in ("Studies", "Series", "Instances")]
    patients = tools.find(PATIENT_ROOT, "QueryRetrieveLevel=PATIENT", "PatientID", "PatientName", *counts)
    assert [[str(each[key].value) for key in ("PatientID", *counts)] for each in patients] == [
        ["OVR-AAAA", "2", "3", "4"],
        ["OVR-BBBB", "1", "1", "1"],
    ]
    (study,) = tools.find(
        PATIENT_ROOT, "QueryRetrieveLevel=STUDY", "PatientID=OVR-BBBB", "StudyInstanceUID", "StudyDescription",
        "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "ModalitiesInStudy", "AccessionNumber",
    )  # fmt: skip
    assert (study.StudyDescription, study.ModalitiesInStudy) == ("Röntgen", "CT")
    assert (study.NumberOfStudyRelatedSeries, study.NumberOfStudyRelatedInstances) == (1, 1)
    assert study.SpecificCharacterSet == "ISO_IR 192"
    assert (study.RetrieveAETitle, study.InstanceAvailability) == ("OVERREAD", "ONLINE")
    assert "PatientName" not in study
    assert study["AccessionNumber"].value in ("", None)
    series = tools.find(
        STUDY_ROOT, "QueryRetrieveLevel=SERIES", "StudyInstanceUID=2.25.10", "SeriesInstanceUID", "Modality",
        "NumberOfSeriesRelatedInstances",
    )  # fmt: skip
    assert {(each.SeriesInstanceUID, each.Modality, int(each.NumberOfSeriesRelatedInstances)) for each in series} == {
        ("2.25.101", "CT", 2),
        ("2.25.102", "SR", 1),
    }
    images = tools.find(
        PATIENT_ROOT, "QueryRetrieveLevel=IMAGE", "PatientID=OVR-AAAA", "StudyInstanceUID=2.25.10",
        "SeriesInstanceUID=2.25.101", "SOPInstanceUID", "InstanceNumber", "Rows",
    )  # fmt: skip
    assert [(each.SOPInstanceUID, int(each.InstanceNumber), each.Rows) for each in images] == [
        ("2.25.91", 1, 16),
        ("2.25.92", 2, 16),
    ]
    assert [entry[:3] for entry in door.audit()] == [
        ("Ada", "studies-searched", "READING_ROOM"),
        ("Ada", "metadata-viewed", "2.25.10"),
    ]


DOES_NOT_FIT = [
    (STUDY_ROOT, "QueryRetrieveLevel=PATIENT", "PatientID"),
    (STUDY_ROOT, "QueryRetrieveLevel=NONSENSE", "StudyInstanceUID"),
    (STUDY_ROOT, "StudyInstanceUID"),
    (STUDY_ROOT, "QueryRetrieveLevel=SERIES", "SeriesInstanceUID"),
    (STUDY_ROOT, "QueryRetrieveLevel=SERIES", "StudyInstanceUID=2.25.*", "SeriesInstanceUID"),
    (STUDY_ROOT, "QueryRetrieveLevel=STUDY", "StudyInstanceUID", "SeriesInstanceUID=2.25.101"),
    (PATIENT_ROOT, "QueryRetrieveLevel=STUDY", "StudyInstanceUID"),
    (STUDY_ROOT, "QueryRetrieveLevel=STUDY", "StudyInstanceUID=' OR 1=1"),
    (STUDY_ROOT, "QueryRetrieveLevel=STUDY", "StudyDate=yesterday", "StudyInstanceUID"),
]


def test_an_identifier_that_does_not_fit_its_model_is_refused(tools):
    for model, *keys in DOES_NOT_FIT:
        done = tools.run("findscu", "-d", model, *(word for key in keys for word in ("-k", key)))
        assert "0xa900" in (done.stdout + done.stderr).lower(), (keys, done.stdout + done.stderr)


def test_an_unsupported_key_is_said_to_be_so(tools):
    done = tools.run("findscu", "-d", STUDY_ROOT, "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID", "-k",
                     "SliceThickness=3")  # fmt: skip
    assert (done.stdout + done.stderr).lower().count("0xff01") == 3


def test_more_matches_than_the_limit_end_in_out_of_resources(tools, door, monkeypatch):
    monkeypatch.setattr("gateway.retrieval.archive._PAGE", 1)
    object.__setattr__(door.room.settings.dicom, "maximum_matches", 2)
    done = tools.run("findscu", "-d", STUDY_ROOT, "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID")
    said = (done.stdout + done.stderr).lower()
    assert (said.count("0xff00"), said.count("0xa700")) == (2, 1)
