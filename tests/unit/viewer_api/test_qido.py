"""Searches over HTTP: what matches, what comes back, and what is refused instead of ignored."""

from collections.abc import Callable

import numpy as np
import pytest
from fastapi.testclient import TestClient
from pydicom.dataset import Dataset
from sqlalchemy import delete, select

from viewer_api.dicomweb.query import parse_query
from worklist.models import PublishedInstance, ReadingAudit
from worklist.room import ReadingRoom

BASE = "/dicom-web"


@pytest.fixture
def studies(make_image: Callable[..., bytes], publish: Callable[..., str]) -> None:
    """Publish three studies: two CTs and an MR with a number of its own."""
    array = np.zeros((4, 6), np.uint16)
    descriptions = ("CT HEAD", "CT_HEAD%", "Schädel MR")
    for place, (date, modality) in enumerate((("20240101", "CT"), ("20240202", "CT"), ("20240303", "MR"))):
        publish(
            make_image(
                array,
                number=10 * place,
                StudyInstanceUID=f"2.25.1{place}",
                SeriesInstanceUID=f"2.25.2{place}",
                SpecificCharacterSet="ISO_IR 100",
                PatientID=f"OVR-{place}",
                PatientName=f"OVR-{place}",
                StudyDate=date,
                StudyTime=f"1{place}0000",
                Modality=modality,
                StudyDescription=descriptions[place],
                SeriesNumber=place,
                BodyPartExamined="HEAD",
                PatientAge="045Y",
                PatientWeight="70.50" if place == 1 else "80",
                ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
                ProcedureCodeSequence=[_code(f"P{place}"), _code("Q2" if place == 2 else "Q1")],
            )
        )


def _code(value: str) -> Dataset:
    code = Dataset()
    code.CodeValue = value
    return code


def _found(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"{BASE}/studies?{query}")
    assert answer.status_code == 200, answer.text
    return sorted(one["0020000D"]["Value"][0][-1] for one in answer.json())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "012"),
        ("StudyInstanceUID=2.25.10,2.25.12,2.25.99", "02"),
        ("StudyInstanceUID=2.25.10%5C2.25.11", "01"),
        ("0020000D=2.25.11", "1"),
        ("PatientID=OVR-1", "1"),
        ("PatientID=OVR-*", "012"),
        ("PatientID=OVR", ""),
        ("PatientName=ovr-2", "2"),
        ("PatientName=*-2", "2"),
        ("StudyDate=20240202", "1"),
        ("StudyDate=20240102-20240302", "1"),
        ("StudyDate=20240202-", "12"),
        ("StudyDate=-20240202", "01"),
        ("StudyTime=0930-1030", "0"),
        ("StudyDate=20240101-20240303&StudyTime=0930-1030", "01"),
        ("StudyDate=20240101-&StudyTime=1130-", "12"),
        ("StudyDate=-20240303&StudyTime=-1130", "01"),
        ("StudyDate=20240101-20240303&StudyTime=1130-", "12"),
        ("StudyDate=20240202&StudyTime=0930-1030", ""),
        ("StudyDate=20240101-20240303&StudyTime=120000", "2"),
        ("StudyTime=1030-1130", "1"),
        ("StudyTime=11-12", "12"),
        ("ModalitiesInStudy=MR", "2"),
        ("ModalitiesInStudy=MR,CT", "012"),
        ("ModalitiesInStudy=US", ""),
        ("SOPClassesInStudy=1.2.840.10008.5.1.4.1.1.2", "012"),
        ("StudyDescription=ct head", ""),
        ("StudyDescription=CT HEAD", "0"),
        ("StudyDescription=ct*", "01"),
        ("StudyDescription=CT?HEAD", "0"),
        ("StudyDescription=CT_HEAD*", "1"),
        ("StudyDescription=*%25", "1"),
        ("StudyDescription=Sch%C3%A4del*", "2"),
        ("StudyDescription=*SCH%C3%84DEL*", "2"),
        ("PatientName=*", "012"),
        ("ReferringPhysicianName=*", "012"),
        ("PatientAge=045Y", "012"),
        ("PatientID=", "012"),
        ("PatientID=' OR 1=1 --", ""),
    ],
)
def test_studies_that_match(client: TestClient, studies: None, query: str, found: str) -> None:
    assert "".join(_found(client, query)) == found


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("PatientIdd=1", 400),
        ("00090099=1", 400),
        ("SeriesNumber=1", 400),
        ("StudyDate=yesterday", 400),
        ("StudyDate=2024-01-01", 400),
        ("StudyDate=20240101-20240303&StudyTime=ten-noon", 400),
        ("limit=-1", 400),
        ("offset=x", 400),
        ("includefield=NoSuchField", 400),
        ("RequestAttributesSequence.ScheduledProcedureStepID=1", 400),
        ("PatientID.StudyID=1", 400),
        ("fuzzymatching=perhaps", 400),
        ("ProcedureCodeSequence=1", 501),
        ("PatientID=" + "x" * 9000, 400),
    ],
)
def test_a_condition_that_cannot_be_honoured_is_refused(
    client: TestClient, studies: None, query: str, status: int
) -> None:
    answer = client.get(f"{BASE}/studies?{query}")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "xxxx" not in answer.text


def test_a_study_s_answer_bears_what_the_standard_lists(client: TestClient, studies: None) -> None:
    [study] = client.get(f"{BASE}/studies?PatientID=OVR-2").json()
    assert list(study) == sorted(study)
    assert study["00080005"]["Value"] == ["ISO_IR 192"]
    assert study["00080020"] == {"vr": "DA", "Value": ["20240303"]}
    assert study["00080056"]["Value"] == ["ONLINE"]
    assert study["00080061"]["Value"] == ["MR"]
    assert study["00081030"]["Value"] == ["Schädel MR"]
    assert study["00081190"]["Value"] == ["http://testserver/dicom-web/studies/2.25.12"]
    assert study["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "OVR-2"}]}
    assert (study["00201206"]["Value"], study["00201208"]["Value"]) == ([1], [1])
    assert "00101010" not in study


def test_fields_come_when_they_are_asked_for(client: TestClient, studies: None) -> None:
    for query in ("includefield=PatientAge", "includefield=00101010,StudyID", "includefield=all"):
        assert client.get(f"{BASE}/studies?{query}").json()[0]["00101010"]["Value"] == ["045Y"]


def test_pages_follow_each_other_and_say_what_remains(client: TestClient, studies: None) -> None:
    pages = [client.get(f"{BASE}/studies?limit=2&offset={offset}") for offset in (0, 2, 4)]
    assert [len(page.json()) for page in pages] == [2, 1, 0]
    assert "1 additional results" in pages[0].headers["Warning"]
    assert "Warning" not in pages[1].headers
    everything = [one["0020000D"]["Value"][0] for page in pages for one in page.json()]
    assert everything == ["2.25.12", "2.25.11", "2.25.10"]  # the newest first


def test_fuzzy_empty_multiple_and_inner_conditions(client: TestClient, studies: None) -> None:
    expected = {
        "PatientName=ovr&fuzzymatching=true": "012",
        "PatientName=2 OVR&fuzzymatching=true": "2",
        "PatientName=vr&fuzzymatching=true": "",
        "PatientName=ovr&fuzzymatching=false": "",
        'AccessionNumber=""&emptyvaluematching=true': "012",
        'PatientAge=""&emptyvaluematching=true': "",
        'PatientAge=""': "",
        "PatientID=OVR-1%5COVR-2&multiplevaluematching=true": "12",
        "PatientID=OVR-1%5COVR-2": "",
        "ProcedureCodeSequence.CodeValue=P2": "2",
        "00081032.00080100=P*": "012",
        "ProcedureCodeSequence.CodeValue=Q1": "01",
        "ProcedureCodeSequence.CodeValue=X": "",
        "PatientWeight=70.5": "1",
    }
    assert {query: "".join(_found(client, query)) for query in expected} == expected


def test_any_of_several_values_matches(client: TestClient, studies: None) -> None:
    assert len(client.get(f"{BASE}/instances?ImageType=AXIAL").json()) == 3
    assert len(client.get(f"{BASE}/instances?ImageType=ORIGINAL&Rows=4").json()) == 3
    assert client.get(f"{BASE}/instances?ImageType=LOCALIZER").json() == []


def test_nothing_found_is_an_empty_array(client: TestClient) -> None:
    answer = client.get(f"{BASE}/studies")
    assert (answer.status_code, answer.json()) == (200, [])


def test_series_across_studies_match_by_study_and_series(client: TestClient, studies: None) -> None:
    found = client.get(f"{BASE}/series?PatientID=OVR-1&Modality=CT").json()
    assert [one["0020000E"]["Value"] for one in found] == [["2.25.21"]]
    assert found[0]["00201209"]["Value"] == [1]
    assert found[0]["00180015"]["Value"] == ["HEAD"]
    assert len(client.get(f"{BASE}/series?SeriesNumber=2").json()) == 1


def test_names_match_without_regard_to_case_in_every_alphabet(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    name = "Müller^Änne"
    publish(make_image(np.zeros((4, 4), np.uint16), SpecificCharacterSet="ISO_IR 192", ReferringPhysicianName=name))
    for wanted in (name, "MÜLLER^ÄNNE", "müller*", "M?LLER^*"):
        assert len(client.get(f"{BASE}/studies", params={"ReferringPhysicianName": wanted}).json()) == 1
    fuzzy = {"ReferringPhysicianName": "ÄNNE MÜLL", "fuzzymatching": "true"}
    assert len(client.get(f"{BASE}/studies", params=fuzzy).json()) == 1
    assert client.get(f"{BASE}/studies", params={"ReferringPhysicianName": "MULLER^ÄNNE"}).json() == []


def test_levels_that_the_address_does_not_name_come_along(client: TestClient, studies: None) -> None:
    study, series = {"00100020", "00081030", "00201208", "00080061"}, {"0008103E", "00200011", "00201209", "00180015"}
    [of_all] = client.get(f"{BASE}/instances?PatientID=OVR-1").json()
    assert study | series - {"0008103E"} <= set(of_all)
    assert of_all["00081190"]["Value"][0].endswith("/instances/2.25.310")
    [of_study] = client.get(f"{BASE}/studies/2.25.11/instances").json()
    assert not study & set(of_study) and {"00200011", "00201209"} <= set(of_study)
    [of_series] = client.get(f"{BASE}/studies/2.25.11/series/2.25.21/instances").json()
    assert not (study | series) & set(of_series)
    [one] = client.get(f"{BASE}/series?PatientID=OVR-1").json()
    assert study <= set(one) and one["00081190"]["Value"][0].endswith("/series/2.25.21")
    [one] = client.get(f"{BASE}/studies/2.25.11/series").json()
    assert not study & set(one)


def test_a_search_in_a_study_that_does_not_exist_leaves_no_word_behind(
    client: TestClient, studies: None, room: ReadingRoom
) -> None:
    for place in ("series", "instances", "series/2.25.21/instances"):
        assert client.get(f"{BASE}/studies/JOHN DOE^1970/{place}").json() == []
    assert client.get(f"{BASE}/studies/2.25.11/series").json()
    with room.database.read() as session:
        looks = session.scalars(select(ReadingAudit.subject).where(ReadingAudit.action == "metadata-viewed")).all()
    assert looks == ["2.25.11"]


def test_instances_match_at_every_level_above(client: TestClient, studies: None) -> None:
    [found] = client.get(f"{BASE}/instances?ModalitiesInStudy=MR&Rows=4&includefield=PatientAge").json()
    assert found["00080018"]["Value"] == ["2.25.320"]
    assert (found["00280010"]["Value"], found["00280011"]["Value"]) == ([4], [6])
    assert found["00280100"]["Value"] == [16]
    assert found["00101010"]["Value"] == ["045Y"]
    assert found["00081190"]["Value"][0].endswith("/studies/2.25.12/series/2.25.22/instances/2.25.320")
    assert client.get(f"{BASE}/instances?Rows=5").json() == []
    assert len(client.get(f"{BASE}/studies/2.25.10/series/2.25.20/instances").json()) == 1
    assert client.get(f"{BASE}/studies/2.25.10/series/2.25.21/instances").json() == []


def test_a_date_and_time_of_the_header_are_one_range_too_and_without_a_time_the_date_counts(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    for number, time in enumerate(("090000", "110000", None)):
        uids = {"StudyInstanceUID": "2.25.7", "SeriesInstanceUID": "2.25.70"}
        elements = {"AcquisitionDate": "20240105", **({"AcquisitionTime": time} if time else {})}
        publish(make_image(np.zeros((4, 6), np.uint16), number=number + 1, **uids, **elements))

    def found(dates: str, times: str) -> list[int]:
        answer = client.get(f"{BASE}/studies/2.25.7/instances?AcquisitionDate={dates}&AcquisitionTime={times}")
        return [one["00200013"]["Value"][0] for one in answer.json()] if answer.status_code == 200 else []

    assert found("20240105-20240106", "100000-010000") == [2, 3]
    assert found("20240104-20240105", "230000-100000") == [1, 3]


def test_a_search_is_bounded() -> None:
    assert parse_query([("limit", "999999")]).limit == 5000
    assert parse_query([]).limit == 1000


def test_a_withdrawn_study_is_not_found_though_its_signed_read_remains(
    client: TestClient, studies: None, room: ReadingRoom
) -> None:
    with room.database.write() as session:
        session.execute(delete(PublishedInstance).where(PublishedInstance.study_uid == "2.25.11"))
    assert _found(client, "") == ["0", "2"]
