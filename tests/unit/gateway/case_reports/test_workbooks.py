"""Workbooks with several sheets: each list is read by its own headings, and what is passed over is told."""

import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference

from config.errors import Malformed
from gateway.attachments import workbooks as extracting
from gateway.case_reports.lists import workbooks
from gateway.case_reports.lists.workbooks import read_workbook
from gateway.case_reports.parts import digest_of

HEADINGS = ("Name", "Patient ID", "Accession number")
LEGEND = [("Colours",), ("red", "urgent")]


def case(number: int) -> tuple[str, ...]:
    return (f"Made^Up {number}", f"P-{number}", f"A-{number}")


def book_of(*sheets: Sequence[Sequence[Any]], hidden: Sequence[int] = (), charts: Sequence[int] = ()) -> bytes:
    book, target = Workbook(), BytesIO()
    book.remove(book.active)
    for at, rows in enumerate(sheets):
        if at in charts:
            drawn = BarChart()
            drawn.add_data(Reference(book.worksheets[0], min_col=1, min_row=1))
            book.create_chartsheet(f"Chart {at}").add_chart(drawn)
            continue
        sheet = book.create_sheet(f"Made^Up {at}")
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                sheet.cell(number, column, cell)
        sheet.sheet_state = "hidden" if at in hidden else "visible"
    book.save(target)
    return target.getvalue()


def places(filed: Sequence[Any]) -> list[tuple[str, str]]:
    return [(each.place, each.outcome) for each in filed]


def test_each_list_of_a_workbook_is_read_and_its_rows_bear_their_sheet(file_in, view, count_cases) -> None:
    content = book_of([HEADINGS, case(1)], [("November",), (), HEADINGS, case(2), (), case(3)], [HEADINGS])
    filed = file_in(content)
    assert places(filed) == [
        ("sheet 1, row 2", "created"),
        ("sheet 2, row 4", "created"),
        ("sheet 2, row 6", "created"),
    ]
    assert view(filed[2].case_number)["patient"]["ids"][0]["id"] == "P-3"
    assert [each.note for each in filed] == [None] * 3
    assert {each.outcome for each in file_in(content)} == {"unchanged"}
    assert count_cases() == 3


def test_case_that_stands_on_two_sheets_is_one_and_told_once(file_in, view, count_cases) -> None:
    asked = (*HEADINGS, "Question")
    content = book_of([asked, (*case(1), "Old?")], [asked, (*case(1), "New?")], [asked, (*case(1), "Old?")])
    for outcomes in (["created", "updated", "unchanged"], ["unchanged"] * 3):
        filed = file_in(content)
        assert [each.outcome for each in filed] == outcomes
        assert view(filed[0].case_number)["question"] == "New?"
    assert count_cases() == 1


def test_sheets_have_their_own_order_of_dates_and_words_for_sex(file_in, view) -> None:
    english = [
        ("Name", "Patient ID", "Date of birth", "Sex"),
        ("Made^Up", "P-1", "12/13/1960", "M"),
        ("Made^Al", "P-2", "01/02/1950", "F"),
    ]
    spanish = [
        ("Nombre", "NHC", "Fecha de nacimiento", "Sexo"),
        ("Hecha^Ana", "P-3", "01/02/1950", "M"),
        ("Hecho^Al", "P-4", "03/04/1950", "H"),
    ]
    filed = file_in(book_of(english, spanish))
    told = [view(each.case_number)["patient"] for each in filed]
    assert [(each["birth_date"], each["sex"]) for each in told] == [
        ("19601213", "M"),
        ("19500102", "F"),
        ("19500201", "F"),
        ("19500403", "M"),
    ]


def test_what_is_no_list_beside_one_is_told_and_the_rows_of_the_list_are_named_by_it_alone(file_in) -> None:
    first, second = file_in(book_of(LEGEND, [HEADINGS, case(1), case(2)], [], [case(3)]))
    assert (first.place, second.place) == ("row 2", "row 3")
    assert "sheet 1, sheet 4" in (first.note or "") and second.note is None
    assert "Made" not in (first.note or "")
    (alone,) = file_in(book_of([HEADINGS, case(1)]))
    assert (alone.place, alone.outcome, alone.note) == ("row 2", "unchanged", None)


def test_what_was_passed_over_is_told_where_the_first_row_is_refused_too(file_in) -> None:
    filed = file_in(book_of([HEADINGS, ("=Made", "", ""), case(2)], LEGEND))
    assert places(filed) == [("row 2", "refused"), ("row 3", "created")]
    reason = filed[0].view()["reason"]
    assert "formula" in reason and "sheet 2" in reason


def test_what_was_passed_over_is_told_with_a_row_that_cancels_too(file_in) -> None:
    rows = [(*HEADINGS, "Status"), (*case(1), "cancelled")]
    for outcome in ("kept", "kept"):
        (filed,) = file_in(book_of(rows, LEGEND))
        assert (filed.outcome, "sheet 2" in (filed.note or "")) == (outcome, True)


def test_row_is_the_one_that_a_person_sees(file_in) -> None:
    filed = file_in(book_of([(), ("Cases",), (), HEADINGS, (), case(1), (None, " ", "", " "), (), case(2)]))
    assert [each.place for each in filed] == ["row 6", "row 9"]


def test_tabs_are_counted_as_a_person_sees_them(file_in) -> None:
    sheets = ([HEADINGS, case(1)], [], [HEADINGS, case(2)], [HEADINGS, case(3)])
    filed = file_in(book_of(*sheets, hidden=[0], charts=[1]))
    assert [each.place for each in filed] == ["sheet 2, row 2", "sheet 3, row 2"]
    assert "hidden sheet 1" in (filed[0].note or "")


def test_hidden_list_is_read_where_none_is_shown(file_in) -> None:
    (filed,) = file_in(book_of(LEGEND, [HEADINGS, case(1)], hidden=[1]))
    assert (filed.place, filed.outcome) == ("row 2", "created")
    assert "sheet 1" in (filed.note or "")
    two = file_in(book_of([HEADINGS, case(2)], LEGEND, [HEADINGS, case(3)], hidden=[0, 2]))
    assert [each.place for each in two] == ["hidden sheet 1, row 2", "hidden sheet 2, row 2"]


def test_sheet_whose_headings_cannot_be_told_apart_does_not_fail_the_others(file_in) -> None:
    twice = [("Name", "Patient", "Patient ID"), case(1)]
    filed = file_in(book_of(twice, [HEADINGS, case(2)]))
    assert places(filed) == [("sheet 1", "refused"), ("sheet 2, row 2", "created")]
    assert "two columns" in str(filed[0].problem)
    with pytest.raises(Malformed, match="two columns"):
        file_in(book_of(twice, LEGEND))


def test_workbook_without_a_list_is_refused_as_before(file_in) -> None:
    for content, word in (
        (book_of([]), "empty"),
        (book_of(LEGEND, [case(1)]), "headings"),
        (book_of([], LEGEND), "headings"),
    ):
        with pytest.raises(Malformed, match=word):
            file_in(content)
    (alone,) = file_in(book_of([], [("Name",), ("Made^Up",)]))
    assert (alone.place, alone.outcome) == ("row 2", "created"), "one heading is enough where there is no other list"


def test_list_without_rows_beside_what_was_passed_over_is_refused(file_in) -> None:
    assert file_in(book_of([HEADINGS])) == []
    with pytest.raises(Malformed, match="sheet 2"):
        file_in(book_of([HEADINGS], [case(1)]))


def test_digest_of_a_row_is_that_of_what_it_says(node) -> None:
    (one,) = read_workbook(node, book_of([HEADINGS, case(1)]))
    said = {"name": "Made^Up 1", "patient_id": "P-1", "accession_number": "A-1"}
    assert one.digest == digest_of("row", json.dumps(said, sort_keys=True))
    other = read_workbook(node, book_of([HEADINGS, case(2)], [HEADINGS, case(1)]))
    assert one.digest in {each.digest for each in other}


def test_rows_of_all_sheets_count(file_in, monkeypatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 3)
    assert len(file_in(book_of([HEADINGS, case(1), case(2)], [HEADINGS, case(3)]))) == 3
    with pytest.raises(Malformed, match="3 rows"):
        file_in(book_of([HEADINGS, case(1), case(2)], [HEADINGS, case(3), case(4)]))


def test_list_of_as_many_rows_as_may_be_is_read_from_a_workbook(node) -> None:
    cells = [f"{name} that is longer than most of these are" for name in ("One", "Two")]
    rows = [(*case(number), *cells) for number in range(5000)]
    parts = read_workbook(node, book_of([(*HEADINGS, "Question", "Referrer"), *rows]))
    assert (len(parts), parts[-1].place, parts[-1].problem) == (5000, "row 5001", None)


def lines_of(content: bytes) -> list[Any]:
    return [json.loads(line) for line in extracting.lines_of_workbook(content)]


def test_of_what_is_too_large_the_first_rows_alone_are_read_and_the_rest_goes_on(monkeypatch) -> None:
    monkeypatch.setattr(extracting, "_ROOM", 400)
    large = [("Code", "Meaning"), *((str(number), "x" * 20) for number in range(50))]
    assert {"cut": True} in lines_of(book_of(large))
    small = [HEADINGS, case(1)]
    assert [each for each in lines_of(book_of(small, large, small)) if isinstance(each, dict)] == [
        {"sheet": 1, "hidden": False},
        {"sheet": 2, "hidden": False},
        {"cut": True},
        {"sheet": 3, "hidden": False},
    ]


def test_sheet_for_which_no_time_is_left_is_cut_and_told(node, monkeypatch) -> None:
    monkeypatch.setattr(extracting, "_SECONDS", -1.0)
    monkeypatch.setattr(extracting, "_OFTEN", 4)
    content = book_of([HEADINGS, case(1)], [(), (), (), case(2)], [("a",), ("b",), (), ("c",)])
    assert [each for each in lines_of(content) if each != {"cut": True}] == [
        {"sheet": 1, "hidden": False},
        [1, list(HEADINGS)],
        [2, list(case(1))],
        {"sheet": 2, "hidden": False},
        {"sheet": 3, "hidden": False},
        [1, ["a"]],
        [2, ["b"]],
    ]
    monkeypatch.setattr(workbooks, "text_of", lambda *_: "".join(extracting.lines_of_workbook(content)))
    (part,) = read_workbook(node, content)
    assert "sheet 2, sheet 3" in part.passed_over
    content = book_of([HEADINGS, case(1)], [HEADINGS, case(2), case(3), case(4)])
    with pytest.raises(Malformed, match="larger than a list"):
        read_workbook(node, content)


def test_of_many_sheets_for_which_no_time_is_left_the_first_rows_alone_are_read(monkeypatch) -> None:
    monkeypatch.setattr(extracting, "_LAST_SECONDS", -1.0)
    short, long = [(str(number),) for number in range(10)], [(str(number),) for number in range(11)]
    lines = lines_of(book_of(short, long, short))
    assert [each for each in lines if each in ({"cut": True}, [10, ["9"]])] == [
        [10, ["9"]],
        {"cut": True},
        [10, ["9"]],
        [10, ["9"]],
    ]


def test_sheet_that_is_too_large_is_passed_over_and_a_list_refused(file_in) -> None:
    large = [("Code", "Meaning"), *((str(number), "x" * 30_000) for number in range(40))]
    small = [HEADINGS, case(1)]
    (filed,) = file_in(book_of(large, small, LEGEND))
    assert (filed.outcome, "sheet 1, sheet 3" in (filed.note or "")) == ("created", True)
    with pytest.raises(Malformed, match="larger than a list"):
        file_in(book_of([HEADINGS, *((*case(number), "x" * 30_000) for number in range(40))], small))
