"""Real studies, and the SR objects and HL7 messages that belong to them, through the node's own doors and stages.

The images wait first and the documents come late, so that the second look links them; nothing is linked wrongly.
"""

from pathlib import Path

import pytest
from pydicom import dcmread
from sqlalchemy import select

from config.errors import SenderFault
from gateway.case_reports import receive
from gateway.cases import case_view
from gateway.links import case_of
from gateway.models import Study
from gateway.pipeline.match import match_study
from gateway.pipeline.outcome import Outcome
from gateway.pipeline.second_look import look_again


@pytest.fixture
def real(shared_corpus: Path) -> dict[str, Path]:
    """Return one image of each real study, by its Study Instance UID."""
    found: dict[str, Path] = {}
    for path in sorted((shared_corpus / "openradx-adit").rglob("*.dcm")):
        header = dcmread(path, specific_tags=["StudyInstanceUID", "Modality"], stop_before_pixels=True)
        if header.Modality != "SR":
            found.setdefault(str(header.StudyInstanceUID), path)
    assert len(found) >= 8
    return found


@pytest.fixture
def messages(shared_corpus: Path) -> list[Path]:
    folder = shared_corpus.parent / "reports" / "hl7v2"
    if not folder.is_dir():
        pytest.skip("the report texts are not here")
    return sorted(folder.glob("*.hl7"))


def wait(gate, payload: bytes) -> None:
    """Let a study come and find no case."""
    gate.receive(payload)
    number = len(gate.studies())
    gate.pass_time(seconds=60)
    assert match_study(gate.node, number) is Outcome.WAIT
    with gate.node.identity.write() as session:
        study = session.get_one(Study, number)
        study.started_revision = study.finished_revision = study.wanted_revision


def file_document(gate, path: Path) -> list[str]:
    """File a document and return the cases that it made or changed; one that is refused makes none."""
    try:
        filed = receive(gate.node, site="north", payload=path.read_bytes(), actor="test", file_name=path.name)
    except SenderFault:
        return []
    return [each.case_number for each in filed if each.case_number and each.outcome == "created"]


def linked(gate) -> dict[str, str]:
    """Return the case of each study that has one, by Study Instance UID."""
    while look_again(gate.node):
        pass
    with gate.node.identity.read() as session:
        studies = session.scalars(select(Study)).all()
        cases = {study.study_instance_uid: case_of(session, study.id) for study in studies}
        return {uid: case.case_number for uid, case in cases.items() if case is not None}


def test_structured_reports_find_their_real_studies_and_no_others(gate, shared_corpus: Path, real) -> None:
    for path in real.values():
        wait(gate, path.read_bytes())
    expected = {}
    for path in sorted((shared_corpus / "openradx-adit").rglob("*.dcm")):
        header = dcmread(path, stop_before_pixels=True)
        if header.Modality == "SR":
            (expected[str(header.StudyInstanceUID)],) = file_document(gate, path)
    assert len(expected) == 3
    assert linked(gate) == {uid: number for uid, number in expected.items() if uid in real}


def study_of(gate, part10, number: str) -> str:
    """Let the study come that a case speaks of, as a scanner would name it; return its Study Instance UID."""
    with gate.node.identity.read() as session:
        case = case_view(session, number)
    place = len(gate.studies()) + 1
    uid, patient = next(iter(case["study_uids"]), f"1.2.826.0.1.3680043.10.77.{place}"), case["patient"]
    gate.receive(
        part10(
            place,
            SpecificCharacterSet="ISO_IR 192",
            StudyInstanceUID=uid,
            SeriesInstanceUID=f"1.2.826.0.1.3680043.10.78.{place}",
            AccessionNumber=min(case["accession_numbers"], default=""),
            PatientName=patient["name"],
            PatientID=patient["ids"][0]["id"],
            PatientBirthDate=patient["birth_date"],
            PatientSex=patient["sex"],
            StudyDate=case["study_date"],
        )
    )
    match_study(gate.node, place)
    return uid


def test_messages_of_other_systems_find_the_studies_they_speak_of_and_no_real_one(gate, part10, messages, real) -> None:
    for path in list(real.values())[:2]:
        wait(gate, path.read_bytes())
    numbers = [number for path in messages for number in file_document(gate, path)]
    expected = {study_of(gate, part10, number): number for number in numbers}
    assert len(expected) == 2  # the messages of each maker are about one examination
    assert linked(gate) == expected
