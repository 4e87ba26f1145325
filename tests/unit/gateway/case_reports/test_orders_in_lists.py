"""Order numbers in lists: rows change and cancel what other ways told, and the reverse."""

import json

import pytest

from config.errors import Conflict
from gateway.case_reports.document import Identifier
from gateway.case_reports.lists.columns import fold, read_headings
from gateway.case_reports.order_numbers import as_known, is_one_of

from .conftest import message

PID = "PID|1||P-1||One^Anna||19500304|F"


def rows(*cells: str, heading: str = "Order number", more: str = "Question") -> str:
    lines = "".join(f"One^Anna;1950-03-04;P-1;{each}\n" for each in cells)
    return f"Name;DOB;MRN;{heading};{more}\n{lines}"


@pytest.fixture
def listed(file_in):
    """Return what files a list, and gives what became of its rows."""
    return lambda text: file_in(text, content_type="text/csv", name="list.csv")


@pytest.fixture
def ordered(file_in):
    """Return what orders over HL7, by placer and filler with their names, and gives what became of it."""

    def send(
        placer: str = "PL-1^HIS", filler: str = "FI-1^RIS", accession: str = "ACC-1", control: str = "NW"
    ) -> object:
        obr = f"OBR|1|{placer}|{filler}|CTH^CT head||||||||||||||{accession}"
        payload = message("O01", PID, f"ORC|{control}|{placer}|{filler}", obr)
        return file_in(payload.replace(b"ADT^O01", b"ORM^O01"))[0]

    return send


@pytest.mark.parametrize(
    ("field", "headings"),
    [
        ("order_number", ["Order No.", "Anforderungsnummer", "Nº de petición", "申请单号"]),
        ("placer_number", ["Placer Order Number", "Auftragsnummer des Auftraggebers", "开单方编号"]),
        (
            "filler_number",
            ["Filler order no", "Auftragsnummer der Radiologie", "Número de orden del servicio", "执行单号"],
        ),
        ("order_status", ["Status", "Auftragsstatus", "Estado de la solicitud", "医嘱状态"]),
    ],
)
def test_headings_are_known_in_four_languages(field: str, headings: list[str]) -> None:
    for each in headings:
        assert read_headings(["Name", each]) == {0: "name", 1: field}, fold(each)
    assert read_headings(["Name", headings[0], headings[-1]]) == {0: "name", 1: field}


@pytest.mark.parametrize(
    ("heading", "number"),
    [
        ("Order number", "PL-1"),
        ("Order number", "FI-1"),
        ("Placer order number", "PL-1"),
        ("Filler order number", "FI-1"),
    ],
)
def test_row_changes_the_case_of_an_order_that_a_message_told(listed, ordered, view, heading: str, number: str) -> None:
    first = ordered()
    (row,) = listed(rows(f"{number};Is it new?", heading=heading))
    assert (row.case_number, row.outcome) == (first.case_number, "updated")
    case = view(row.case_number)
    assert (case["question"], len(case["orders"])) == ("Is it new?", 2), (
        "a number known by its issuer is not kept twice"
    )


@pytest.mark.parametrize("word", ["cancelled", "Storniert", "anulada", "已取消", "CA"])
def test_row_cancels_an_order_that_a_message_told(listed, ordered, view, word: str) -> None:
    first = ordered()
    (row,) = listed(rows(f"PL-1;{word}", more="Status"))
    assert (row.case_number, row.outcome, view(first.case_number)["state"]) == (first.case_number, "closed", "closed")


def test_row_cancels_one_of_two_orders_and_the_case_goes_on(listed, ordered, view) -> None:
    first = ordered()
    assert ordered("PL-2^HIS", "FI-2^RIS").case_number == first.case_number
    (row,) = listed(rows("PL-1;cancelled", more="Status"))
    assert (row.outcome, view(first.case_number)["state"]) == ("updated", "open")
    (row,) = listed(rows("PL-2;cancelled", more="Status"))
    assert (row.outcome, view(first.case_number)["state"]) == ("closed", "closed")


@pytest.mark.parametrize(("heading", "number"), [("Order number", "PL-1"), ("Placer order number", "PL-1")])
def test_message_changes_and_cancels_what_a_row_ordered(listed, ordered, view, heading: str, number: str) -> None:
    (row,) = listed(rows(f"{number};Is it new?", heading=heading))
    assert ordered(accession="").case_number == row.case_number
    assert ordered(accession="", control="CA").outcome == "closed"
    assert view(row.case_number)["state"] == "closed"


def test_cancellation_by_a_row_before_its_order_holds(listed, ordered, view) -> None:
    (row,) = listed(rows("PL-1;cancelled", more="Status"))
    assert (row.case_number, row.outcome) == (None, "kept")
    filed = ordered(accession="")
    assert view(filed.case_number)["state"] == "closed"


def test_number_of_another_patient_s_order_or_of_another_role_is_not_met(listed, ordered, count_cases) -> None:
    ordered()
    listed("Name;DOB;MRN;Order number\nTwo^Berta;1961-07-08;P-2;PL-1\n")
    listed(rows("PL-1;?", heading="Filler order number"))
    assert count_cases() == 3


def test_numbers_of_two_who_assigned_them_stay_two(ordered, count_cases) -> None:
    ordered("1^HIS", "", "ACC-1")
    ordered("1^LAB", "", "ACC-2")
    assert count_cases() == 2


@pytest.mark.parametrize(("first", "second"), [("HIS", "LAB"), ("LAB", "HIS")])
def test_case_of_one_number_by_two_who_assigned_it_ends_with_the_second(ordered, view, first: str, second: str) -> None:
    (number,) = {ordered(f"1^{name}", "").case_number for name in ("HIS", "LAB")}
    assert len(view(number)["requested_studies"]) == 2
    assert ordered(f"1^{first}", "", control="CA").outcome == "updated"
    case = view(number)
    assert (case["state"], len(case["requested_studies"])) == ("open", 1)
    assert [each["issuer"] for each in case["orders"] if not each["issuer"].startswith("cancelled:")] == [
        f"placer:{second}"
    ]
    assert ordered(f"1^{second}", "", control="CA").outcome == "closed"


@pytest.mark.parametrize(("told", "cancelled"), [("1", "1^HIS"), ("1^HIS", "1")])
def test_number_is_cancelled_where_one_side_does_not_tell_who_assigned_it(ordered, view, told: str, cancelled: str):
    number = ordered(told, "").case_number
    assert ordered(cancelled, "", control="CA").outcome == "closed"
    assert view(number)["state"] == "closed"


def test_cancellation_of_a_number_that_two_assigned_has_to_tell_whose_it_is(listed, ordered, view) -> None:
    (number,) = {ordered(f"1^{name}", "").case_number for name in ("HIS", "LAB")}
    with pytest.raises(Conflict, match="who assigned it"):
        ordered("1", "", control="CA")
    with pytest.raises(Conflict, match="who assigned it"):
        listed(rows("1;cancelled", more="Status"))
    assert (view(number)["state"], len(view(number)["requested_studies"])) == ("open", 2)
    assert ordered("1^HIS", "", control="CA").outcome == "updated"
    assert ordered("1", "", control="CA").outcome == "closed"  # one is left


def test_number_that_two_cases_bear_is_cancelled_by_who_tells_whose_it_is(ordered, view) -> None:
    one, other = (ordered(f"1^{name}", "", accession=f"ACC-{name}").case_number for name in ("HIS", "LAB"))
    assert one != other
    with pytest.raises(Conflict, match=r"two cases .* who assigned"):
        ordered("1", "", accession="", control="CA")
    assert ordered("1^HIS", "", accession="", control="CA").case_number == one
    assert (view(one)["state"], view(other)["state"]) == ("closed", "open")


def test_number_that_is_the_placer_s_and_the_filler_s_is_cancelled_without_telling_whose(listed, ordered, view) -> None:
    number = ordered("1^HIS", "1^RIS").case_number
    assert listed(rows("1;cancelled", more="Status"))[0].outcome == "closed"
    assert view(number)["state"] == "closed"


def test_row_that_cancels_without_a_number_is_refused(listed) -> None:
    bad, good = listed(rows(";cancelled", "PL-1;done", more="Status"))
    assert (bad.outcome, good.outcome) == ("refused", "created")
    assert "names no order" in str(bad.problem)


def test_number_as_it_is_known() -> None:
    known = [{"id": "1", "issuer": "placer:HIS"}, {"id": "2", "issuer": "cancelled:filler:RIS"}]
    told = [
        Identifier(id="1"),
        Identifier(id="2", issuer="filler"),
        Identifier(id="1", issuer="filler"),
        Identifier(id="3"),
    ]
    assert [(each.id, each.issuer) for each in as_known(known, told)] == [
        ("1", "placer:HIS"),
        ("2", "filler:RIS"),
        ("1", "filler"),
        ("3", ""),
    ]


@pytest.mark.parametrize(
    ("known", "told", "same"),
    [
        ("placer:HIS", "placer:HIS", True),
        ("placer:HIS", "placer:LAB", False),
        ("placer:HIS", "placer", True),
        ("placer", "placer:HIS", True),
        ("cancelled:placer:HIS", "placer:HIS", True),
        ("cancelled:placer:HIS", "placer:LAB", False),
        ("placer", "filler", False),
        ("HIS", "LAB", False),
        ("HIS", "", True),
        (f"cancelled:{'x' * 128}"[:128], "x" * 128, True),
    ],
)
def test_number_is_one_with_another_by_all_that_both_tell(known: str, told: str, same: bool) -> None:
    assert is_one_of({"id": "1", "issuer": known}, [Identifier(id="1", issuer=told)]) == same
    assert not is_one_of({"id": "2", "issuer": known}, [Identifier(id="1", issuer=told)])


@pytest.mark.parametrize(
    ("told", "language"),
    [("Deutsch", "de"), ("alemán", "de"), ("英语", "en"), ("pt-BR", "pt-BR"), ("?", "es"), ("", "es")],
)
def test_language_of_a_report_is_told_by_code_or_name_else_guessed(listed, view, told: str, language: str) -> None:
    text = "No se observan lesiones en la sustancia blanca y el sistema ventricular es normal para la edad."
    (row,) = listed(f"Name;Report;Language\nOne^Anna;{text};{told}\n")
    assert view(row.case_number)["report"]["language"] == language


def test_language_of_a_report_in_a_message_or_our_json_is_guessed(file_in, view) -> None:
    text = "Kein Hinweis auf eine Blutung, und die Ventrikel sind nicht erweitert."
    obr = "OBR|1|PL-9|FI-9|CTH^CT head||||||||||||||A-20||||20250302|||F"
    payload = message("R01", PID, obr, f"OBX|1|TX|||{text}||||||F").replace(b"ADT^R01", b"ORU^R01")
    for each in (payload, json.dumps({"patient": {"name": "One^Anna"}, "report": {"text": text}})):
        assert view(file_in(each)[0].case_number)["report"]["language"] == "de"
