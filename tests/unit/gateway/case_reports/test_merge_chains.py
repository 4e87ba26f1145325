"""Two patients who are one by merges with others (A into B, B into C) are told apart too, or the answer says how."""

import pytest

from gateway.case_reports.hl7.answering import answer

from .conftest import cx, file_case, message


@pytest.fixture
def part(gate, tell):
    """Return what sends an A37 and gives the code of its answer with the segment that says more."""

    def send(one: str, other: str, control: str = "") -> tuple[str, list[str]]:
        gate.pass_time(minutes=5)
        payload = message("A37", f"PID|1||{cx(one)}", f"PID|2||{cx(other)}", control=control)
        said = {each[:3]: each.split("|") for each in (answer(gate.node, payload) or b"").decode().split("\r")}
        return said["MSA"][1], said.get("ERR", [])

    return send


@pytest.fixture
def chain(gate, merge):
    """Return the cases of A, B and C, of whom A was merged into B and B into C."""
    merge("A@HA", "B@HA")
    merge("B@HA", "C@HA")
    return [file_case(gate, each) for each in ("A@HA", "B@HA", "C@HA")]


@pytest.mark.parametrize("ends", [("A@HA", "C@HA"), ("C@HA", "A@HA")])
def test_ends_of_a_chain_are_told_apart_with_all_between_and_the_sender_is_told(chain, part, ids, merge, ends) -> None:
    assert [len(ids(each)) for each in chain] == [3, 3, 3]
    code, said = part(*ends, control="M1")
    assert (code, said[3].split("^")[0], said[4]) == ("AA", "204", "W")
    assert "by 2 merges with others in between" in said[8] and "(A40)" in said[8]
    assert [ids(each) for each in chain] == [{"A@HA"}, {"B@HA"}, {"C@HA"}]
    assert part(*ends, control="M1") == ("AA", said), "the same message again"
    merge("B@HA", "C@HA")
    assert [ids(each) for each in chain] == [{"A@HA"}, {"B@HA", "C@HA"}, {"B@HA", "C@HA"}]


def test_pair_inside_a_chain_is_taken_back_alone_and_without_a_warning(chain, part, ids) -> None:
    assert part("B@HA", "C@HA") == ("AA", [])
    assert [ids(each) for each in chain] == [{"A@HA", "B@HA"}, {"A@HA", "B@HA"}, {"C@HA"}]


def test_two_who_are_one_by_their_merge_and_by_a_chain_are_one_by_neither_afterwards(chain, part, ids, merge) -> None:
    merge("A@HA", "C@HA")
    code, said = part("A@HA", "C@HA")
    assert (code, said[4]) == ("AA", "W") and "by 3 merges" in said[8]
    assert [ids(each) for each in chain] == [{"A@HA"}, {"B@HA"}, {"C@HA"}]


def test_ends_that_no_chain_joins_are_refused_with_what_to_name(chain, part, ids) -> None:
    code, said = part("A@HA", "D@HA")
    assert (code, said[3].split("^")[0]) == ("AE", "204")
    assert "PID-3 and MRG-1" in said[8]
    assert [len(ids(each)) for each in chain] == [3, 3, 3]


def test_number_of_both_is_no_link_of_a_chain(merge, part, gate, ids) -> None:
    merge("A@HA", "KV@AOK")
    merge("C@HA", "KV@AOK")
    number = file_case(gate, "A@HA")
    assert part("A@HA~KV@AOK", "C@HA~KV@AOK")[0] == "AE"
    assert ids(number) == {"A@HA", "KV@AOK", "C@HA"}


def test_number_told_beside_the_surviving_one_stays_where_another_merge_is_taken_back(gate, tell, merge, part, ids):
    number = file_case(gate, "A@HA")
    assert tell(message("A40", "PID|1||B^^^HA~INS^^^AOK||One^Anna||19500304", "MRG|A^^^HA")) == ("AA", "")
    merge("B@HA", "C@HA")
    assert part("B@HA", "C@HA") == ("AA", [])
    assert ids(number) == {"A@HA", "B@HA", "INS@AOK"}


def test_what_one_taking_back_leaves_said_the_next_takes_back_too(gate, merge, part, ids, view) -> None:
    number = file_case(gate, "A@HA")
    merge("B@HA", "A@HA", name="Second^Anna")
    merge("A@HA", "C@HA", name="Third^Anna")
    merge("C@HA", "D@HA", name="Fourth^Anna")
    called = []
    for one, other in (("C@HA", "D@HA"), ("A@HA", "C@HA"), ("A@HA", "B@HA")):
        assert part(one, other) == ("AA", [])
        patient = view(number)["patient"]
        called.append((patient["name"], {*patient["other_names"]} - {patient["name"]}))
    assert called == [("Third^Anna", {"Second^Anna"}), ("Second^Anna", set()), ("Second^Anna", set())]
    assert ids(number) == {"A@HA"}
