"""Corrections of one patient that come in another order than that in which they were made: the last made holds."""

from itertools import count, permutations

import pytest

from gateway.case_reports.hl7.answering import answer
from gateway.case_reports.made_at import believed, clearest, from_instant, made_before
from gateway.case_reports.unmerging import take_back_merge
from gateway.desk.case_form import correct_case
from gateway.known_identity import known_identity
from gateway.links import get_case
from gateway.models import Case, Patient, Study

from .conftest import file_case

_NUMBERS = count(1)
EARLY, LATE = "20250302090000", "20250302100000"


def adt(made_at: str, said: str, *, event: str = "A08", number: str = "P1^^^HA", more: tuple[str, ...] = ()) -> bytes:
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|{made_at}||ADT^{event}|L{next(_NUMBERS)}|P|2.5.1"
    return "\r".join((header, f"EVN|{event}|{made_at}", f"PID|1||{number}||{said}", *more, "")).encode()


@pytest.fixture
def case(gate, tell) -> str:
    return file_case(gate, "P1@HA")


@pytest.fixture
def who(view, case):
    def look() -> tuple[str, str, str]:
        patient = view(case)["patient"]
        return patient["name"], patient["birth_date"], patient["sex"]

    return look


def test_correction_made_before_another_and_arriving_after_it_takes_nothing_back(node, tell, who, view, case) -> None:
    assert tell(adt(LATE, "Married^Anna||19500304|F")) == ("AA", "")
    said = (answer(node, adt(EARLY, "Between^Anna||19500304|F")) or b"").decode()
    assert who() == ("Married^Anna", "19500304", "F")
    assert "MSA|AA|" in said
    assert "ERR|||0^Message accepted^HL70357|I|" in said
    assert "the patient's name otherwise" in said
    assert "Between" not in said


def test_what_no_later_message_spoke_of_is_taken_from_an_earlier_one(tell, who) -> None:
    tell(adt(LATE, "Married^Anna||19500304"))
    assert tell(adt(EARLY, "Between^Anna||19500304|F")) == ("AA", "0")
    assert who() == ("Married^Anna", "19500304", "F")


def test_home_that_nobody_can_place_is_not_put_right_by_one_told_before(node, tell, view, case) -> None:
    tell(adt(LATE, "One^Anna||19500304|F|||1 St^^Town^^1^Nowhere Land"))
    said = (answer(node, adt(EARLY, "One^Anna||19500304|F|||1 St^^Boston^MA^02101^USA")) or b"").decode()
    assert "the patient's home otherwise" in said
    assert view(case)["lives_in"] == {"jurisdiction": "", "by": "unplaced"}
    tell(adt("20250302110000", "One^Anna||19500304|F|||1 St^^Boston^MA^02101^USA"))
    assert view(case)["lives_in"] == {"jurisdiction": "US-MA", "by": "report"}


@pytest.mark.parametrize("arrival", list(permutations(range(4))))
def test_corrections_end_alike_in_whichever_order_they_come(tell, view, case, arrival: tuple[int, ...]) -> None:
    made = [
        adt("20250302080000", "Two^Anna||19500304|F|||1 St^^Boston^MA^02101^USA", event="A31"),
        adt("20250302090000", "Three^Anna||19500305"),
        adt("20250302100000", "Three^Anna||19500305||||2 St^^Austin^TX^78701^USA", event="A31"),
        adt("20250302110000", "Four^Anna||19500304"),
    ]
    for number in arrival:
        assert tell(made[number])[0] == "AA"
    found = view(case)
    patient = found["patient"]
    assert (patient["name"], patient["birth_date"], patient["sex"]) == ("Four^Anna", "19500304", "F")
    assert found["jurisdiction"] == "US-TX"


def test_what_came_too_late_is_looked_for_in_texts_and_images(node, tell, case) -> None:
    tell(adt(LATE, "Married^Anna||19500305|F|||New Road 2^^Boston^MA^02101^USA"))
    tell(adt(EARLY, "Between^Anna||19500306|F|||Old Road 1^^Boston^MA^02101^USA||555-0100"))
    with node.identity.read() as session:
        known = known_identity(Patient(name="", patient_id="", birth_date=""), _study(), get_case(session, case))
    assert {"One^Anna", "Between^Anna", "Married^Anna"} <= set(known.names)
    assert {f"{day:%d}" for day in known.dates} == {"04", "05", "06"}
    assert any("Old Road 1" in each for each in known.others)
    assert "555-0100" in known.others


def _study() -> Study:
    empty = {"patient_name": "", "accession_number": "", "study_id": "", "birth_date": "", "referring_physician": ""}
    return Study(**empty, other_names=[], other_ids=[], other_identities=[])


def test_place_where_the_patient_lives_is_not_put_back(tell, view, case) -> None:
    tell(adt(LATE, "One^Anna||19500304||||2 St^^Austin^TX^78701^USA"))
    assert tell(adt(EARLY, "One^Anna||19500304||||1 St^^Boston^MA^02101^USA")) == ("AA", "0")
    assert view(case)["jurisdiction"] == "US-TX"


@pytest.mark.parametrize(("first", "second"), [("", ""), (LATE, ""), ("", EARLY), (LATE, LATE), ("20250302", EARLY)])
def test_order_of_arrival_counts_where_times_do_not_tell(tell, who, first: str, second: str) -> None:
    tell(adt(first, "Married^Anna||19500304"))
    tell(adt(second, "Again^Anna||19500304"))
    assert who()[0] == "Again^Anna"


def test_sender_s_clock_far_ahead_keeps_no_later_correction_out(tell, who) -> None:
    tell(adt("20620302090000", "Ahead^Anna||19500304"))
    tell(adt(LATE, "Now^Anna||19500304"))
    assert who()[0] == "Now^Anna"


def test_same_words_told_again_later_hold_against_those_made_in_between(tell, who) -> None:
    tell(adt("20250302080000", "Married^Anna||19500304"))
    tell(adt(LATE, "Married^Anna||19500304"))
    tell(adt(EARLY, "Between^Anna||19500304"))
    assert who()[0] == "Married^Anna"


def test_time_that_the_event_was_recorded_counts_where_the_header_tells_the_day_alone(tell, who) -> None:
    def with_day(message: bytes) -> bytes:
        head, rest = message.split(b"\r", 1)
        return (
            head.replace(b"|20250302090000|", b"|20250302|").replace(b"|20250302100000|", b"|20250302|") + b"\r" + rest
        )

    tell(with_day(adt(LATE, "Married^Anna||19500304")))
    tell(with_day(adt(EARLY, "Between^Anna||19500304")))
    assert who()[0] == "Married^Anna"


def test_merge_that_comes_late_joins_the_numbers_and_puts_no_name_back(tell, who, ids, case) -> None:
    tell(adt(LATE, "Married^Anna||19500304"))
    tell(adt(EARLY, "Between^Anna||19500304", event="A40", number="P2^^^HA", more=("MRG|P1^^^HA",)))
    assert ids(case) == {"P1@HA", "P2@HA"}
    assert who()[0] == "Married^Anna"
    tell(adt("20250302093000", "Third^Anna||19500304", number="P2^^^HA"))
    assert who()[0] == "Married^Anna"
    tell(adt("20250302110000", "Last^Anna||19500304", number="P2^^^HA"))
    assert who()[0] == "Last^Anna"


def test_late_word_under_the_patient_s_own_number_counts_once_the_other_s_is_taken_back(tell, who, unmerge, case):
    tell(adt("20250302070000", "One^Anna||19500304", event="A40", number="P2^^^HA", more=("MRG|P1^^^HA",)))
    tell(adt("20250302080000", "Own^Anna||19500304"))
    tell(adt(LATE, "Other^Anna||19500304", number="P2^^^HA"))
    assert tell(adt(EARLY, "Between^Anna||19500304")) == ("AA", "0")
    assert who()[0] == "Other^Anna"
    assert unmerge("P1@HA", "P2@HA")[0] == "AA"
    assert who()[0] == "Between^Anna"
    tell(adt("20250302083000", "Before^Anna||19500304"))
    assert who()[0] == "Between^Anna"


def test_merge_made_before_it_was_taken_back_and_coming_after_it_joins_nothing(node, tell, ids, view, case) -> None:
    other = {"event": "A40", "number": "P2^^^HA", "more": ("MRG|P1^^^HA",)}
    tell(adt("20250302080000", "One^Anna||19500304", **other))
    assert tell(adt(LATE, "", event="A37", more=("PID|2||P2^^^HA",))) == ("AA", "")
    said = (answer(node, adt(EARLY, "One^Anna||19500304", **other)) or b"").decode()
    assert "took this merge back" in said
    assert ids(case) == {"P1@HA"}
    reverse = {"event": "A40", "more": ("MRG|P2^^^HA",)}
    assert tell(adt(EARLY, "One^Anna||19500304", **reverse)) == ("AA", "0")
    assert ids(case) == {"P1@HA"}
    assert view(case)["merges"] == []
    assert tell(adt("20250302110000", "One^Anna||19500304", **other)) == ("AA", "")
    assert ids(case) == {"P1@HA", "P2@HA"}
    assert tell(adt(EARLY, "One^Anna||19500304", **other)) == ("AA", "")


def test_merge_that_a_person_took_back_is_not_made_again_by_one_made_the_day_before(
    node, tell, ids, view, case
) -> None:
    other = {"event": "A40", "number": "P2^^^HA", "more": ("MRG|P1^^^HA",)}
    tell(adt("20250302080000", "One^Anna||19500304", **other))
    take_back_merge(node, case, view(case)["merges"][0]["merge"], actor="clerk")
    assert tell(adt("20250313090000", "One^Anna||19500304", **other)) == ("AA", "0")
    assert ids(case) == {"P1@HA"}
    assert tell(adt("20250314093000", "One^Anna||19500304", **other)) == ("AA", "")
    assert ids(case) == {"P1@HA", "P2@HA"}


def test_taking_a_merge_back_brings_no_word_back_that_came_late_beside_the_case_s_own(tell, view, file_in, unmerge):
    order = "ORC|NW|PL-1|FI-1\rOBR|1|PL-1|FI-1|CTH^CT head"
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|{LATE}||ORM^O01|O1|P|2.5.1"
    (filed,) = file_in(f"{header}\rPID|1||P1^^^HA||One^Anna||19500304|F\r{order}\r")
    tell(adt(EARLY, "Between^Anna||19500304"))
    tell(adt("20250302110000", "One^Anna||19500304", event="A40", number="P2^^^HA", more=("MRG|P1^^^HA",)))
    assert unmerge("P1@HA", "P2@HA")[0] == "AA"
    assert view(filed.case_number)["patient"]["name"] == "One^Anna"


def test_order_that_comes_late_puts_neither_name_nor_question_back(tell, file_in, view) -> None:
    def order(made_at: str, name: str, why: str) -> str:
        header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|{made_at}||ORM^O01|O{next(_NUMBERS)}|P|2.5.1"
        pid = f"PID|1||P1^^^HA||{name}||19500304|F"
        return f"{header}\r{pid}\rORC|NW|PL-1|FI-1\rOBR|1|PL-1|FI-1|CTH^CT head\rNTE|1||{why}\r"

    (filed,) = file_in(order("20250302080000", "One^Anna", "First?"))
    tell(adt(LATE, "Married^Anna||19500304"))
    file_in(order("20250302110000", "Married^Anna", "Later?"))
    file_in(order(EARLY, "One^Anna", "Between?"))
    case = view(filed.case_number)
    assert (case["patient"]["name"], case["question"]) == ("Married^Anna", "Later?")


def test_order_that_comes_after_its_report_says_what_was_asked(file_in, view) -> None:
    pid = "PID|1||P1^^^HA||One^Anna||19500304|F"
    head = "MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|{}||{}|R{}|P|2.5.1"
    obr = "OBR|1|PL-1|FI-1|{}|||20250301||||||||||||||||20250302||CT|F"
    report = [head.format(LATE, "ORU^R01", 1), pid, "ORC|RE|PL-1|FI-1", obr.format("KN^Knee"), "OBX|1|TX|&GDT||Torn."]
    order = [head.format(EARLY, "ORM^O01", 2), pid, "ORC|NW|PL-1|FI-1", "OBR|1|PL-1|FI-1|KNL^Left knee"]
    (filed,) = file_in("\r".join((*report, "")))
    file_in("\r".join((*order, "NTE|1||Meniscus?", "")))
    case = view(filed.case_number)
    assert [each["description"] for each in case["requested_studies"]] == ["Left knee"]
    assert (case["question"], case["report"]["text"]) == ("Meniscus?", "Torn.")


def test_person_s_word_holds_against_a_message_made_the_day_before_and_is_never_too_late(node, tell, who, case):
    tell(adt("20250314093000+0000", "Ahead^Anna||19500304"))  # half an hour ahead of the node's clock
    correct_case(node, case, name="Right^Anna", birth_date="", sex="", ids=(), actor="clerk")
    assert who()[0] == "Right^Anna"
    tell(adt("20250313090000", "Late^Anna||19500304"))
    assert who()[0] == "Right^Anna"


def test_relative_s_word_that_comes_late_is_still_left_to_a_person(tell, who) -> None:
    tell(adt(LATE, "Married^Anna||19500304"))
    assert tell(adt(EARLY, "One^Lena||20200105")) == ("AE", "205")


def test_late_word_is_kept_once_and_told_each_time(node, tell, case) -> None:
    tell(adt(LATE, "Married^Anna||19500304"))
    for _ in range(3):
        assert tell(adt(EARLY, "Between^Anna||19500304")) == ("AA", "0")
    with node.identity.read() as session:
        found: Case = get_case(session, case)
        assert [each.get("late") for each in found.former_identities] == [None, {"name": "Between^Anna"}]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("20250302090000", "20250302090001"),
        ("20250302090000.1", "20250302090000.2"),
        ("202503020900", "202503020901"),
        ("20250301", "20250302"),
        ("20250302235900+0100", "20250302233000+0000"),
        ("20250302+0100", "20250303+0100"),
        ("20250302+0000", "20250303000000+0000"),
        ("20250302090000+0100", "20250302100000"),
        ("20250302090000", "20250303120000+0000"),
    ],
)
def test_one_time_is_before_the_other(one: str, other: str) -> None:
    assert made_before(one, other)
    assert not made_before(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("20250302", "20250302090000"),
        ("20250302-0500", "20250303020000+0000"),
        ("2025030209", "20250302095959"),
        ("20250302090000", "20250302150000+0000"),  # a clock that may be anywhere
        ("", "20250302"),
        ("20250230", "20250302"),
        ("00010101+1400", "20250302"),
        ("2025", "20260302"),
    ],
)
def test_times_that_overlap_or_are_none_tell_nothing(one: str, other: str) -> None:
    assert not made_before(one, other)
    assert not made_before(other, one)


def test_time_far_ahead_is_none_and_the_clearest_of_several_is_taken(node) -> None:
    now = node.clock()
    assert [believed(each, now) for each in ("20250314090000+0000", "20250314230000", "20250316", "20620101", "x")] == [
        *("20250314090000+0000", "20250314230000", "", "", ""),
    ]
    assert clearest("20250302", "20250302090000") == "20250302090000"
    assert clearest("20250302100000", "20250302090000") == "20250302100000"
    assert clearest("", "20250302") == "20250302"
    assert clearest("", "x") == ""
    assert from_instant("2025-03-02T10:00:00.250+01:00") == "20250302100000.2500+0100"
    assert from_instant("2025-03-02T10:00:00Z") == "20250302100000.0000+0000"
    assert from_instant("2025-03-02") == from_instant("now") == ""
