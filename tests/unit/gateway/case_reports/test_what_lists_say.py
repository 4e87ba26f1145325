"""What lists and other ways say of the examination and of where the patient lives, in the words of people."""

import json

import pytest

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
