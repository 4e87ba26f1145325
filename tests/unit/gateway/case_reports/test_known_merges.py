"""A merge of identifiers that comes before any case holds for the cases and studies that come later."""

import json

import pytest
from sqlalchemy import select

from gateway.case_models import KnownMerge
from gateway.case_reports.hl7.answering import answer
from gateway.desk.case_form import correct_case
from gateway.facilities import set_facilities
from gateway.links import case_of
from gateway.models import IdentityAudit

from .conftest import ANNA, file_case

NUMBER = {"IssuerOfPatientID": "HA", "PatientName": "One^Anna", "PatientBirthDate": "19500304"}


def merge(
    old: str,
    surviving: str,
    *,
    name: str = "One^Anna",
    born: str = "19500304",
    control: str = "",
    old_name: str = "Born^Anna",
) -> bytes:
    """Return an ADT^A40 of two identifiers, each written as `number@issuer`."""
    told = [each.replace("@", "^^^") for each in (surviving, old)]
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||ADT^A40|{control or old + surviving}|P|2.5.1"
    return "\r".join((header, f"PID|1||{told[0]}||{name}||{born}", f"MRG|{told[1]}||||||{old_name}", "")).encode()


@pytest.fixture
def tell(node):
    """Return what sends a merge over the HL7 door and gives its acknowledgment."""
    with node.identity.write() as session:
        set_facilities(session, "north", ("NORTH",))
    return lambda *args, **words: answer(node, merge(*args, **words)) or b""


@pytest.fixture
def known(node):
    def look() -> list[tuple[str, str]]:
        with node.identity.read() as session:
            rows = session.scalars(select(KnownMerge).order_by(KnownMerge.id))
            return [(each.old_id, each.surviving_id) for each in rows]

    return look


def test_merge_before_any_case_is_accepted_kept_once_and_audited_without_an_identity(node, tell, known) -> None:
    for control in ("M1", "M1", "M2"):
        said = tell("OLD@HA", "NEW@HA", control=control)
        assert b"MSA|AA|" in said and b"\rERR" not in said
    assert known() == [("OLD", "NEW")]
    with node.identity.read() as session:
        (entry,) = session.scalars(select(IdentityAudit).where(IdentityAudit.action == "merge-kept"))
    assert (entry.subject, entry.actor) == ("north", "HL7 door")
    assert not any(word in json.dumps(entry.detail) for word in ("OLD", "NEW", "Anna", "1950"))


@pytest.mark.parametrize(("filed", "imaged"), [("OLD@HA", "NEW"), ("NEW@HA", "OLD")])
def test_study_and_case_under_either_identifier_find_each_other(gate, part10, tell, filed: str, imaged: str) -> None:
    tell("OLD@HA", "NEW@HA")
    number = file_case(gate, filed)
    gate.receive(part10(PatientID=imaged, **NUMBER))
    assert gate.run() == "enlist"
    with gate.node.identity.read() as session:
        assert case_of(session, 1).case_number == number


def test_names_told_with_a_merge_are_known_of_the_later_case(tell, gate, view) -> None:
    tell("OLD@HA", "NEW@HA", name="Married^Anna")
    number = file_case(gate, "OLD@HA")
    assert (view(number)["patient"]["name"], view(number)["patient"]["other_names"]) == (
        "One^Anna",
        ["Married^Anna", "Born^Anna"],
    )


@pytest.mark.parametrize(
    "told",
    [
        (("A@HA", "B@HA"), ("B@HA", "C@HA")),
        (("B@HA", "C@HA"), ("A@HA", "B@HA")),
        (("A@HA", "B@HA"), ("B@HA", "C@HA"), ("C@HA", "A@HA")),
    ],
    ids=["chain", "chain told backwards", "cycle"],
)
@pytest.mark.parametrize("filed", ["A@HA", "C@HA"])
def test_chains_and_cycles_are_followed_to_their_end(tell, gate, ids, told, filed: str) -> None:
    for old, surviving in told:
        tell(old, surviving)
    assert ids(file_case(gate, filed)) == {"A@HA", "B@HA", "C@HA"}


def test_merge_that_finds_a_case_joins_it_with_what_was_merged_before(tell, gate, ids) -> None:
    tell("A@HA", "B@HA")
    number = file_case(gate, "C@HA")
    assert b"MSA|AA|" in tell("B@HA", "C@HA")
    assert ids(number) == {"A@HA", "B@HA", "C@HA"}


def test_identifier_that_a_case_gets_at_the_desk_brings_what_was_merged_with_it(node, tell, gate, ids) -> None:
    tell("OLD@HA", "NEW@HA")
    number = gate.case(patient=ANNA)
    given = ({"id": "OLD", "issuer": "HA"},)
    correct_case(node, number, name="", birth_date="", sex="", ids=given, actor="casey")
    assert ids(number) == {"OLD@HA", "NEW@HA"}


@pytest.mark.parametrize(
    ("filed", "patient", "joined"),
    [
        ("OLD@HB", ANNA, False),
        ("OLD@HA", {"name": "Two^Bernd", "birth_date": "1980-05-06"}, False),
        ("OLD@HA", ANNA | {"name": "Married^Anna"}, True),
        ("OLD", ANNA, True),
        ("OLD", ANNA | {"name": "Two^Bernd"}, False),
        ("OLD", {"name": "One^Anna"}, False),
    ],
    ids=[
        "another issuer",
        "somebody else",
        "same birth date",
        "no issuer",
        "no issuer, another name",
        "no issuer alone",
    ],
)
def test_number_joins_only_the_patient_who_is_meant(tell, gate, ids, filed: str, patient, joined: bool) -> None:
    tell("OLD@HA", "NEW@HA")
    assert ("NEW@HA" in ids(file_case(gate, filed, patient))) is joined


def test_number_of_a_family_that_is_told_beside_the_surviving_one_joins_nobody(tell, gate, ids) -> None:
    tell("OLD@HA", "NEW@HA~INS7@AOK")
    assert ids(file_case(gate, "OLD@HA")) == {"OLD@HA", "NEW@HA"}


def test_merge_of_one_site_is_nothing_to_another(tell, gate, ids) -> None:
    tell("OLD@HA", "NEW@HA")
    number = gate.case(site="south", patient=ANNA | {"ids": [{"id": "OLD", "issuer": "HA"}]})
    assert ids(number) == {"OLD@HA"}


@pytest.mark.parametrize("born", ["", "19500304"])
def test_merge_gives_nobody_of_another_given_name_its_numbers(gate, tell, ids, born) -> None:
    tell("OLD", "NEW", born=born)
    number = file_case(gate, "NEW", {"name": "One^Berta", "birth_date": "1950-03-04"})
    assert ids(number) == {"NEW@"}
    married = file_case(gate, "NEW", {"name": "Married^Anna", "birth_date": "1950-03-04"})
    assert ids(married) == {"NEW@", "OLD@"}


@pytest.mark.parametrize(
    ("filed", "born", "joined"),
    [
        ("Klein^BabyBoy", "2025-01-02", True),
        ("Klein^BabyBoy", "", False),
        ("Klein^BabyBoy", "2025-01-03", False),
        ("Klein^BabyBoy B", "2025-01-02", False),
    ],
)
def test_merge_that_names_a_newborn_reaches_the_later_case_without_a_name(
    gate, tell, view, filed, born, joined
) -> None:
    tell("TMP@HA", "NEW@HA", name="Klein^Thomas", born="20250102", old_name="Klein^BabyBoy")
    patient = view(file_case(gate, "TMP@HA", {"name": filed} | ({"birth_date": born} if born else {})))["patient"]
    assert ("NEW" in {each["id"] for each in patient["ids"]}) is joined
    assert ("Klein^Thomas" in patient["other_names"]) is joined
