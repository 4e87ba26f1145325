"""Whose cases ADT messages change: those of the patient who is meant, and of nobody who shares a number with them."""

import pytest

from config.errors import Conflict

ANNA = {"name": "Anna^One", "birth_date": "1950-03-04"}
BERND = {"name": "Bernd^Two", "birth_date": "1980-05-06"}


def adt(event: str, *segments: str, control: str = "M1") -> str:
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||ADT^{event}|{control}|P|2.5.1"
    return "\r".join((header, f"EVN|{event}|20250302", *segments)) + "\r"


@pytest.fixture
def case(gate):
    """Return what files a case of a patient with some identifiers, each written as `number@issuer`."""

    def file(patient: dict, *ids: str) -> str:
        told = [dict(zip(("id", "issuer"), each.split("@"), strict=False)) for each in ids]
        return gate.case(patient=patient | {"ids": told})

    return file


@pytest.fixture
def name(view):
    return lambda number: view(number)["patient"]["name"]


def test_number_without_its_issuer_changes_no_case_that_has_it_from_a_named_one(file_in, case, name) -> None:
    numbers = [case(ANNA, "1234@HA"), case(BERND, "1234@HB")]
    with pytest.raises(Conflict, match="issuer"):
        file_in(adt("A08", "PID|1||1234||Annabel^One||19500304"))
    assert [name(each) for each in numbers] == ["Anna^One", "Bernd^Two"]


def test_case_without_an_issuer_is_changed_where_name_and_birth_date_agree(file_in, view, case) -> None:
    numbers = [case(ANNA, "1234"), case(BERND, "1234@HB")]
    (filed,) = file_in(adt("A08", "PID|1||1234^^^HA||Anna^One||19500304|F"))
    assert filed.case_number == numbers[0]
    assert [view(each)["patient"]["sex"] for each in numbers] == ["F", ""]


@pytest.mark.parametrize("issuers", [("@HA", "@AOK"), ("", "")])
def test_family_s_insurance_number_gives_nobody_else_the_name(file_in, case, name, issuers) -> None:
    own, insured = issuers
    numbers = [case(ANNA, f"F1{own}", f"INS7{insured}"), case(BERND, f"F2{own}", f"INS7{insured}")]
    said = "~".join(each.replace("@", "^^^") for each in (f"F1{own}", f"INS7{insured}"))
    (filed,) = file_in(adt("A08", f"PID|1||{said}||Annabel^One||19500304"))
    assert filed.case_number == numbers[0]
    assert [name(each) for each in numbers] == ["Annabel^One", "Bernd^Two"]


def test_cases_that_cannot_be_of_one_patient_are_changed_neither_by_a_correction_nor_by_a_merge(
    file_in, case, name
) -> None:
    numbers = [case(ANNA, "INS7@AOK"), case(BERND, "INS7@AOK")]
    for message in (
        adt("A08", "PID|1||INS7^^^AOK||Annabel^One||19500304"),
        adt("A40", "PID|1||INS8^^^AOK||Annabel^One||19500304", "MRG|INS7^^^AOK", control="M2"),
    ):
        with pytest.raises(Conflict, match="different patients"):
            file_in(message)
    assert [name(each) for each in numbers] == ["Anna^One", "Bernd^Two"]


def test_cases_from_before_and_after_a_marriage_are_of_one_patient(file_in, case, name) -> None:
    numbers = [case(ANNA | {"name": each}, "P1@HA") for each in ("One^Anna", "Married^Anna")]
    assert len(file_in(adt("A08", "PID|1||P1^^^HA||Again^Anna||19500304"))) == 2
    assert {name(each) for each in numbers} == {"Again^Anna"}


def test_merge_tells_a_case_under_the_surviving_identifier_the_old_one(file_in, view, case) -> None:
    number = case(ANNA, "NEW@HA")
    (filed,) = file_in(adt("A40", "PID|1||NEW^^^HA||Anna^One||19500304", "MRG|OLD^^^HA"))
    assert filed.case_number == number
    assert [each["id"] for each in view(number)["patient"]["ids"]] == ["NEW", "OLD"]


@pytest.mark.parametrize("born", ["20200105", ""])
def test_child_under_the_mother_s_number_does_not_take_over_her_case(file_in, case, name, born) -> None:
    number = case({"name": "One^Anna", "birth_date": "1980-03-04"}, "P1@HA")
    for message in (
        adt("A31", f"PID|1||P1^^^HA||One^Lena||{born}"),
        adt("A40", f"PID|1||P2^^^HA||One^Lena||{born}", "MRG|P1^^^HA", control="M2"),
    ):
        with pytest.raises(Conflict, match="at the desk"):
            file_in(message)
    assert name(number) == "One^Anna"


TWIN = {"name": "Klein^Anna", "birth_date": "2025-01-02"}
MOTHER = {"name": "Smith^Jane", "birth_date": "1990-01-01"}
BABY = {"name": "Klein^BabyBoy", "birth_date": "2025-01-02"}
LARA = {"name": "Klein^Lara", "birth_date": "2015-01-02"}


@pytest.mark.parametrize(
    ("patient", "said"),
    [
        ({"name": "Müller^Hans", "birth_date": "1950-01-01"}, "P1^^^HA~P2^^^HB||Müller^Hans||19800202|M"),
        ({"name": "Müller^Hans", "birth_date": "1950-01-01"}, "P1^^^HA||Müller^Hans||19800101|M"),
        (TWIN, "P1^^^HA||Klein^Berta||20250102|F"),
        (LARA, "P1^^^HA||Klein^Laura||20150102|F"),
        (TWIN, "P1^^^HA||Klein^BabyGirl||20250102|F"),
        (BABY | {"name": "Klein^BabyBoy A"}, "P1^^^HA||Klein^BabyBoy B||20250102|M"),
        (BABY | {"sex": "M"}, "P1^^^HA||Klein^Berta||20250102|F"),
        (MOTHER, "P1^^^HA||||20250102|M"),
        (MOTHER | {"sex": "F"}, "P1^^^HA|||||M"),
        (MOTHER, "P1^^^HA||Smith^Baby Boy|||M"),
        (BABY, "P1^^^HA||Klein^Thomas|||M"),
    ],
    ids=[
        *("father and son", "father and son, one digit", "twins", "twins a letter apart", "unnamed twin"),
        *(
            "newborn twins",
            "newborn of the other sex",
            "child without a name",
            "sex alone",
            "newborn without a birth date",
        ),
        "name for a newborn without the birth date",
    ],
)
def test_correction_that_may_be_of_a_relative_under_the_number_is_left_to_a_person(file_in, view, case, patient, said):
    number = case(patient, "P1@HA")
    before = view(number)["patient"]
    with pytest.raises(Conflict, match="at the desk"):
        file_in(adt("A08", f"PID|1||{said}"))
    assert view(number)["patient"] == before


@pytest.mark.parametrize(
    ("patient", "said", "becomes"),
    [
        (BABY, "Klein^Thomas||20250102|M", ("Klein^Thomas", "2025-01-02")),
        ({"name": "One^Anna", "birth_date": "1950-03-04"}, "Two^Berta||19500304|F", ("Two^Berta", "1950-03-04")),
        ({"name": "One^Ana", "birth_date": "1950-03-04"}, "One^Anna||19500305|F", ("One^Anna", "1950-03-05")),
        (TWIN, "Gross^Anna||20250102|F", ("Gross^Anna", "2025-01-02")),
        (TWIN, "Klein^Anna||20240611|F", ("Klein^Anna", "2024-06-11")),
        (TWIN, "||20250102|F", ("Klein^Anna", "2025-01-02")),
        ({"name": "One^Anna"}, "One^Anna||19500304|F", ("One^Anna", "1950-03-04")),
    ],
    ids=[
        *("a newborn's first name", "a grown-up's other name", "slips", "another family name", "another birth date"),
        *("sex alone, by the birth date", "birth date not known before"),
    ],
)
def test_correction_of_the_same_patient_is_taken(file_in, view, case, patient, said, becomes) -> None:
    number = case(patient, "P1@HA")
    file_in(adt("A08", f"PID|1||P1^^^HA||{said}"))
    found = view(number)["patient"]
    assert (found["name"], found["birth_date"].replace("-", "")) == (becomes[0], becomes[1].replace("-", ""))
    assert found["sex"] == said[-1]


def test_twins_whose_cases_bear_one_number_are_not_renamed_to_one(file_in, case, name) -> None:
    numbers = [case(TWIN | {"name": each}, "P1@HA") for each in ("Klein^Anna", "Klein^Berta")]
    with pytest.raises(Conflict, match="different patients"):
        file_in(adt("A08", "PID|1||P1^^^HA||Klein^Berta||20250102|F"))
    assert [name(each) for each in numbers] == ["Klein^Anna", "Klein^Berta"]


def order(born: str, control: str = "O1") -> bytes:
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||ORM^O01|{control}|P|2.5.1"
    segments = (header, f"PID|1||1234^^^HA||Anna^One||{born}|F", "ORC|NW|P-1", "OBR|1|P-1||CT^CT head")
    return ("\r".join(segments) + "\r").encode()


@pytest.mark.parametrize("born", ["1955", "195512", "19551345", "01.12.1955"])
def test_sender_is_told_of_a_birth_date_that_gives_no_day_also_when_the_message_comes_again(
    node, tell, file_in, view, born
) -> None:
    for _ in range(2):
        assert tell(order(born)) == ("AA", "102")
        (filed,) = file_in(order(born))
        assert "PID-7 is no day" in filed.note and born not in filed.note
    assert view(filed.case_number)["patient"]["birth_date"] == ""


def test_sender_of_a_correction_is_told_of_a_birth_date_that_gives_no_day(tell, case, view) -> None:
    number = case(TWIN, "P1@HA")
    assert tell(adt("A08", "PID|1||P1^^^HA||Kurz^Anna||2025|F").encode()) == ("AA", "102")
    patient = view(number)["patient"]
    assert (patient["name"], patient["birth_date"], patient["sex"]) == ("Kurz^Anna", "20250102", "F")


@pytest.mark.parametrize("born", ["", '""', "00000000", "19551201", "19551201101500+0100"])
def test_birth_date_that_is_told_or_left_out_needs_no_word(tell, file_in, born) -> None:
    assert tell(order(born)) == ("AA", "")
