"""Orders that end in the many ways in which systems say so, also when messages come late."""

import pytest

from gateway.case_reports.hl7.answering import answer

from .test_hl7_messages import ORDER, PID

NEW = ORDER.replace("PL-1", "PL-7").replace("FI-1", "FI-7")


def made(hour: int, *segments: str, kind: str = "ORM^O01") -> str:
    made.count += 1
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|202503021{hour}||{kind}|E{made.count}|P|2.5.1"
    return "\r".join((header, PID, *segments, ""))


made.count = 0


def ordered(control: str, status: str = "", order: str = ORDER) -> str:
    return order.replace("ORC|NW|", f"ORC|{control}|").replace("PACS\rOBR", f"PACS||{status}\rOBR")


@pytest.mark.parametrize(
    ("control", "status", "state"),
    [
        ("ca", "", "closed"),
        ("CR", "", "closed"),
        ("DR", "", "closed"),
        ("SC", "CA", "closed"),
        ("SC", "DC", "closed"),
        ("XO", "CA", "closed"),
        ("SC", "IP", "open"),
        ("SC", "CM", "open"),
        ("UC", "CA", "open"),
        ("RP", "", "open"),
        ("HD", "", "open"),
    ],
)
def test_order_ends_by_its_control_code_or_by_the_status_of_a_change(file_in, view, control, status, state) -> None:
    (first,) = file_in(made(0, ORDER))
    file_in(made(1, ordered(control, status)))
    assert view(first.case_number)["state"] == state


@pytest.mark.parametrize("accession", ["ACC-1", "ACC-7"])
@pytest.mark.parametrize("replaced_first", [True, False])
def test_order_that_is_replaced_ends_and_its_replacement_is_one(
    file_in, view, accession: str, replaced_first: bool
) -> None:
    (first,) = file_in(made(0, ORDER))
    pair = [ordered("RP"), ordered("RO", order=NEW).replace("ACC-1", accession)]
    filed = file_in(made(1, *(pair if replaced_first else reversed(pair))))
    (number,) = {each.case_number for each in filed if view(each.case_number)["state"] == "open"}
    case = view(number)
    assert [each["id"] for each in case["orders"] if not each["issuer"].startswith("cancelled")] == ["PL-7", "FI-7"]
    assert len(case["requested_studies"]) == 1
    assert (number == first.case_number) == (accession == "ACC-1")
    if number != first.case_number:
        assert view(first.case_number)["state"] == "closed"
    file_in(made(2, ordered("CA", order=NEW)))
    assert view(number)["state"] == "closed"


def test_order_that_was_made_before_its_cancellation_and_comes_late_opens_nothing(file_in, view) -> None:
    (first,) = file_in(made(0, ORDER))
    file_in(made(2, ordered("CA")))
    file_in(made(1, ORDER))
    assert view(first.case_number)["state"] == "closed"
    file_in(made(3, ORDER))
    assert view(first.case_number)["state"] == "open"


def test_who_cancels_an_order_that_no_case_bears_is_told_so(node, tell) -> None:
    assert tell(made(1, ordered("CA")).encode()) == ("AA", "204")
    assert "cancel it again" in (answer(node, made(1, ordered("CA")).encode()) or b"").decode()
    assert tell(made(2, kind="ADT^A08").encode()) == ("AA", "")
    assert tell(made(3, ORDER).encode()) == ("AA", "")
