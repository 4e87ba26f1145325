"""Real studies and the documents that belong to them are matched as the documents themselves say, none wrongly."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gateway.headers import read_header
from gateway.matching import CaseKeys, StudyKeys, rank
from gateway.matching.report_words import said_body_parts, said_modalities

LINK_ABOVE = 0.98
FHIR = "{http://hl7.org/fhir}"


@pytest.fixture
def reports(shared_corpus: Path) -> Path:
    folder = shared_corpus.parent / "reports"
    if not folder.is_dir():
        pytest.skip("the report texts are not here")
    return folder


@pytest.fixture
def studies(shared_corpus: Path, reports: Path) -> list[StudyKeys]:
    """Return the real studies, and those that the HL7 and FHIR documents speak of."""
    found: dict[str, StudyKeys] = {}
    for path in sorted((shared_corpus / "openradx-adit").rglob("*.dcm")):
        with path.open("rb") as stream:
            header = read_header(stream)
        if header.modality != "SR" and header.study_instance_uid not in found:
            found[header.study_instance_uid] = StudyKeys(
                study_instance_uid=header.study_instance_uid,
                accession_number=header.accession_number,
                patient_id=header.patient_id,
                name=header.patient_name,
                birth_date=header.birth_date,
                sex=header.sex,
                study_date=header.study_date,
                modality=header.modality,
                body_part=header.body_part,
                description=header.description,
            )
    assert len(found) >= 8
    return [*found.values(), *(study_of(document) for document in [*hl7_cases(reports), fhir_case(reports)])]


def study_of(case: CaseKeys) -> StudyKeys:
    """Return the study that a document speaks of, as a scanner would name it."""
    patient_id, issuer = min(case.patient_ids)
    return StudyKeys(
        study_instance_uid=max(case.study_uids),
        accession_number=min(case.accession_numbers, default=""),
        patient_id=patient_id,
        issuer=issuer,
        name=case.name,
        birth_date=case.birth_date,
        sex=case.sex,
        study_date=case.study_date,
    )


def sr_cases(reports: Path) -> list[CaseKeys]:
    cases = []
    for number, path in enumerate(sorted((reports / "sr").glob("openradx_*.txt"))):
        text = path.read_text(encoding="utf-8")
        said = dict(re.findall(r"^(\w+): (.+)$", text, re.MULTILINE))
        words = f"{said['StudyDescription']}\n{text.partition('Befund')[2]}"
        cases.append(
            CaseKeys(
                case_id=number,
                case_number="",
                study_uids=frozenset({said["StudyInstanceUID"]}),
                accession_numbers=frozenset({said["AccessionNumber"]}),
                patient_ids=frozenset({(said["PatientID"], "")}),
                name=said["PatientName"],
                study_date=said["StudyDate"],
                said_modalities=said_modalities(words),
                said_body_parts=said_body_parts(words),
            )
        )
    assert len(cases) == 3
    return cases


def hl7_cases(reports: Path) -> list[CaseKeys]:
    """Return what the results about a study say of it (PID-3, 5, 7 and 8; the study UID is OBX-5 of code 113014)."""
    cases = []
    for path in sorted((reports / "hl7v2").glob("dcm4che_ORU_R01-SR.hl7")):
        segments = [line.split("|") for line in re.split(r"[\r\n]+", path.read_text(encoding="latin-1")) if line]
        pid = next(each for each in segments if each[0] == "PID")
        number, issuer = pid[3].split("^^^")
        uids = [each[5] for each in segments if each[0] == "OBX" and each[3].startswith("113014")]
        cases.append(
            CaseKeys(
                case_id=100 + len(cases),
                case_number="",
                study_uids=frozenset(uids),
                patient_ids=frozenset({(number, issuer)}),
                name=pid[5],
                birth_date=pid[7],
                sex=pid[8],
            )
        )
    return cases


def fhir_case(reports: Path) -> CaseKeys:
    root = ElementTree.parse(reports / "fhir" / "imagingstudy-example-xr.xml").getroot()
    words = "".join(root.find(f"{FHIR}text").itertext())
    return CaseKeys(
        case_id=200,
        case_number="",
        study_uids=frozenset({root.find(f"{FHIR}uid").get("value").removeprefix("urn:oid:")}),
        accession_numbers=frozenset({root.find(f"{FHIR}accession/{FHIR}value").get("value")}),
        patient_ids=frozenset({(re.search(r"MRN: (\d+)", words).group(1), "")}),
        name=re.search(r"John Smith", words).group(),
        study_date=root.find(f"{FHIR}started").get("value")[:10].replace("-", ""),
    )


WITHOUT = {
    "everything that the documents say": {},
    "no study UID": {"study_uids": frozenset()},
    "no accession number": {"study_uids": frozenset(), "accession_numbers": frozenset()},
    "neither": {"study_uids": frozenset(), "accession_numbers": frozenset(), "patient_ids": frozenset()},
}


@pytest.mark.parametrize("silent_about", WITHOUT)
def test_documents_find_their_studies_and_no_others(reports: Path, studies: list[StudyKeys], silent_about: str) -> None:
    documents = [*sr_cases(reports), *hl7_cases(reports), fhir_case(reports)]
    true = {uid: case.case_id for case in documents for uid in case.study_uids}
    told = [replace(case, **WITHOUT[silent_about]) for case in documents]
    linked, first = {}, {}
    for study in studies:
        ranked = rank(study, told)
        if ranked:
            first[study.study_instance_uid] = ranked[0].case_id
        if ranked and ranked[0].certain and ranked[0].probability >= LINK_ABOVE:
            linked[study.study_instance_uid] = ranked[0].case_id
    present = {study.study_instance_uid for study in studies} & set(true)
    assert len(present) == len(documents)
    assert all(true.get(uid) == case_id for uid, case_id in linked.items())
    if silent_about == "everything that the documents say":
        assert set(linked) == present
    if silent_about != "neither":
        assert all(first[uid] == true[uid] for uid in present)
