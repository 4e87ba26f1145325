"""What was told of a patient while they were merged with another (ADT^A08) stays theirs once that is taken back."""

import pytest
from sqlalchemy import select

from gateway.case_reports.former import changed_at
from gateway.decisions import match_by_person
from gateway.desk.case_form import correct_case
from gateway.models import Case

from .conftest import ANNA, cx, file_case, message


@pytest.fixture
def correct(gate, tell):
    """Return what sends a correction under some numbers."""

    def send(numbers: str, name: str, born: str = "19500304", sex: str = "") -> None:
        gate.pass_time(minutes=5)
        pid = "~".join(map(cx, numbers.split("~")))
        assert tell(message("A08", f"PID|1||{pid}||{name}||{born}|{sex}")) == ("AA", "")

    return send


@pytest.fixture
def told(view):
    """Return what gives name, sex and the other names of a case's patient."""
    return lambda number: tuple(view(number)["patient"][each] for each in ("name", "sex", "other_names"))


@pytest.fixture
def pair(gate, merge):
    """Return the case of OLD and that of NEW, who are merged."""
    cases = tuple(file_case(gate, each) for each in ("OLD@HA", "NEW@HA"))
    merge("OLD@HA", "NEW@HA", name="Two^Anna")
    return cases


@pytest.mark.parametrize(("under", "whose"), [("OLD@HA", 0), ("NEW@HA", 1)])
def test_correction_stays_with_whom_it_named(pair, correct, unmerge, told, ids, view, under, whose) -> None:
    correct(f"{under}~EXTRA@HB", "Three^Anna~Known^Anna", sex="F")
    assert [told(each)[:2] for each in pair] == [("Three^Anna", "F")] * 2
    unmerge("OLD@HA", "NEW@HA")
    before = ("One^Anna", "Two^Anna")[1 - whose]
    assert told(pair[whose]) == ("Three^Anna", "F", ["Known^Anna"])
    assert told(pair[1 - whose]) == (before, "", [])
    assert (ids(pair[whose]), ids(pair[1 - whose])) == (
        {under, "EXTRA@HB"},
        {"OLD@HA", "NEW@HA"} - {under},
    )
    assert {"Three^Anna", "Known^Anna"} <= {each["name"] for each in view(pair[1 - whose])["former_identities"]}


def test_correction_under_an_insurance_number_of_both_is_whose_other_number_it_names(
    gate, merge, correct, unmerge, told, ids
) -> None:
    insured = {"ids": [{"id": "OLD", "issuer": "HA"}, {"id": "KV", "issuer": "AOK"}]}
    number = gate.case(patient=ANNA | insured)
    merge("OLD@HA", "NEW@HA")
    correct("NEW@HA~KV@AOK", "Three^Anna")
    unmerge("OLD@HA", "NEW@HA")
    assert (told(number)[0], ids(number)) == ("One^Anna", {"OLD@HA", "KV@AOK"})


def test_correction_under_both_numbers_waits_for_a_person_and_no_link_rests_on_it(
    gate, pair, correct, unmerge, told, view, part10
) -> None:
    gate.receive(part10(PatientID="OLD", IssuerOfPatientID="HA", PatientName="One^Anna", PatientBirthDate="19500304"))
    match_by_person(gate.node, pair[0], gate.study().study_uid, actor="casey")
    correct("NEW@HA~OLD@HA", "Three^Anna")
    unmerge("OLD@HA", "NEW@HA")
    assert [told(each)[0] for each in pair] == ["Three^Anna"] * 2
    assert [view(each)["unconfirmed"] for each in pair] == [["name"]] * 2
    with gate.node.identity.read() as session:
        own = [each.own_words["name"] for each in session.scalars(select(Case).order_by(Case.id))]
    assert own == ["One^Anna", "Two^Anna"]
    assert gate.study().flagged


def test_what_a_person_said_after_the_correction_stays(gate, pair, correct, unmerge, told) -> None:
    correct("NEW@HA", "Three^Anna")
    correct_case(gate.node, pair[0], name="Four^Anna", birth_date="", sex="", ids=(), actor="casey")
    unmerge("OLD@HA", "NEW@HA")
    assert [told(each)[0] for each in pair] == ["Four^Anna", "Three^Anna"]


def test_own_words_before_an_unconfirmed_correction_lose_what_was_the_other_s_too(pair, correct, unmerge, node) -> None:
    correct("NEW@HA", "Three^Anna")
    correct("OLD@HA", "Three^Anne")  # of a grown-up, perhaps of a twin
    unmerge("OLD@HA", "NEW@HA")
    with node.identity.read() as session:
        case = session.scalars(select(Case).where(Case.case_number == pair[0])).one()
    assert (case.patient_name, case.own_words["name"]) == ("Three^Anne", "One^Anna")


@pytest.mark.parametrize("lacking", ["under", "other_names birth under", "ids other_names birth until under"])
def test_former_identities_that_were_kept_with_less_are_read(node, pair, unmerge, view, ids, gate, lacking) -> None:
    with node.identity.write() as session:
        for case in session.scalars(select(Case)):
            case.former_identities = [
                {key: value for key, value in each.items() if key not in lacking.split()}
                for each in case.former_identities
            ]
    assert unmerge("OLD@HA", "NEW@HA") == ("AA", "")
    if "ids" not in lacking.split():
        assert (ids(pair[0]), view(pair[0])["patient"]["name"]) == ({"OLD@HA"}, "One^Anna")


def test_name_that_only_a_merge_gave_the_case_does_not_bring_the_other_s_corrections_to_it_afterwards(
    gate, merge, correct, unmerge, told, ids
) -> None:
    insured = {"ids": [{"id": "OLD", "issuer": "HA"}, {"id": "KV", "issuer": "AOK"}]}
    number = gate.case(patient=ANNA | insured)
    merge("OLD@HA", "NEW@HA", name="Two^Anna")
    unmerge("OLD@HA", "NEW@HA")
    correct("NEW@HA~KV@AOK", "Two^Anna")
    assert (told(number)[0], ids(number)) == ("One^Anna", {"OLD@HA", "KV@AOK"})


def test_what_is_told_under_the_case_s_own_number_too_stays(gate, merge, correct, unmerge, told, ids) -> None:
    number = file_case(gate, "OLD@HA")
    merge("OLD@HA", "NEW@HA")
    for under in ("NEW@HA", "OLD@HA"):
        correct(f"{under}~EXTRA@HB", "Three^Anna~Known^Anna", sex="F")
    unmerge("OLD@HA", "NEW@HA")
    assert (told(number), ids(number)) == (("Three^Anna", "F", ["Known^Anna"]), {"OLD@HA", "EXTRA@HB"})


def test_name_of_a_merge_that_a_person_gives_too_stays(gate, pair, unmerge, told) -> None:
    correct_case(gate.node, pair[0], name="Two^Anna", birth_date="19500304", sex="", ids=(), actor="casey")
    unmerge("OLD@HA", "NEW@HA")
    assert told(pair[0])[0] == "Two^Anna"


def test_what_is_told_again_and_again_is_kept_once_and_is_no_change(node, pair, correct) -> None:
    correct("NEW@HA", "Three^Anna")
    with node.identity.read() as session:
        before = changed_at(session.get_one(Case, 1))
    for _ in range(3):
        correct("OLD@HA", "Three^Anna")
    with node.identity.read() as session:
        case = session.get_one(Case, 1)
    again = [each.get("again", {}) for each in case.former_identities]
    assert [each["name"] for each in again if "name" in each] == ["Three^Anna"]
    assert changed_at(case) == before


def test_what_no_merge_can_have_told_is_not_kept_again(gate, node, correct) -> None:
    file_case(gate, "OLD@HA")
    correct("OLD@HA", "One^Anna")
    with node.identity.read() as session:
        assert session.get_one(Case, 1).former_identities == []
