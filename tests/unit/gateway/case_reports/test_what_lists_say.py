"""What lists and other ways say of the examination and of where the patient lives, in the words of people."""

import json
from io import BytesIO

import pytest
from openpyxl import Workbook

from config.errors import Malformed
from gateway.case_reports.countries import home_of, jurisdiction_of
from gateway.case_reports.modality_words import modality_in


@pytest.mark.parametrize(
    ("heading", "written", "modality"),
    [
        ("Modalität", "MRT", "MR"),
        ("Modalität", "Kernspin", "MR"),
        ("Modality", "CT", "CT"),
        ("Modalidad", "TAC", "CT"),
        ("检查设备", "磁共振", "MR"),
        ("Untersuchung", "CT Kopf nativ", "CT"),
        ("Untersuchung", "Kniegelenk rechts", ""),
        ("Modality", "PET/CT", ""),
    ],
)
def test_list_tells_the_modality_in_words(file_in, view, heading: str, written: str, modality: str) -> None:
    (filed,) = file_in(f"Name;{heading}\nOne^Anna;{written}\n", content_type="text/csv", name="a.csv")
    assert view(filed.case_number)["modality"] == modality


@pytest.mark.parametrize("heading", ["Untersuchung", "Study description", "Estudio", "检查项目"])
def test_list_names_the_examination_that_is_asked_for(file_in, view, heading: str) -> None:
    (filed,) = file_in(f"Name;{heading}\nOne^Anna;Left knee\n", content_type="text/csv", name="a.csv")
    assert view(filed.case_number)["requested_studies"] == [{"description": "Left knee"}]


@pytest.mark.parametrize("heading", ["Clinical information", "Klinische Angaben", "Datos clínicos", "临床诊断"])
def test_list_asks_under_any_of_these_headings(file_in, view, heading: str) -> None:
    (filed,) = file_in(f"Name;{heading}\nOne^Anna;Bleeding?\n", content_type="text/csv", name="a.csv")
    assert view(filed.case_number)["question"] == "Bleeding?"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("us-ma", "US-MA"),
        ("DE", "DE"),
        ("中国", "CN"),
        ("Deutschland", "DE"),
        ("ESP", "ES"),
        ("méxico", "MX"),
        ("", ""),
        ("Atlantis", ""),
        ("D", ""),
    ],
)
def test_country_is_told_by_code_or_name(written: str, code: str) -> None:
    assert jurisdiction_of(written) == code


@pytest.mark.parametrize(
    ("country", "state", "code"),
    [("USA", "il", "US-IL"), ("United States", "", "US"), ("DEU", "NW", "DE"), ("", "IL", ""), ("US-MA", "", "US")],
)
def test_state_counts_within_the_united_states(country: str, state: str, code: str) -> None:
    assert home_of(country, state) == code


def test_jurisdiction_that_nobody_could_be_licensed_in_is_refused(file_in, view) -> None:
    (filed,) = file_in("姓名,国家\n王小明,中国\n", content_type="text/csv", name="a.csv")
    assert view(filed.case_number)["jurisdiction"] == "CN"
    with pytest.raises(Malformed, match="ISO 3166") as caught:
        file_in(json.dumps({"patient": {"name": "One^Anna"}, "jurisdiction": "Atlantis"}))
    assert "Atlantis" not in str(caught.value)


def test_modality_of_a_text_is_one_or_none() -> None:
    assert modality_in("RM de rodilla") == "MR"
    assert modality_in("CT und MRT") == ""


@pytest.mark.parametrize("separator", [",", ";"])
def test_title_above_the_headings_of_a_list_is_passed_over(separator: str, file_in, view) -> None:
    rows = (["Name", "Patient ID", "Study date"], ["One^Anna", "P-1", "2025-03-01"], ["", "", "soon"])
    lines = ["Cases of November, for a second read", "", *(separator.join(row) for row in rows)]
    first, second = file_in("\n".join(lines), content_type="text/csv")
    assert (first.place, second.place, second.outcome) == ("row 4", "row 5", "refused")
    assert view(first.case_number)["patient"]["name"] == "One^Anna"


def test_title_above_the_headings_of_a_workbook_is_passed_over(file_in, view) -> None:
    book, target = Workbook(), BytesIO()
    sheet = book.active
    for row in (["Patient"], [], ["Nombre", "NHC", "Fecha de nacimiento"], ["Prueba Uno, Ana", "P-1", "13/12/1960"]):
        sheet.append(row)
    book.save(target)
    (filed,) = file_in(target.getvalue())
    patient = view(filed.case_number)["patient"]
    assert (patient["name"], patient["birth_date"]) == ("Prueba Uno, Ana", "19601213")
    assert [each["id"] for each in patient["ids"]] == ["P-1"]


def test_nombre_beside_apellidos_is_the_given_name(file_in, view) -> None:
    (filed,) = file_in("Apellidos;Nombre;NHC\nPrueba Uno;Ana;P-1\n", content_type="text/csv")
    assert view(filed.case_number)["patient"]["name"] == "Prueba Uno^Ana"


@pytest.mark.parametrize(
    ("headings", "day", "known"),
    [
        ("Nombre;NHC;Fecha de nacimiento", "01/02/1950", "19500201"),
        ("Name;Patientennummer;Geburtsdatum", "01/02/1950", "19500201"),
        ("Name;Patient ID;Date of birth", "01/02/1950", None),
        ("Nombre;NHC;Fecha de nacimiento", "01/23/1950", "19500123"),
    ],
)
def test_days_come_first_in_lists_whose_headings_are_german_or_spanish(headings, day, known, file_in, view) -> None:
    (filed, *_) = file_in(f"{headings}\nPrueba^Ana;P-1;{day}\nPrueba^Eva;P-2;\n", content_type="text/csv")
    if known is None:
        assert filed.outcome == "refused"
    else:
        assert view(filed.case_number)["patient"]["birth_date"] == known


def test_list_whose_dates_contradict_its_language_is_not_guessed_at(file_in) -> None:
    rows = "Nombre;NHC;Fecha de nacimiento\nPrueba^Ana;P-1;01/02/1950\nPrueba^Eva;P-2;01/23/1950\n"
    assert [each.outcome for each in file_in(rows, content_type="text/csv")] == ["refused", "created"]
