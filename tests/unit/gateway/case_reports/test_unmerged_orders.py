"""An order that is told again while its patient was merged, and after the merge was taken back, stays one case."""

import pytest
from sqlalchemy import select

from gateway.case_models import CaseKey
from gateway.decisions import match_by_person
from gateway.known_identity import known_identity
from gateway.merging import merge_cases
from gateway.models import Case, Patient

from .conftest import file_case, message

OLDER, YOUNGER = ("One^Anna", "19500304"), ("Two^Berta", "19610708")


@pytest.fixture
def order(gate, tell, view):
    """Return what tells order PL-1 under some numbers, and gives the number of the only case."""

    def send(numbers: str, name: str, born: str, *, control: str = "NW", more: str = "") -> None:
        gate.pass_time(minutes=5)
        pid = f"PID|1||{'~'.join(each.replace('@', '^^^') for each in numbers.split('~'))}||{name}||{born}{more}"
        payload = message("A08", pid, f"ORC|{control}|PL-1|FI-1", "OBR|1|PL-1|FI-1|CTH^CT head")
        assert tell(payload.replace(b"ADT^A08", b"ORM^O01")) == ("AA", "")

    return send


@pytest.fixture
def only(gate):
    """Return a look at the only case there is."""

    def look() -> Case:
        with gate.node.identity.read() as session:
            return session.scalars(select(Case)).one()

    return look


def numbers(case: Case) -> set[str]:
    return {f"{each['id']}@{each['issuer']}" for each in case.patient_ids}


@pytest.mark.parametrize(
    ("first", "last", "who"),
    [
        ("OLD@HA", "OLD@HA", OLDER),
        ("OLD@HA", "NEW@HA", OLDER),
        ("OLD@HA", "NEW@HA", YOUNGER),
        ("NEW@HA", "NEW@HA", OLDER),
        ("NEW@HA", "OLD@HA", OLDER),
        ("NEW@HA", "OLD@HA", YOUNGER),
    ],
)
def test_order_is_the_case_of_whoever_it_is_told_for_last(only, order, merge, unmerge, first, last, who) -> None:
    if first == "OLD@HA":
        order(first, *OLDER)
        merge("OLD@HA", "NEW@HA", *OLDER)
        order("NEW@HA", *OLDER)
    else:
        merge("OLD@HA", "NEW@HA", *OLDER)
        order("NEW@HA", *OLDER)
    assert numbers(only()) == {"OLD@HA", "NEW@HA"}
    unmerge("OLD@HA", "NEW@HA")
    assert numbers(only()) == {first}
    order(last, *who)
    assert (numbers(only()), only().patient_name, only().birth_date) == ({last}, *who)


def test_order_that_goes_over_tells_nothing_more_of_whom_it_was_but_they_are_still_looked_for(
    gate, node, only, order, merge, unmerge, part10
) -> None:
    order("OLD@HA~KV@AOK", *OLDER, more="|F|||Weg 1^^Bonn^^53111||0228 99887~0228 99886")
    merge("OLD@HA", "NEW@HA", *OLDER, old_name="Born^Anna")
    unmerge("OLD@HA", "NEW@HA")
    order("NEW@HA", "Two^Berta", "19610708")
    case = only()
    assert (numbers(case), case.other_names, case.sex, case.addresses, case.telephones) == ({"NEW@HA"}, [], "", [], [])
    with node.identity.read() as session:
        keys = set(session.scalars(select(CaseKey.key).where(CaseKey.case_id == case.id)))
    assert {each for each in keys if each.startswith("patient:")} == {"patient:NEW"}
    gate.receive(part10())
    with node.identity.read() as session:
        known = known_identity(session.get_one(Patient, 1), gate.study(), case)
    assert {"One^Anna", "Two^Berta", "Born^Anna"} <= set(known.names)
    assert {"OLD", "NEW", "KV"} <= set(known.ids)
    assert any("Bonn" in each for each in known.others) and any("99886" in each for each in known.others)


def test_study_of_whom_the_order_was_is_shown_to_a_person(gate, only, order, merge, unmerge, part10) -> None:
    order("OLD@HA", *OLDER)
    merge("OLD@HA", "NEW@HA", *OLDER)
    gate.receive(part10(PatientID="OLD", IssuerOfPatientID="HA", PatientName="One^Anna", PatientBirthDate="19500304"))
    gate.run()
    unmerge("OLD@HA", "NEW@HA")
    match_by_person(gate.node, only().case_number, gate.study().study_uid, actor="casey")
    gate.run()
    assert not gate.study().flagged
    order("NEW@HA", *YOUNGER)
    assert gate.study().flagged


def test_insurance_number_of_both_does_not_make_them_one_again(only, order, merge, unmerge) -> None:
    order("OLD@HA~KV@AOK", *OLDER)
    merge("OLD@HA", "NEW@HA", *OLDER)
    unmerge("OLD@HA", "NEW@HA")
    order("NEW@HA~KV@AOK", *OLDER)
    assert numbers(only()) == {"NEW@HA", "KV@AOK"}
    order("OLD@HA~KV@AOK", *OLDER)
    assert numbers(only()) == {"OLD@HA", "KV@AOK"}


def test_order_cancelled_under_the_other_number_is_cancelled(only, order, merge, unmerge) -> None:
    order("OLD@HA", *OLDER)
    merge("OLD@HA", "NEW@HA", *OLDER)
    unmerge("OLD@HA", "NEW@HA")
    order("NEW@HA", *YOUNGER, control="CA")
    assert only().state == "closed"


def test_merged_once_more_and_taken_back_once_more_each_has_their_own(only, order, merge, unmerge) -> None:
    order("OLD@HA", *OLDER)
    for _ in range(2):
        merge("OLD@HA", "NEW@HA", *OLDER)
        unmerge("OLD@HA", "NEW@HA")
        order("NEW@HA", *OLDER)
        assert numbers(only()) == {"NEW@HA"}
        merge("OLD@HA", "NEW@HA", *OLDER)
        unmerge("OLD@HA", "NEW@HA")
        assert numbers(only()) == {"NEW@HA"}
        order("OLD@HA", *OLDER)
        assert numbers(only()) == {"OLD@HA"}


def test_case_into_which_a_person_merged_another_stays_whose_that_person_made_it(
    gate, only, order, merge, unmerge, ids
) -> None:
    order("OLD@HA", *OLDER)
    merge("OLD@HA", "NEW@HA", *OLDER)
    unmerge("OLD@HA", "NEW@HA")
    kept = file_case(gate, "THIRD@HA")
    with gate.node.identity.read() as session:
        (gone,) = set(session.scalars(select(Case.case_number))) - {kept}
    merge_cases(gate.node, kept, gone, actor="casey")
    order("NEW@HA", *OLDER)
    assert ids(kept) == {"THIRD@HA", "OLD@HA"}


@pytest.fixture
def at(tell):
    """Return what tells a message that its sender made at some time (MSH-7)."""

    def send(made: str, event: str, *segments: str) -> None:
        payload = message(event, *segments).replace(b"|20250302|", f"|{made}|".encode())
        kind = b"ORM^O01" if segments[-1].startswith("OBR") else f"ADT^{event}".encode()
        assert tell(payload.replace(f"ADT^{event}".encode(), kind)) == ("AA", "")

    return send


ORDER = ("ORC|NW|PL-1|FI-1", "OBR|1|PL-1|FI-1|CTH^CT head|||||||||{asks}")


def told(number: str, who: tuple[str, str], asks: str = "", home: str = "") -> tuple[str, ...]:
    pid = f"PID|1||{number.replace('@', '^^^')}||{who[0]}||{who[1]}||||{home}"
    return (pid, ORDER[0], ORDER[1].format(asks=asks))


@pytest.mark.parametrize(
    ("queued", "apart", "goes_over"),
    [
        ("20250302093000", "20250302100000", False),
        ("20250302093000.5", "202503021000", False),
        ("20250302103000+0100", "20250302100000+0000", False),
        ("20250302103000", "20250302100000", True),
        ("20250302103000-0100", "20250302100000+0000", True),
        ("20250302", "20250302100000", True),
        ("", "20250302100000", True),
        ("20250302093000", "", True),
        ("20250302993000", "20250302100000", True),
    ],
)
def test_order_made_before_the_merge_was_taken_back_hands_nothing_over_however_late_it_comes(
    gate, only, merge, at, view, queued, apart, goes_over
) -> None:
    at("20250302080000", "A08", *told("OLD@HA", OLDER, home="1 A St^^Boston^MA^^USA"))
    merge("OLD@HA", "NEW@HA", *OLDER)
    gate.pass_time(minutes=5)
    at(apart, "A37", "PID|1||OLD^^^HA", "PID|2||NEW^^^HA")
    gate.pass_time(minutes=5)
    at(queued, "A08", *told("NEW@HA", YOUNGER, "Bleeding?", "1 B St^^Concord^NH^^USA"))
    case = only()
    assert case.question == "Bleeding?"
    assert (numbers(case), case.patient_name) == (({"NEW@HA"}, YOUNGER[0]) if goes_over else ({"OLD@HA"}, OLDER[0]))
    assert case.jurisdiction == ("US-NH" if goes_over else "US-MA")


def test_order_made_before_the_one_that_went_over_does_not_bring_it_back(gate, only, merge, at) -> None:
    at("20250302080000", "A08", *told("OLD@HA", OLDER))
    merge("OLD@HA", "NEW@HA", *OLDER)
    gate.pass_time(minutes=5)
    at("20250302100000", "A37", "PID|1||OLD^^^HA", "PID|2||NEW^^^HA")
    at("20250302110000", "A08", *told("NEW@HA", YOUNGER))
    gate.pass_time(minutes=5)
    at("20250302103000", "A08", *told("OLD@HA", OLDER, "Late?"))
    assert (numbers(only()), only().patient_name, only().question) == ({"NEW@HA"}, YOUNGER[0], "Late?")
    at("20250302120000", "A08", *told("OLD@HA", OLDER))
    assert (numbers(only()), only().patient_name) == ({"OLD@HA"}, OLDER[0])


def test_order_of_somebody_who_was_never_merged_is_a_case_of_its_own(gate, count_cases, order, merge, unmerge) -> None:
    order("OLD@HA", *OLDER)
    merge("OLD@HA", "NEW@HA", *OLDER)
    unmerge("OLD@HA", "NEW@HA")
    order("THIRD@HA", *YOUNGER)
    assert count_cases() == 2
