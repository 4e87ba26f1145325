"""What stands behind a label of a name and is nobody's: conditions, beds, initials that fit, a doctor's signature."""

import pytest

from gateway.case_reports.reports_of_others import named_otherwise

from .test_reports_of_others import case_of, report


@pytest.mark.parametrize(
    "said",
    [
        "Patient: Poor Historian",
        "Name: Not Provided",
        "Patient: Moved During Scan",
        "Patient: Uncooperative, Agitated",
        "Patient: Limited Mobility",
        "Patient: Tolerated Procedure Well",
        "Patient: ICU Bed 4",
        "Patient: Bett 12",
        "Name: Siehe Oben",
        "Patient: Nicht Angegeben",
        "Patient: Bewegte Sich Während Der Aufnahme",
        "Nombre: No Consta",
        "Paciente: Mal Informante",
        "Patient: Ms. A. T.",
        "Patient: T. A.",
        "Patient: A. M. T.",
        "Patient: Anna Klein (geb. Testa)",
        "Patient: Klein, Anna (née Testa)",
    ],
)
def test_what_stands_in_a_name_s_place_and_initials_that_fit_are_nobody_else(said: str) -> None:
    alone = case_of(patient_name="Testa^Anna", birth_date="", patient_ids=[])
    assert named_otherwise(f"{said}\nFINDINGS: none.\n", alone) == set()


@pytest.mark.parametrize(
    "said", ["姓名: 同上", "患者: 同上", "姓名: 未提供", "患者: 床号12", "患者: 不配合", "姓名: 保密"]
)
def test_what_stands_in_a_chinese_name_s_place_is_nobody_else(said: str) -> None:
    assert named_otherwise(f"{said}\n影像所见: 未见异常。\n", case_of(patient_name="王^小明")) == set()


@pytest.mark.parametrize(
    "said",
    [
        "Patient: B. T.",
        "Patient: Berta Klein (geb. Testa)",
        "Name: May Black",
        "Name: Not, Uwe",
        "Name: Ward, Al",
        "Name: Li, Na",
        "Patient: An Li",
        "Patient: HE AN",
        "Name: Long, Dan",
    ],
)
def test_initials_and_birth_names_of_somebody_else_are_noticed(said: str) -> None:
    alone = case_of(patient_name="Testa^Anna", birth_date="", patient_ids=[])
    assert named_otherwise(f"{said}\nFINDINGS: none.\n", alone) == {"name"}


@pytest.mark.parametrize(
    "signature",
    [
        "Electronically signed by:\nName: Peter Muster\nDate: 2025-03-02",
        "Radiologist\nName: Peter Muster",
        "Dr. med. P. Muster\nName: Peter Muster\nTel.: 0100",
        "Befundet durch\nName, Vorname: Muster, Peter",
        "Firmado por\nNombre: Pedro Muestra",
    ],
)
def test_name_in_a_signature_is_the_doctor_s(signature: str) -> None:
    assert named_otherwise(f"{report()}IMPRESSION: normal.\n\n{signature}\n", case_of()) == set()
    head = signature.splitlines()[0]
    early = f"CT head\nUnit 4\n{head}\nName: Berta Two\nDOB: 1950-03-04\nFINDINGS: none.\n"
    assert named_otherwise(early, case_of(patient_ids=[], birth_date="")) == {"name"}


@pytest.mark.parametrize("said", ["見上太郎", "床田花子", "李安静"])
def test_native_names_that_begin_as_such_words_do_are_names(said: str) -> None:
    assert named_otherwise(f"患者: {said}\n", case_of(patient_name="王^小明")) == {"name"}
