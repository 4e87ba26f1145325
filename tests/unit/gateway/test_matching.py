"""Which case a study belongs to: certain only where nothing contradicts and enough agrees, else a person decides."""

from dataclasses import replace

import pytest

from config.case_number import check_digit
from gateway.cases import close_case
from gateway.decisions import match_by_person, unmatch_by_person
from gateway.links import case_of
from gateway.matching import CaseKeys, StudyKeys, rank
from gateway.matching.names import NameAgreement, compare_names

LINK_ABOVE = 0.98
STUDY = StudyKeys(
    study_instance_uid="1.2.3",
    accession_number="A-1",
    patient_id="P-1",
    issuer="NORTH",
    name="Miller^Jane",
    birth_date="19600102",
    sex="F",
    study_date="20250301",
    modality="CT",
    body_part="HEAD",
)
CASE = CaseKeys(case_id=1, case_number="1000000017")


def decides_alone(study: StudyKeys, **case: object) -> bool:
    """Say whether the case would be linked without asking."""
    candidates = rank(study, [replace(CASE, **case)])
    return bool(candidates) and candidates[0].certain and candidates[0].probability >= LINK_ABOVE


@pytest.mark.parametrize(
    "case",
    [
        {"accession_numbers": frozenset({"A-1"}), "name": "Jane Miller"},
        {"accession_numbers": frozenset({"A-1"}), "birth_date": "19600102"},
        {"study_uids": frozenset({"1.2.3"}), "name": "Jane Miller"},
        {"patient_ids": frozenset({("P-1", "NORTH")}), "name": "Jane Miller"},
        {"patient_ids": frozenset({("P-1", "")}), "birth_date": "19600102"},
        {"name": "Jane Miller", "birth_date": "19600102", "study_date": "20250301"},
        {"name": "Jane Miller", "birth_date": "19600102", "study_date": "20250302", "modality": "CT"},
    ],
)
def test_agreement_of_an_identifier_or_of_name_birth_and_study_date_decides(case: dict) -> None:
    assert decides_alone(STUDY, **case)


def test_case_number_found_in_the_study_decides_together_with_the_name() -> None:
    assert decides_alone(replace(STUDY, case_numbers=frozenset({"1000000017"})), name="Jane Miller")


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"name": "Jane Miller"},
        {"accession_numbers": frozenset({"A-1"})},
        {"name": "Jane Miller", "birth_date": "19600102"},
        {"name": "Jane Miller", "birth_date": "19600102", "sex": "F", "modality": "CT", "body_part": "HEAD"},
        {"birth_date": "19600102", "study_date": "20250301", "sex": "F", "modality": "CT", "body_part": "HEAD"},
    ],
)
def test_too_little_agreement_is_a_matter_for_a_person(case: dict) -> None:
    assert not decides_alone(STUDY, **case)


@pytest.mark.parametrize(
    "contradiction",
    [
        {"birth_date": "19750607"},
        {"birth_date": "19600201"},
        {"sex": "M"},
        {"name": "Okafor^Chidi"},
        {"accession_numbers": frozenset({"OTHER"})},
        {"patient_ids": frozenset({("P-2", "NORTH")})},
    ],
)
def test_one_contradiction_keeps_the_machine_from_deciding(contradiction: dict) -> None:
    agreeing = {
        "study_uids": frozenset({"1.2.3"}),
        "accession_numbers": frozenset({"A-1"}),
        "patient_ids": frozenset({("P-1", "NORTH")}),
        "name": "Jane Miller",
        "birth_date": "19600102",
        "sex": "F",
    }
    assert decides_alone(STUDY, **agreeing)
    assert not decides_alone(STUDY, **(agreeing | contradiction))


@pytest.mark.parametrize("when", [{"study_date": "20240110"}, {"report_date": "20250201"}])
def test_same_patient_on_another_day_is_another_examination(when: dict) -> None:
    case = {"name": "Jane Miller", "birth_date": "19600102", "sex": "F", "modality": "CT", "body_part": "HEAD"}
    assert not decides_alone(STUDY, **case, **when)


def test_patient_id_of_another_issuer_identifies_nobody() -> None:
    (candidate,) = rank(STUDY, [replace(CASE, patient_ids=frozenset({("P-1", "SOUTH")}), name="Jane Miller")])
    assert not candidate.certain


def test_candidates_come_with_their_reasons_the_most_probable_first() -> None:
    better = replace(CASE, case_id=2, name="Jane Miller", birth_date="19600102", study_date="20250301")
    worse = replace(CASE, case_id=1, name="Jane Miller", birth_date="19600102")
    first, second = rank(STUDY, [worse, better])
    assert (first.case_id, second.case_id) == (2, 1)
    assert {"name equal", "birth date equal", "study date equal"} <= set(first.reasons)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Miller^Jane", "Jane Miller", NameAgreement.EQUAL),
        ("MILLER^JANE", "miller, jane", NameAgreement.EQUAL),
        ("Müller^Hans", "Mueller Hans", NameAgreement.EQUAL),
        ("Müller^Hans", "Muller Hans", NameAgreement.EQUAL),
        ("Weiß^Jürgen", "WEISS^JUERGEN", NameAgreement.EQUAL),
        ("Dr. Weiß^Jürgen", "Weiß^Jürgen", NameAgreement.EQUAL),
        ("Wang^XiaoMing", "Xiao Ming Wang", NameAgreement.EQUAL),
        ("Wang^XiaoMing=王^小明", "王小明", NameAgreement.EQUAL),
        ("=王^小明", "王小明", NameAgreement.EQUAL),
        ("Wang^XiaoMing=王^小明", "Wang Xiaoming", NameAgreement.EQUAL),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田太郎", NameAgreement.EQUAL),
        ("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎", "ヤマダ タロウ", NameAgreement.EQUAL),
        ("Miller^Jane^Ann", "Jane Miller", NameAgreement.PARTLY),
        ("Miller^Jane", "Miller^Robert", NameAgreement.DIFFERENT),
        ("王^小明", "李^小明", NameAgreement.DIFFERENT),
        ("Wang^XiaoMing", "王小明", NameAgreement.UNKNOWN),
        ("", "Jane Miller", NameAgreement.UNKNOWN),
        ("^^^^", "Jane Miller", NameAgreement.UNKNOWN),
    ],
)
def test_names_agree_across_order_case_diacritics_and_scripts(one: str, other: str, expected: NameAgreement) -> None:
    assert compare_names(one, other) is expected
    assert compare_names(other, one) is expected


def test_number_that_passes_the_check_digit_by_chance_contradicts_nothing(gate, part10) -> None:
    by_chance = "100000001" + check_digit("100000001")
    gate.case()
    gate.receive(part10(AccessionNumber=by_chance))
    assert gate.study().hints == [by_chance]
    assert gate.run() == "enlist"


def test_number_of_another_case_keeps_the_machine_from_deciding(gate, part10) -> None:
    gate.case()
    other = gate.case(patient={"name": "Somebody Else"})
    gate.receive(part10(StudyDescription=f"case {other}"))
    assert gate.run() == "match"


def test_what_a_person_parted_is_not_offered_again(gate) -> None:
    study = gate.publish()
    number = _case_of(gate)
    unmatch_by_person(gate.node, number, study.study_uid, actor="clerk")
    assert gate.run() == "match"
    assert (gate.study().state, gate.study().candidates) == ("unmatched", [])
    match_by_person(gate.node, number, study.study_uid, actor="clerk")
    assert gate.run() == "enlist"


def test_closed_case_is_not_offered(gate, part10) -> None:
    close_case(gate.node, gate.case(), actor="clerk")
    gate.receive(part10())
    assert gate.run() == "match"
    assert gate.study().candidates == []


def _case_of(gate) -> str:
    with gate.node.identity.read() as session:
        case = case_of(session, 1)
    assert case is not None
    return str(case.case_number)


def test_another_study_of_a_known_patient_is_left_to_a_person() -> None:
    case = CaseKeys(
        case_id=1,
        case_number="1000000016",
        study_uids=frozenset({"1.2.3"}),
        patient_ids=frozenset({("P1", "NORTH")}),
        name="Planted^Identity",
        birth_date="19500101",
        study_date="20260309",
        body_part="HEAD",
    )
    study = StudyKeys(
        study_instance_uid="1.2.999",
        patient_id="P1",
        issuer="NORTH",
        name="Planted^Identity",
        birth_date="19500101",
        study_date="20190101",
        body_part="CHEST",
    )
    (candidate,) = rank(study, [case])
    assert candidate.probability > 0.9
    assert not candidate.certain


def test_a_name_that_only_sounds_the_same_is_similar() -> None:
    assert compare_names("Wang^Wei=王^伟", "Wang^Wei=王^薇") is NameAgreement.SIMILAR
