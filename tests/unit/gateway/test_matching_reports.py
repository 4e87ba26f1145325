"""What a report says was examined, in four languages; and birth dates and priors as they are read."""

import pytest

from gateway.matching.birth_dates import compare_birth_dates
from gateway.matching.priors import is_prior
from gateway.matching.report_words import said_body_parts, said_modalities, same_body_part, same_modality


@pytest.mark.parametrize(
    ("text", "modalities", "body_parts"),
    [
        ("CT of the chest with contrast. No effusion.", {"CT"}, {"CHEST"}),
        ("MRI brain without gadolinium", {"MR"}, {"HEAD"}),
        ("CT des Schädels", {"CT"}, {"HEAD"}),
        ("MRT-Kopf vom 3. Mai", {"MR"}, {"HEAD"}),
        ("Kernspintomographie des linken Kniegelenks", {"MR"}, {"KNEE"}),
        ("Resonancia magnética de rodilla", {"MR"}, {"KNEE"}),
        ("Tomografía computada (TAC) de tórax", {"CT"}, {"CHEST"}),
        ("头颅磁共振平扫", {"MR"}, {"HEAD"}),
        ("胸部CT平扫", {"CT"}, {"CHEST"}),
        ("Chest x-ray, two views", {"CR"}, {"CHEST"}),
        ("Apfel und Birne", set(), set()),
    ],
)
def test_modality_and_body_part_are_read_in_four_languages(text: str, modalities: set, body_parts: set) -> None:
    assert modalities <= said_modalities(text)
    assert said_modalities(text) <= modalities | {"CR"}
    assert said_body_parts(text) == body_parts


def test_what_a_report_compares_with_is_not_what_it_describes() -> None:
    text = "CT head. Zum Vergleich liegt ein MRT vom selben Tag vor.<br>Compared to the prior chest radiograph."
    assert (said_modalities(text), said_body_parts(text)) == ({"CT"}, {"HEAD"})


@pytest.mark.parametrize(("text", "said"), [("Mr Planted: haemorrhage?", set()), ("Mr. P, MR knee", {"MR"})])
def test_a_man_s_title_is_no_magnetic_resonance(text: str, said: set) -> None:
    assert said_modalities(text) == said


def test_kinds_of_modalities_and_regions_stand_under_one_name() -> None:
    assert {same_modality(each) for each in ("DX", "cr", "RG")} == {"CR"}
    assert {same_body_part(each) for each in ("BRAIN", "Skull", "HEAD", "Kopf")} == {"HEAD"}
    assert same_body_part("WHOLEBODY") == ""


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("19600214", "19600214", "birth date equal"),
        ("19600101", "19600101", "birth date equal, a 1 January"),
        ("19600101", "19600517", "birth year equal, a 1 January may stand for an unknown day"),
        ("19600204", "19600402", "birth date with day and month swapped"),
        ("19600214", "19600124", "birth date with digits swapped"),
        ("19600214", "19620214", "birth date with one digit different"),
        ("19500304", "19800304", "birth date with a digit off, ten years or more apart"),
        ("19600214", "18600214", "birth date with a digit off, ten years or more apart"),
        ("19580304", "19850304", "birth date with a digit off, ten years or more apart"),
        ("19780304", "19870304", "birth date with digits swapped"),
        ("19600214", "19751130", "birth date different"),
        ("19600214", "", ""),
        ("19601399", "19600214", ""),
    ],
)
def test_birth_dates_go_wrong_in_known_ways(ours: str, theirs: str, expected: str) -> None:
    assert compare_birth_dates(ours, theirs) == expected
    assert compare_birth_dates(theirs, ours) == expected


@pytest.mark.parametrize(
    ("study_date", "case_date", "newest", "expected"),
    [
        ("20250301", "20250301", "20250301", False),
        ("20250227", "20250301", "20250301", False),
        ("20240301", "20250301", "20250301", True),
        ("20250401", "20250301", "20250401", False),
        ("20250220", "", "20250301", False),
        ("20230220", "", "20250301", True),
        ("", "20250301", "20250301", False),
    ],
)
def test_older_examinations_of_a_case_are_priors(study_date: str, case_date: str, newest: str, expected: bool) -> None:
    assert is_prior(study_date, case_date=case_date, newest=newest) is expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mr Wang, seen by Dr. Abel; pt doing well, told us so.", set()),
        ("MR of the brain for Mr Wang.", {"MR"}),
        ("cMRT vom Vortag", {"MR"}),
        ("CT-Thorax nativ", {"CT"}),
        ("MR WANG WAS SEEN BY DR ABEL. CT OF THE CHEST.", {"CT"}),
        ("mammography", {"MG"}),
    ],
)
def test_people_s_titles_are_no_modalities(text, said):
    assert said_modalities(text) == said
