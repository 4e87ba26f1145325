"""Nobody is taken for who looks like them: twins, fathers and sons, siblings, spouses, namesakes and newborns.

The people are made up with the truth (`tests/benchmarks/look_alikes.py`), one slip in the records that meet; more of
them, and more slips, with OVERREAD_ROUNDS and by running that file.
"""

import importlib.util
import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.matching import CaseKeys, StudyKeys, rank
from gateway.matching.facts import Fact
from gateway.matching.homes import compare_addresses, share_telephone
from gateway.matching.issuers import is_grown_up, is_infant, is_of_one_person
from gateway.matching.name_parts import NameParts, compare_parts
from gateway.matching.newborns import is_unnamed
from gateway.matching.patient_ids import compare_ids

LOOK_ALIKES = Path(__file__).parents[2] / "benchmarks" / "look_alikes.py"
ROUNDS = int(os.environ.get("OVERREAD_ROUNDS", "4500"))
LINK_ABOVE = 0.98
SAME, NEAR, UNTOLD, OTHER = Fact.SAME, Fact.NEAR, Fact.UNTOLD, Fact.OTHER
HOME = frozenset({"12 Main Street, Springfield 62701"})
STUDY = StudyKeys(
    study_instance_uid="1.2.3", patient_id="5304218", name="Miller^Jane", birth_date="19600102", sex="F",
    study_date="20250301", addresses=HOME,
)  # fmt: skip
CASE = CaseKeys(
    case_id=1, case_number="1", patient_ids=frozenset({("5304218", "")}), name="Jane Miller", birth_date="19600102",
    addresses=HOME,
)  # fmt: skip
OWN = frozenset({("5304218", "SS")})


@pytest.fixture(scope="module")
def look_alikes():
    spec = importlib.util.spec_from_file_location("look_alikes", LOOK_ALIKES)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_nobody_is_linked_with_the_case_of_who_looks_alike(look_alikes) -> None:
    wrong, right = Counter(), 0
    for meeting in look_alikes.meetings(ROUNDS):
        found = look_alikes.linked(meeting)
        if found is not None:
            wrong[meeting.relation] += found.case_id == 1
            right += found.case_id == 2
    assert +wrong == Counter()
    assert right > ROUNDS / 20


def decides_alone(case: CaseKeys, *beside: CaseKeys, own: bool = False, study: StudyKeys = STUDY) -> bool:
    if own:
        study, case = replace(study, id_kinds=OWN), replace(case, id_kinds=OWN)
    first = rank(study, [case, *beside])[0]
    return first.case_id == case.case_id and first.certain and first.probability >= LINK_ABOVE


def test_number_of_one_grown_up_person_by_law_outweighs_one_other_fact_where_the_home_is_the_same() -> None:
    for unlike in ({"name": "Joan Miller"}, {"birth_date": "19580705"}, {"name": "Miller"}):
        assert decides_alone(replace(CASE, **unlike), own=True)
        assert not decides_alone(replace(CASE, **unlike))
    assert not decides_alone(replace(CASE, name="Joan Miller", birth_date="19310705"), own=True)
    assert not decides_alone(replace(CASE, birth_date="19310705"), own=True)
    assert not decides_alone(replace(CASE, name="Joan Miller", addresses=frozenset()), own=True)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("김^민지", "Kim^Jimin"),
        ("王^芳", "Wang^Li"),
        ("王^芳", "Petrova^Galina"),
        ("山田^太郎", "Yamada^Jiro"),
        ("Иванов^Сергей", "Ivanov^Boris"),
    ],
)
def test_names_in_two_scripts_that_do_not_sound_alike_are_asked_whatever_number_agrees(ours, theirs) -> None:
    kept = {"issuer": "SC", "name": ours, "addresses": frozenset()}
    case = replace(CASE, patient_ids=frozenset({("5304218", "SC")}), name=theirs, addresses=frozenset())
    study = replace(STUDY, **kept)
    assert decides_alone(replace(case, name=""), study=study)
    assert not decides_alone(case, study=study)
    with_accession = {"accession_number": "77", "patient_id": ""}
    numbered = replace(case, accession_numbers=frozenset({"77"}), patient_ids=frozenset())
    assert decides_alone(replace(numbered, name=""), study=replace(study, **with_accession))
    assert not decides_alone(numbered, study=replace(study, **with_accession))
    assert "name in another script, not equal by its sound" in rank(study, [case])[0].reasons


def test_number_of_a_child_may_be_the_mother_s_whatever_its_kind() -> None:
    born = {"birth_date": "20150102"}
    study = replace(STUDY, **born)
    assert decides_alone(replace(CASE, **born), own=True, study=study)
    assert not decides_alone(replace(CASE, **born, name="Joan Miller"), own=True, study=study)
    assert not decides_alone(replace(CASE, **born, name="Miller"), own=True, study=study)


def test_who_was_taken_under_a_twin_s_number_is_left_to_a_person_where_the_own_case_is_there() -> None:
    twin = replace(CASE, name="Joan Miller")
    own_case = replace(CASE, case_id=2, patient_ids=frozenset({("5304219", "")}), id_kinds=frozenset())
    assert decides_alone(twin, own=True)
    assert not decides_alone(twin, own_case, own=True)


def test_name_birth_date_and_home_decide_against_another_identifier_and_the_name_and_birth_date_alone_do_not() -> None:
    other = replace(CASE, patient_ids=frozenset({("7771234", "")}))
    assert decides_alone(other)
    assert not decides_alone(replace(other, addresses=frozenset()))
    assert not decides_alone(replace(other, addresses=frozenset({"80 Oak Road, Ashford 2134"})))
    assert not decides_alone(replace(other, name="Jana Miller"))  # a twin


def test_birth_date_that_cannot_be_read_is_told_and_leaves_father_and_son_to_a_person() -> None:
    number = {"patient_ids": frozenset({("5304218", "")}), "id_kinds": frozenset({("5304218", "MR")})}
    case = replace(CASE, **number)
    assert decides_alone(case, study=replace(STUDY, birth_date=""))
    assert not decides_alone(case, study=replace(STUDY, birth_date="03.02.20"))
    by_case = replace(STUDY, case_numbers=frozenset({"1"}), patient_id="", addresses=frozenset())
    assert decides_alone(case, study=replace(by_case, birth_date=""))
    assert not decides_alone(case, study=replace(by_case, birth_date="03.02.20"))


def test_accession_number_links_no_twin_whose_letter_is_another() -> None:
    study = replace(STUDY, name="Miller^BabyGirl B Jane", accession_number="A-77")
    case = replace(CASE, name="Miller^BabyGirl A Jane", accession_numbers=frozenset({"A-77"}))
    assert not decides_alone(case, study=study)
    assert decides_alone(replace(case, name=study.name), study=study)


def test_telephone_is_a_home_too() -> None:
    study = replace(STUDY, telephones=frozenset({"+1 217 555 0142"}), addresses=frozenset())
    case = replace(CASE, patient_ids=frozenset(), addresses=frozenset(), telephones=frozenset({"(217) 555-0142"}))
    assert decides_alone(case, study=study)
    assert not decides_alone(replace(case, telephones=frozenset()), study=study)


def test_further_identifier_of_a_header_finds_the_patient_and_another_number_of_the_register_forbids() -> None:
    study = replace(STUDY, patient_id="X-77", other_ids=frozenset({("5304218", "")}), addresses=frozenset())
    assert decides_alone(CASE, study=study)
    kinds = frozenset({("5304218", "MR"), ("111222333", "SS"), ("999888777", "SS")})
    study = replace(study, id_kinds=kinds, other_ids=study.other_ids | {("111222333", "")})
    case = replace(CASE, id_kinds=kinds, patient_ids=CASE.patient_ids | {("999888777", "")})
    assert not decides_alone(replace(case, addresses=frozenset()), study=study)


@pytest.mark.parametrize(
    ("one", "other", "parts"),
    [
        ("Miller^Jane", "Jane Miller", (SAME, SAME)),
        ("Miller^Jane", "Jane Smith", (SAME, OTHER)),
        ("Miller^Jane", "Smith^Jane", (SAME, OTHER)),
        ("Miller^Jane", "Jana Miller", (NEAR, SAME)),
        ("Miller^Jane", "Robert Miller", (OTHER, SAME)),
        ("Jane^Miller", "Robert Miller", (OTHER, SAME)),  # written in each other's fields
        ("Jane^Miller", "Miller^Robert", (OTHER, SAME)),
        ("Miller^Jane", "Miller", (UNTOLD, SAME)),
        ("Miller^Maria^Anna", "Maria Eva Miller", (NEAR, SAME)),
        ("Miller^Marie-Luise", "Marieluise Miller", (SAME, SAME)),
        ("Müller^Jürgen", "Juergen Mueller", (SAME, SAME)),
        ("Miller^Baby A", "Baby B Miller", (OTHER, SAME)),
        ("Miller^Baby", "Baby Miller", (UNTOLD, SAME)),
        ("Miller^BabyBoy A Jane", "Miller^BabyBoy B Jane", (OTHER, SAME)),
        ("Miller^BabyBoy A Jane", "Miller^BabyBoy A Jane", (UNTOLD, SAME)),
        ("Miller^Jane Boy", "Miller^Jane", (UNTOLD, SAME)),
        ("Miller^B/O Jane", "Miller^B/O Jane", (UNTOLD, SAME)),
        ("Müller^Zwilling 1", "Müller^Zwilling 2", (OTHER, SAME)),
        ("Müller^Sohn von Anna", "Müller^Sohn von Anna", (UNTOLD, SAME)),
        ("Sohn^Anna", "Sohn^Anna", (SAME, SAME)),
        ("Infante^Luis", "Infante^Luis", (SAME, SAME)),
        ("Zwilling^Anna", "Zwilling^Anna", (SAME, SAME)),
        ("García^Niño", "García^Niño", (UNTOLD, SAME)),
        ("García^Nina", "García^Nina", (SAME, SAME)),
        ("Miller^Mary^A", "Miller^Mary^B", (NEAR, SAME)),
        ("王芳之子", "王芳之子", (UNTOLD, SAME)),
        ("王芳之长子", "王芳之次子", (OTHER, OTHER)),
        ("Wang^Fang Zhi Zi=王^芳之子", "Wang^Fang Zhi Zi", (UNTOLD, SAME)),
        ("山田ベビー", "山田ベビー", (UNTOLD, SAME)),
        ("김^아기1", "김^아기1", (UNTOLD, SAME)),
        ("王^", "王^", (UNTOLD, SAME)),
        ("山田", "山田", (UNTOLD, SAME)),
        ("高岡", "高岡", (UNTOLD, SAME)),
        ("林田", "林田", (UNTOLD, SAME)),
        ("桐生陽菜", "桐生陽菜", (SAME, SAME)),
        ("渡邉^眞", "渡辺真", (SAME, SAME)),
        ("김", "김", (UNTOLD, SAME)),
        ("王芳", "王芳", (SAME, SAME)),
        ("山田太郎", "山田^太郎", (SAME, SAME)),
        ("김영희", "김^영희", (SAME, SAME)),
        ("Smith^Jane=王", "Smith^Mary=王", (OTHER, SAME)),
        ("Miller^John^^^Jr", "John Miller Sr", (OTHER, SAME)),
        ("Wang^XiaoMing=王^小明", "王小明", (SAME, SAME)),
        ("Wang^Wei=王^伟", "王薇", (OTHER, OTHER)),
        ("Wang^Wei", "王薇", (NEAR, NEAR)),
        ("", "Jane Miller", (UNTOLD, UNTOLD)),
    ],
)
def test_given_and_family_name_are_compared_each_by_itself(one: str, other: str, parts: tuple[Fact, Fact]) -> None:
    assert compare_parts(one, other) == compare_parts(other, one) == NameParts(*parts)


@pytest.mark.parametrize(
    ("one", "other", "row"),
    [
        ("Hauptstr. 12, 50667 Köln", "50667 Koeln, Hauptstraße 12", "address equal"),
        ("Hauptstr. 12, 50667 Köln", "Hauptstr. 14, 50667 Köln", "address similar"),
        ("12 Main Street^^Springfield^IL^62701", "12 Main St, Springfield IL", "address equal"),
        ("C/ Mayor 5, 28013 Madrid", "Calle Mayor 5, Madrid 28013", "address equal"),
        ("北京市朝阳区建国路88号", "朝阳区建国路88号", "address equal"),
        ("60 Archibald Street, Balwyn 2025", "60 Tepper Circuit, Balwyn 2025", "address similar"),
        ("8 Stanley Street, Miami 4223", "17 Lake Road, Ashford 2134", "address different"),
        ("no fixed abode 1", "no fixed abode 1", ""),
        ("Springfield", "Springfield", ""),
    ],
)
def test_addresses_are_compared_by_the_house(one: str, other: str, row: str) -> None:
    assert compare_addresses(one, other) == compare_addresses(other, one) == row


def test_telephones_are_compared_without_country_code_and_short_or_empty_ones_not_at_all() -> None:
    assert share_telephone(["+49 221 1234567"], ["0221/1234567"])
    assert not share_telephone(["+49 221 1234567"], ["0221/1234568"])
    assert not share_telephone(["112"], ["112"])
    assert not share_telephone(["0000000000"], ["0000000000"])


def test_numbers_of_one_person_are_told_by_their_type_or_issuer() -> None:
    assert is_of_one_person("SS", "") and is_of_one_person("NNESP", "") and is_of_one_person("", "1.2.752.129.2.1.3.1")
    assert not any(is_of_one_person(kind, "NORTH") for kind in ("", "MR", "MB", "SN"))


@pytest.mark.parametrize(
    ("ours", "theirs", "row"),
    [
        ("HA", "HA", "patient ID equal, of one issuer"),
        ("AOK Bayern", "AOK Bayern", "patient ID equal"),
        ("Acme Insurance", "Acme Insurance", "patient ID equal"),
        ("HA", "HB", "patient ID equal, the issuers differ"),
        ("HA", "2.16.840.1.9", "patient ID equal"),
        ("http://ha.example/mrn", "HA", "patient ID equal"),
        ("ha", "HA", "patient ID equal, of one issuer"),
    ],
    ids=["one hospital", "an insurer", "an insurer in English", "two hospitals", "an OID", "an address", "capitals"],
)
def test_equal_number_counts_by_what_can_be_told_of_its_issuers(ours: str, theirs: str, row: str) -> None:
    study = StudyKeys(patient_id="1234567", issuer=ours)
    case = CaseKeys(case_id=1, case_number="1", patient_ids=frozenset({("1234567", theirs)}))
    assert compare_ids(study, case)[0] == row


@pytest.mark.parametrize(("ours", "theirs"), [("123456", "12345"), ("12345", "123456"), ("12345", "12346")])
def test_number_shorter_than_six_characters_is_never_one_digit_off(ours: str, theirs: str) -> None:
    study = StudyKeys(patient_id=ours)
    case = CaseKeys(case_id=1, case_number="1", patient_ids=frozenset({(theirs, "")}))
    assert compare_ids(study, case)[0] == "patient ID different"


def test_grown_up_is_who_is_eighteen_by_every_birth_date_that_is_told() -> None:
    assert is_grown_up(("20000101", ""), "20250301")
    assert is_grown_up(("20000101", "20100101"), "20250301") is False
    assert is_grown_up(("", "nonsense"), "20250301") is None


def test_who_was_born_after_the_day_by_a_wrong_clock_is_a_newborn() -> None:
    assert is_grown_up(("20250302",), "20250301") is False
    assert is_infant(("20250302",), "20000101")


NEWBORNS = """
    Dupont^Nouveau-né Dupont^Prématurée Rossi^Neonato Smith^Neonate Smith^BBoy Smith^Fetus Smith^UNK Smith^Newborn2
    Müller^Frühgeborenes Müller^Frühchen Müller^Unbekannt Silva^Recém-nascido Silva^Gêmea Yilmaz^Bebek Yilmaz^Yenidoğan
    Kowalska^Noworodek Jansen^Pasgeborene Larsen^Nyfødt Virtanen^Vauva Nagy^Újszülött Novák^Novorozenec
    Иванова^Новорожденный Иванова^Мальчик Παππά^Νεογνό כהן^תינוק محمد^طفلة देवी^शिशु 김^여아 田中^男児
"""
NAMED = """
    Enfant^Marie Nouveau^Jean Garçon^Luc Gemelli^Anna Nguyen^Son Rossi^Nino Braun^Nina Etxeberria^Iker Barn^Lisa
    Иванова^Мария כהן^דוד محمد^وليد Yilmaz^Berk Novák^Nathan 김^민지 山田^太郎
"""


def test_word_for_a_newborn_names_nobody_in_any_language_and_a_name_is_taken_for_none() -> None:
    assert [each for each in NEWBORNS.split() if not is_unnamed(each)] == []
    assert [each for each in NAMED.split() if is_unnamed(each)] == []
