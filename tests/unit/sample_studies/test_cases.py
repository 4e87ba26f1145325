"""A case report says what its study's plan lets it say, in the language of its hospital."""

import json
from typing import Any

import pytest
from pydicom import dcmread

from sample_studies import SITES, Manifest
from sample_studies.cases import spoken


@pytest.fixture(scope="module")
def cases(samples: Manifest) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in samples.cases}


def test_every_study_but_two_has_a_case_without_a_number(samples: Manifest, cases: dict[str, dict[str, Any]]) -> None:
    assert {study.slug for study in samples.studies} - cases.keys() == {"mr-unknown", "ct-twin-south"}
    assert not any("case_number" in case for case in cases.values())


def test_identifiers_in_a_case_are_those_of_the_study(samples: Manifest, cases: dict[str, dict[str, Any]]) -> None:
    for slug, case in cases.items():
        header = dcmread(samples.study(slug).files[0], stop_before_pixels=True)
        assert case["accession_numbers"] in ([], [header.AccessionNumber])
        assert case["study_uids"] in ([], [header.StudyInstanceUID])
        assert case["patient"]["ids"] in ([], [{"id": header.PatientID, "issuer": header.IssuerOfPatientID}])
        assert case["patient"]["birth_date"] == header.PatientBirthDate
        assert case["modality"] == header.Modality


def test_one_case_agrees_by_name_birth_date_and_study_date_only(
    samples: Manifest, cases: dict[str, dict[str, Any]]
) -> None:
    study, case = samples.study("xa-coronary"), cases["xa-coronary"]
    assert not (case["accession_numbers"] or case["study_uids"] or case["patient"]["ids"])
    header = dcmread(study.files[0], stop_before_pixels=True)
    assert (case["patient"]["name"], case["study_date"]) == (str(header.PatientName), header.StudyDate)


def test_one_case_agrees_in_part_only(samples: Manifest, cases: dict[str, dict[str, Any]]) -> None:
    study, case = samples.study("ct-followup"), cases["ct-followup"]
    header = dcmread(study.files[0], stop_before_pixels=True)
    assert study.expected_state == "unmatched"
    assert not (case["accession_numbers"] or case["study_uids"] or case["patient"]["ids"])
    assert case["patient"]["name"] != str(header.PatientName)
    assert case["study_date"] != header.StudyDate
    assert case["patient"]["birth_date"] == header.PatientBirthDate


def test_reports_are_filled_in_and_name_the_patient(samples: Manifest, cases: dict[str, dict[str, Any]]) -> None:
    languages = {site.name: site.language for site in SITES}
    for slug, case in cases.items():
        report = case["report"]
        assert report["language"] == languages[samples.study(slug).site]
        assert "{" not in report["text"]
        assert len(report["text"]) > 200
        assert spoken(case["patient"]["name"], report["language"]) in report["text"]
    assert {case["report"]["language"] for case in cases.values()} == {"en", "de", "zh"}


@pytest.mark.parametrize(
    ("name", "language", "written"),
    [
        ("Müllerhöfer^Annegret^^Dr.", "de", "Annegret Müllerhöfer"),
        ("Ouyang^Xiaolan=欧阳^晓岚", "zh", "欧阳晓岚"),
        ("Dunmorevale^Siobhán^Orlaith", "en", "Siobhán Dunmorevale"),
    ],
)
def test_a_name_is_written_as_the_language_writes_it(name: str, language: str, written: str) -> None:
    assert spoken(name, language) == written
