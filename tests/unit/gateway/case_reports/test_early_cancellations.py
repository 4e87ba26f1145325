"""Cancellations that come before their order, or after the order was given anew: the message made last holds."""

import json
from itertools import count, permutations

import pytest
from sqlalchemy import func, select

from gateway.case_models import EarlyCancellation
from gateway.case_reports.hl7.answering import answer
from gateway.cases import close_case
from gateway.housekeeping import Housekeeping
from gateway.models import Case

from .test_ended_orders import NEW, ordered
from .test_fhir import REQUEST
from .test_hl7_messages import ORDER, PID

_NUMBERS = count(1)


def made(hour: int | None, *segments: str, pid: str = PID, kind: str = "ORM^O01", control: str = "") -> bytes:
    when = f"2025030210{hour:02}00" if hour is not None else ""
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|{when}||{kind}|{control or f'C{next(_NUMBERS)}'}|P|2.5.1"
    return "\r".join((header, pid, *segments, "")).encode()


@pytest.fixture
def states(node):
    def look() -> list[str]:
        with node.identity.read() as session:
            return list(session.scalars(select(Case.state).order_by(Case.id)))

    return look


@pytest.fixture
def kept(node):
    def look() -> int:
        with node.identity.read() as session:
            return session.scalar(select(func.count()).select_from(EarlyCancellation)) or 0

    return look


@pytest.mark.parametrize("order_at", [0, 5, None])
@pytest.mark.parametrize(
    "cancelled", [ORDER, "ORC|NW|PL-1^RIS\rOBR|1|PL-1^RIS||CTH^CT head"], ids=["both", "placer's number"]
)
def test_order_whose_cancellation_came_first_opens_no_case(node, tell, states, kept, order_at, cancelled) -> None:
    assert tell(made(5, ordered("CA", order=cancelled) if cancelled == ORDER else cancelled.replace("NW", "CA"))) == (
        *("AA", "204"),
    )
    assert states() == []
    said = (answer(node, made(order_at, ORDER)) or b"").decode()
    assert "MSA|AA|" in said
    assert "|I|" in said
    assert "cancelled by a message that came before it" in said
    assert (states(), kept()) == (["closed"], 0)


@pytest.mark.parametrize(("last", "state"), [(2, "closed"), (3, "open"), (4, "closed")])
def test_orders_and_cancellations_end_alike_in_whichever_order_they_come(gate, tell, states, last, state) -> None:
    seen = set()
    for turn, arrival in enumerate(permutations(range(last))):
        for number in arrival:
            control = "CA" if number % 2 else "NW"
            segments = ordered(control).replace("PL-1", f"PL-{turn}").replace("FI-1", f"FI-{turn}")
            assert tell(made(number, segments.replace("ACC-1", f"ACC-{turn}")))[0] == "AA"
        assert len(states()) == turn + 1, arrival
        seen.add(states()[-1])
    assert seen == {state}


def test_order_made_after_its_cancellation_opens_a_case_and_one_made_before_changes_nothing(tell, states, kept):
    tell(made(5, ordered("CA")))
    assert tell(made(6, ORDER)) == ("AA", "")
    assert (states(), kept()) == (["open"], 0)
    tell(made(4, ORDER))
    assert states() == ["open"]


def test_order_given_anew_after_both_opens_its_case(tell, states) -> None:
    for message in (made(5, ordered("CA")), made(4, ORDER), made(6, ORDER)):
        assert tell(message)[0] == "AA"
    assert states() == ["open"]


@pytest.mark.parametrize("control", ["SAME", ""])
def test_cancellation_made_before_the_order_was_given_anew_and_coming_after_it_ends_nothing(tell, states, control):
    tell(made(0, ORDER))
    tell(made(6, ORDER))
    assert tell(made(5, ordered("CA"), control=control)) == ("AA", "0")
    assert states() == ["open"]
    tell(made(7, ordered("CA")))
    assert states() == ["closed"]


def test_cancellation_that_is_sent_again_after_the_order_was_given_anew_ends_nothing(tell, states) -> None:
    cancellation = made(5, ordered("CA"))
    for message in (cancellation, made(4, ORDER), made(6, ORDER), cancellation):
        tell(message)
    assert states() == ["open"]


def test_order_given_between_two_cancellations_and_coming_last_stays_closed(tell, states) -> None:
    for message in (made(0, ORDER), made(5, ordered("CA")), made(9, ordered("CA")), made(7, ORDER)):
        tell(message)
    assert states() == ["closed"]


def test_cancelled_order_of_several_is_not_brought_back_by_a_message_made_before(file_in, view) -> None:
    (first,) = file_in(made(0, ORDER, NEW))
    file_in(made(5, ordered("CA", order=NEW)))
    file_in(made(4, NEW))
    case = view(first.case_number)
    assert [each["id"] for each in case["orders"] if not each["issuer"].startswith("cancelled")] == ["PL-1", "FI-1"]
    file_in(made(6, NEW))
    assert "PL-7" in [each["id"] for each in view(first.case_number)["orders"] if each["issuer"].startswith("placer")]


def test_only_the_order_that_was_cancelled_early_leaves_a_case_of_several(file_in, view, kept) -> None:
    file_in(made(5, ordered("CA", order=NEW)))
    (first,) = file_in(made(0, ORDER))
    assert (view(first.case_number)["state"], kept()) == ("open", 7)
    (second,) = file_in(made(1, NEW))
    case = view(first.case_number)
    assert (second.case_number, case["state"], kept()) == (first.case_number, "open", 0)
    assert [each["id"] for each in case["orders"] if not each["issuer"].startswith("cancelled")] == ["PL-1", "FI-1"]


def test_number_of_another_patient_s_order_is_not_the_one_that_was_cancelled(tell, states, kept) -> None:
    tell(made(5, ordered("CA")))
    assert tell(made(0, ORDER, pid="PID|1||P-9^^^NORTH||Nine^Nora||19800101|F")) == ("AA", "")
    assert states() == ["open"]
    assert kept()


def test_another_site_s_order_is_opened(file_in, states) -> None:
    file_in(made(5, ordered("CA")))
    file_in(made(0, ORDER), site="south")
    assert states() == ["open"]


def test_cancellation_is_kept_for_a_month_and_its_bytes_as_long(gate, tell, states, kept) -> None:
    tell(made(5, ordered("CA")))
    gate.pass_time(days=29)
    Housekeeping(gate.node)()
    assert kept()
    gate.pass_time(days=2)
    Housekeeping(gate.node)()
    assert kept() == 0
    assert tell(made(0, ORDER)) == ("AA", "")
    assert states() == ["open"]


def test_request_of_fhir_that_was_revoked_before_it_came_opens_no_case(gate, file_in, states, kept) -> None:
    who = {"resourceType": "Patient", "id": "p", "name": [{"family": "One", "given": ["Anna"]}]}
    who |= {"identifier": [{"system": "NORTH", "value": "P-1"}], "birthDate": "1950-03-04"}
    request = {"resourceType": "ServiceRequest", "contained": [who], "intent": "order", "subject": {"reference": "#p"}}
    request |= {"identifier": [{"system": "RIS", "value": "R-1"}], "code": {"text": "CT head"}}

    def send(status: str, more: dict | None = None) -> list:
        return file_in(json.dumps(request | {"status": status} | (more or {})), content_type="application/fhir+json")

    (early,) = send("revoked")
    assert (early.outcome, early.case_number) == ("kept", None)
    assert "cancel it again" in (early.note or "")
    (late,) = send("active")
    assert (late.outcome, states(), kept()) == ("closed", ["closed"], 0)
    assert "cancelled by a message that came before it" in (late.note or "")
    send("revoked", {"identifier": [{"system": "RIS", "value": "R-2"}]})
    gate.pass_time(days=31)
    for _ in range(2):
        Housekeeping(gate.node)()
    assert kept() == 0


OTHER = ORDER.replace("PL-1", "PL-2").replace("FI-1", "FI-2").replace("CTH^CT head", "MRH^MR head")


def said(node, *message: str, hour: int) -> str:
    return (answer(node, made(hour, *message)) or b"").decode()


@pytest.fixture
def asked(node):
    def look() -> list[list[str]]:
        with node.identity.read() as session:
            found = session.scalars(select(Case.requested_studies).order_by(Case.id))
            return [[each["description"] for each in asked] for asked in found]

    return look


def test_order_cancelled_before_it_came_among_others_is_told_to_be_over_and_they_go_on(node, tell, states) -> None:
    tell(made(5, ordered("CA")))
    told = said(node, ORDER, OTHER, hour=0)
    assert states() == ["open"]
    assert "the case goes on with its other orders" in told
    assert "no case is open" not in told


def test_order_that_comes_after_a_cancellation_made_later_is_told_to_be_over(node, tell, states) -> None:
    tell(made(0, ORDER))
    tell(made(5, ordered("CA")))
    assert "no case is open" in said(node, ORDER, hour=4)
    assert states() == ["closed"]
    assert "no case is open" not in said(node, ORDER, hour=6)
    assert states() == ["open"]


def test_orders_of_one_case_that_come_by_themselves_are_all_asked_for(tell, asked) -> None:
    tell(made(1, ORDER))
    tell(made(2, OTHER))
    assert asked() == [["CT head", "MR head"]]
    tell(made(3, ordered("CA")))
    assert asked() == [["MR head"]]


def test_order_that_comes_late_and_cancelled_takes_nothing_from_the_one_that_replaced_it(tell, states, asked) -> None:
    new = ORDER.replace("PL-1", "PL-2").replace("FI-1", "FI-2")
    tell(made(5, ordered("RP"), ordered("RO", order=new)))
    tell(made(4, ORDER))
    assert (states(), asked()) == (["open"], [["CT head"]])


def test_sender_of_an_order_whose_case_a_person_closed_is_told_so(node, tell, states) -> None:
    tell(made(0, ORDER))
    with node.identity.read() as session:
        (number,) = session.scalars(select(Case.case_number))
    close_case(node, number, actor="casey")
    told = said(node, ORDER, hour=5)
    assert "MSA|AA|" in told
    assert "|W|" in told
    assert "the case of this order is closed and stays so" in told
    assert states() == ["closed"]


def test_order_that_is_cancelled_and_given_anew_over_and_over_ends_as_it_was_told_last(file_in, view) -> None:
    told = [json.dumps(REQUEST | {"status": status}) for status in ("active", "revoked")] * 3
    ((number, *_),) = {tuple(each.case_number for each in file_in(one)) for one in told}
    assert view(number)["state"] == "closed"
    file_in(told[0])
    assert view(number)["state"] == "open"


def test_cancellation_that_is_told_twice_takes_nothing_from_another_order_for_the_same(tell, states, asked) -> None:
    again = ORDER.replace("PL-1", "PL-2").replace("FI-1", "FI-2")
    tell(made(0, ORDER, again))
    for hour in (5, 6):
        assert tell(made(hour, ordered("CA"))) == ("AA", "")
    assert (states(), asked()) == (["open"], [["CT head"]])


HIS, LAB = (f"ORC|NW|1^{name}\rOBR|1|1^{name}||CTH^CT head||||||||||||||ACC-1" for name in ("HIS", "LAB"))


def test_order_of_another_who_gave_the_same_number_is_not_the_one_that_was_cancelled_later(node, tell, states) -> None:
    tell(made(0, HIS))
    tell(made(5, HIS.replace("NW", "CA")))
    assert states() == ["closed"]
    assert "cancelled" not in said(node, LAB, hour=6)
    assert states() == ["open"]
    assert "the case goes on with its other orders" in said(node, HIS, hour=4)
    assert states() == ["open"]


def test_cancellation_of_another_who_gave_the_same_number_and_came_first_is_kept_for_that(tell, states, kept) -> None:
    tell(made(5, HIS.replace("NW", "CA")))
    assert tell(made(0, LAB)) == ("AA", "")
    assert (states(), bool(kept())) == (["open"], True)
    tell(made(1, HIS))
    assert (states(), kept()) == (["open"], 0)
    tell(made(6, LAB.replace("NW", "CA")))
    assert states() == ["closed"]


def test_number_of_another_who_gave_it_anew_saves_no_order_from_its_cancellation(tell, states, asked) -> None:
    for message in (made(0, HIS), made(6, LAB), made(5, HIS.replace("NW", "CA"))):
        assert tell(message) == ("AA", "")
    assert (states(), asked()) == (["open"], [["CT head"]])


@pytest.mark.parametrize("anew", [HIS, HIS.replace("^HIS", "")])
@pytest.mark.parametrize("cancelled", [HIS, HIS.replace("^HIS", "")])
def test_order_that_was_given_anew_goes_on_where_one_side_does_not_tell_who_gave_its_number(
    tell, states, anew, cancelled
) -> None:
    for message in (made(0, HIS), made(6, anew), made(5, cancelled.replace("NW", "CA"))):
        tell(message)
    assert states() == ["open"]
