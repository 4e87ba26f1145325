"""What stands in the coordinator's form of a case before anybody writes into it."""

from collections.abc import Mapping
from typing import Any


def empty_form() -> dict[str, Any]:
    """Return the values of a form about nobody."""
    return {
        "patient": {"name": "", "birth_date": "", "sex": "", "ids": []},
        "accessions": [],
        "study_date": "",
        "modality": "",
        "body_part": "",
        "requested_studies": [],
        "jurisdiction": "",
        "payer": "",
        "referrer": "",
        "release": {"to": "hospital", "after_days": None},
        "question": "",
        "blind": False,
    }


def form_of_study(study: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a study's images say of its patient and of themselves (`gateway.desk.at_desk`)."""
    patient = study["patient"]
    number, accession = patient["patient_id"], study["accession_number"]
    return empty_form() | {
        "patient": {
            "name": patient["dicom_name"],
            "birth_date": patient["birth_date"],
            "sex": patient["sex"],
            "ids": [{"id": number, "issuer": patient["issuer"]}] if number else [],
        },
        "accessions": [{"id": accession, "issuer": study["accession_issuer"]}] if accession else [],
        **{name: study[name] for name in ("study_date", "modality", "body_part")},
    }


def form_of_case(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a case says that may be changed; numbers are added to those that it has."""
    said = ("modality", "body_part", "requested_studies", "jurisdiction", "payer", "referrer", "question", "blind")
    return (
        empty_form()
        | {name: case[name] for name in said}
        | {"study_date": case["expected_on"], "release": case["release"]}
    )
