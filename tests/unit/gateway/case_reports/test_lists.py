"""Lists of cases: headings in four languages, bad rows beside good ones, and cells that want to be more than text."""

import tracemalloc
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from config.errors import Malformed
from gateway.case_reports.lists.reading import LONGEST_ROW, MOST_COLUMNS, MOST_ROWS, read_csv
from gateway.merging import merge_cases

ROW = ("Wang^XiaoMing", "1960-01-02", "F", "P-1", "ACC-1", "2025-03-01", "CT", "Is it new?")
HEADINGS = {
    "en": ("Patient Name", "Date of Birth", "Sex", "MRN", "Accession Number", "Study Date", "Modality", "Question"),
    "de": (
        "Patientenname",
        "Geburtsdatum",
        "Geschlecht",
        "Pat ID",
        "Auftragsnummer",
        "Studiendatum",
        "Modalität",
        "Frage",
    ),
    "es": (
        "Paciente",
        "Nacimiento",
        "Sexo",
        "Historia clínica",
        "Nº de acceso",
        "Fecha de estudio",
        "Modalidad",
        "Motivo",
    ),
    "zh": ("姓名", "出生日期", "性别", "病历号", "检查号", "检查日期", "检查类型", "临床问题"),
}


def csv_of(*rows: tuple[str, ...], separator: str = ",") -> str:
    return "\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows) + "\n"


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book, target = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("language", "codec"), [("en", "utf-8-sig"), ("de", "cp1252"), ("es", "utf-16"), ("zh", "gb18030")]
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_headings_are_known_in_four_languages_and_their_character_sets(language, codec, separator) -> None:
    sex = "女" if language == "zh" else "F"
    row = (*ROW[:2], sex, *ROW[3:])
    (part,) = read_csv(csv_of(HEADINGS[language], row, separator=separator).encode(codec))
    assert part.problem is None
    assert part.document is not None
    assert part.document.patient.model_dump() == {
        "name": "Wang^XiaoMing",
        "other_names": (),
        "birth_date": "19600102",
        "birth": {"time": "", "order": None, "multiple": None},
        "sex": "F",
        "ids": ({"id": "P-1", "issuer": "", "type": ""},),
        "addresses": (),
        "telephones": (),
    }
    assert (part.document.accession_numbers, part.document.study_date) == (("ACC-1",), "20250301")
    assert (part.document.modality, part.document.question) == ("CT", "Is it new?")


def test_issuer_of_the_accession_numbers_has_a_column_of_its_own() -> None:
    text = csv_of((*HEADINGS["en"], "Issuer of Accession Number"), (*ROW, "RIS-NORTH"))
    (part,) = read_csv(text.encode())
    assert part.document is not None
    assert [each.model_dump() for each in part.document.accession_issuers] == [{"id": "ACC-1", "issuer": "RIS-NORTH"}]


def test_bad_row_does_not_fail_the_good_ones_and_the_same_list_changes_nothing(file_in, view, count_cases) -> None:
    rows = [ROW, (*ROW[:1], "03/04/1960", *ROW[2:4], "ACC-2", *ROW[5:]), ("Planted^Bad", "31.02.1960", *ROW[2:])]
    text = csv_of(HEADINGS["en"], *rows, ("",) * 8, (*ROW[:3], "P-2", "ACC-3", *ROW[5:]))
    filed = file_in(text, name="list.csv")
    assert [(each.place, each.outcome) for each in filed] == [
        ("row 2", "created"),
        ("row 3", "refused"),
        ("row 4", "refused"),
        ("row 6", "created"),
    ]
    assert "birth_date" in str(filed[1].problem)
    assert "Planted" not in str(filed[2].problem)
    assert [each.outcome for each in file_in(text, name="list.csv")] == ["unchanged", "refused", "refused", "unchanged"]
    (changed,) = file_in(csv_of(HEADINGS["en"], (*ROW[:7], "Is it old?")), name="list.csv")
    assert (changed.outcome, changed.case_number, count_cases()) == ("updated", filed[0].case_number, 2)
    assert view(changed.case_number)["question"] == "Is it old?"


def test_workbook_is_read_as_it_shows_and_no_formula_is_computed(file_in, view) -> None:
    row = ("王小明", date(1960, 1, 2), "女", 4711, "ACC-1", date(2025, 3, 1), "CT", "=1+1")
    bad = ('=HYPERLINK("http://x","P")', *row[1:])
    rounded = (*row[:4], "1.23E+10", *row[5:])
    filed = file_in(workbook(HEADINGS["zh"], row, bad, rounded))
    assert [each.outcome for each in filed] == ["created", "refused", "refused"]
    case = view(filed[0].case_number)
    assert (case["patient"]["ids"][0]["id"], case["patient"]["birth_date"]) == ("4711", "19600102")
    assert case["question"] == "=1+1"
    assert "formula" in str(filed[1].problem)
    assert "rounded" in str(filed[2].problem)


@pytest.mark.parametrize("number", [12345678901234567890, 1234567890123456, 4.2e15], ids=["20", "16", "float"])
def test_number_of_more_digits_than_a_workbook_keeps_is_refused_in_its_row(file_in, number) -> None:
    row = ("王小明", date(1960, 1, 2), "女", 4711, "ACC-1", date(2025, 3, 1), "CT", "")
    filed = file_in(workbook(HEADINGS["zh"], (*row[:3], number, *row[4:]), row))
    assert [(each.place, each.outcome) for each in filed] == [("row 2", "refused"), ("row 3", "created")]
    assert "make the column text" in str(filed[0].problem)


@pytest.mark.parametrize(
    ("heading", "numbers", "taken"),
    [
        ("Fallnummer", ("A-1", "0001234567", "9347165080"), (None, None, None)),
        ("Case number", ("9347 165 089", "9347165080", "000123456６"), ("9347165089", "refused", "0001234566")),
        ("case_number", ("A-1", "0001234567", ""), ("refused", "refused", None)),
        ("Case number", ("0001234567", "", ""), ("refused", None, None)),
        ("Fallnummer", ("1.23E+09", "A-1", ""), ("refused", "refused", None)),
    ],
    ids=["the hospital's own", "ours and one mistyped", "our own field", "our own heading", "rounded"],
)
def test_column_of_case_numbers_is_ours_only_where_they_bear_our_check_digit(file_in, heading, numbers, taken) -> None:
    rows = ((f"Groß^{name}", "1970-04-15", number) for name, number in zip(("Uwe", "Udo", "Ute"), numbers, strict=True))
    filed = file_in(csv_of(("Name", "Geburtsdatum", heading), *rows), name="list.csv")
    assert [each.problem is None for each in filed] == [each != "refused" for each in taken]
    for each, number in zip(filed, taken, strict=True):
        assert number in {"refused", None, each.case_number}
        assert number is not None or each.case_number not in numbers


def test_days_and_months_are_told_from_the_whole_list() -> None:
    other = (*ROW[:1], "25/12/1960", *ROW[2:])
    parts = read_csv(csv_of(HEADINGS["en"], (*ROW[:1], "03/04/1960", *ROW[2:]), other).encode())
    assert [each.document and each.document.patient.birth_date for each in parts] == ["19600403", "19601225"]


def test_western_list_with_plain_headings_is_read_and_one_that_may_be_either_is_refused() -> None:
    (part,) = read_csv("Name,MRN\nMüller^Zoë,P-1\n".encode("cp1252"))
    assert part.document is not None
    assert part.document.patient.name == "Müller^Zoë"
    with pytest.raises(Malformed, match="UTF-8"):
        read_csv("Name,MRN\n王小明,P-1\n".encode("gb18030"))


def test_m_is_mujer_beside_h() -> None:
    rows = [(*ROW[:2], letter, *ROW[3:]) for letter in ("H", "M")]
    parts = read_csv(csv_of(HEADINGS["es"], *rows).encode())
    assert [each.document and each.document.patient.sex for each in parts] == ["M", "F"]


def test_expected_counts_payer_and_release_are_kept(file_in, view) -> None:
    headings = (
        "Nachname",
        "Vorname",
        "Patienten-ID",
        "Serien",
        "Bilder",
        "Kostenträger",
        "Freigabe an",
        "Freigabe nach Tagen",
    )
    (filed,) = file_in(
        csv_of(headings, ("Weiß", "Eva", "7", "3", "240", "Krankenkasse", "Patient", "14")), name="a.csv"
    )
    case = view(filed.case_number)
    assert case["patient"]["name"] == "Weiß^Eva"
    assert (case["requested_studies"], case["payer"]) == ([{"series": 3, "instances": 240}], "insurer")
    assert case["release"] == {"to": "patient", "after_days": 14}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "1,2,3\n4,5,6\n",
        "Color,Shape\nred,round\n",
        "Name,Patient Name\nPlanted,Planted\n",
        'Name\n"Planted',
        "Name\n" + "x" * 250_000,
        "Name\n" + "a\n" * (MOST_ROWS + 1),
        "Name" + "," * MOST_COLUMNS,
        "Name\n" + '"a\n",' * (LONGEST_ROW // 5 + 1),
    ],
)
def test_what_is_no_list_is_malformed(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_csv(text.encode())
    assert "Planted" not in str(caught.value)


@pytest.mark.parametrize("text", ["\n" * 120_000, "Name\n" + "a\n" * 120_000, "Name\n" + "ab," * 150_000])
def test_list_without_end_takes_no_more_memory_than_one_that_may_be(text: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Malformed):
            read_csv(text.encode())
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()


def test_broken_workbook_is_refused_whole(file_in) -> None:
    content = workbook(HEADINGS["en"], *[(*ROW[:3], f"P-{n}", f"A-{n}", *ROW[5:]) for n in range(200)])
    damaged = content[: len(content) // 2] + bytes(64) + content[len(content) // 2 + 64 :]
    with pytest.raises(Malformed):
        file_in(damaged, name="list.xlsx")


def test_row_with_the_number_of_a_merged_case_changes_the_one_that_stayed(gate, file_in, view) -> None:
    anna = {"name": "One^Anna", "birth_date": "1950-03-04", "ids": [{"id": "P1"}]}
    gone, kept = gate.case(patient=anna), gate.case(patient=anna, question="Bleeding?")
    merge_cases(gate.node, kept, gone, actor="casey")
    row = f"case number,name,birth date,patient id,report\n{gone},One^Anna,1950-03-04,P1,No bleeding.\n"
    for outcome in ("updated", "unchanged"):
        (filed,) = file_in(row, content_type="text/csv", name="a.csv")
        assert (filed.case_number, filed.outcome) == (kept, outcome)
    assert view(kept)["report"]["text"] == "No bleeding."
