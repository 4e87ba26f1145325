"""How cases share one certainty: a relative's takes none of the patient's own, those of one patient halve it."""

from dataclasses import replace
from math import isfinite
from random import Random
from time import process_time

import pytest

from gateway.matching import CaseKeys, Population, StudyKeys, rank
from gateway.matching.certainty import BY_OWN_WORDS, COMES_NEAR, RIVAL_NEAR

HOME = frozenset({"12 Mill Lane, Newtown 12345"})
FAMILY_NUMBER = frozenset({("4471023", "")})
STUDY = StudyKeys(
    study_instance_uid="1.2.3", accession_number="A-1", patient_id="4471023", addresses=HOME, name="Miller^Jane",
    birth_date="19600102", sex="F", study_date="20250301", modality="CT",
)  # fmt: skip
OWN = CaseKeys(
    case_id=1, case_number="1000000017", patient_ids=FAMILY_NUMBER, addresses=HOME, name="Jane Miller",
    birth_date="19600102", sex="F",
)  # fmt: skip
SISTER = replace(OWN, case_id=2, name="Carol Miller", birth_date="19630817")
CLINIC = Population(2000, {})


def ranked(*cases: CaseKeys, study: StudyKeys = STUDY) -> dict[int, float]:
    return {each.case_id: each.probability for each in rank(study, cases, CLINIC)}


def test_case_of_a_relative_takes_nothing_from_the_patient_s_own() -> None:
    alone = ranked(OWN)[1]
    assert alone > 0.98
    assert ranked(OWN, SISTER)[1] == pytest.approx(alone, abs=1e-4)


def test_case_of_a_relative_is_candidate_where_the_own_is_not_there() -> None:
    assert ranked(SISTER)[2] > 0.2


def test_cases_of_one_patient_share_the_certainty() -> None:
    both = ranked(OWN, replace(OWN, case_id=2))
    assert both[1] == pytest.approx(both[2]) == pytest.approx(0.5, abs=0.01)


def test_examination_tells_cases_of_one_patient_apart_though_the_other_tells_more_of_the_patient() -> None:
    silent = replace(OWN, case_id=2, patient_ids=frozenset(), addresses=frozenset(), study_date="20250301")
    found = ranked(replace(OWN, study_date="20230610"), silent)
    assert found[2] > 0.98


def test_case_that_may_be_the_same_patient_s_keeps_the_other_from_being_certain() -> None:
    silent = replace(OWN, case_id=2, patient_ids=frozenset(), addresses=frozenset())
    best = rank(STUDY, [OWN, silent], CLINIC)[0]
    assert (best.certain, best.asked_because) == (False, RIVAL_NEAR)


@pytest.mark.parametrize("other", [{"birth_date": "19880417"}, {"name": "Carol Miller"}, {"birth_date": "19601344"}])
def test_case_of_who_is_surely_another_lets_the_own_be_certain(other: dict[str, str]) -> None:
    another = replace(OWN, case_id=2, patient_ids=frozenset({("7755310", "")}), **other)
    assert rank(STUDY, [OWN, another], CLINIC)[0].certain


def test_probabilities_of_all_cases_are_never_more_than_one() -> None:
    cases = [replace(OWN, case_id=place, study_date="20250301") for place in range(40)]
    assert sum(ranked(*cases, *(replace(SISTER, case_id=100 + place) for place in range(40))).values()) <= 1.0


def test_somebody_else_examined_under_the_order_is_no_match_and_is_shown() -> None:
    """Accession number and patient ID agree and nothing of the person does: what a wrong entry of a worklist makes."""
    case = replace(OWN, accession_numbers=frozenset({"A-1"}), addresses=frozenset(), study_date="20250301")
    stranger = replace(STUDY, name="Okafor^Peter", birth_date="19911130", sex="M", addresses=frozenset())
    [found] = rank(stranger, [case], CLINIC)
    assert found.probability < 0.2
    assert (found.meant, found.certain) == (True, False)


@pytest.mark.parametrize("told", [{"name": "Okafor^Peter"}, {"birth_date": "19911130"}, {"sex": "M"}])
def test_one_fact_of_the_person_that_differs_is_no_other_person_yet(told: dict[str, str]) -> None:
    case = replace(OWN, accession_numbers=frozenset({"A-1"}), study_date="20250301")
    [found] = rank(replace(STUDY, **told), [case], CLINIC)
    assert found.probability > 0.98


HOSPITAL_S = {"patient_ids": frozenset({("4471023", "NORTH")}), "id_kinds": frozenset({("4471023", "MR")})}
AT_THE_HOSPITAL = replace(STUDY, accession_number="", issuer="NORTH", id_kinds=HOSPITAL_S["id_kinds"])


@pytest.mark.parametrize(
    "slip", [{"name": "Jn Miller"}, {"birth_date": "19610212"}], ids=["given name mistyped", "birth date mistyped"]
)
def test_case_under_one_hospital_s_number_may_be_the_patient_s_though_a_slip_hides_it(slip: dict[str, str]) -> None:
    """The one that tells the examination is the study's own; the other tells no more than the patient."""
    own = replace(OWN, case_id=2, report_date="20250301", **HOSPITAL_S, **slip)
    best, other = rank(AT_THE_HOSPITAL, [replace(OWN, **HOSPITAL_S), own], CLINIC)
    assert not best.certain
    assert min(best.probability, other.probability) > 0.01


def test_what_a_case_told_before_an_unconfirmed_correction_makes_it_a_rival_still() -> None:
    told = replace(OWN, case_id=2, birth_date="", study_date="20250301", modality="CT")
    corrected = replace(told, birth_date="19880417", own=told)
    study = replace(STUDY, accession_number="")
    best, other = rank(study, [OWN, corrected], CLINIC)
    assert (best.case_id, best.certain, best.asked_because) == (1, False, RIVAL_NEAR)
    assert other.asked_because == COMES_NEAR + BY_OWN_WORDS


def test_order_of_the_cases_changes_nothing() -> None:
    cases = [replace(OWN, case_id=place, study_date="20250301" if place % 2 else "") for place in range(8)]
    cases += [replace(SISTER, case_id=20 + place) for place in range(8)]
    expected, shuffled = rank(STUDY, cases, CLINIC), list(cases)
    for seed in range(5):
        Random(seed).shuffle(shuffled)
        assert rank(STUDY, shuffled, CLINIC) == expected


def test_hundreds_of_cases_near_one_study_take_a_fraction_of_a_second() -> None:
    random = Random(4)
    names, days = ("Jane Miller", "Miller^Jane", "Miller", "Janet Miller", "M Miller"), ("20250301", "20230101", "")
    cases = [
        replace(
            OWN,
            case_id=place,
            name=random.choice(names),
            birth_date="",
            addresses=frozenset({f"{random.randint(1, 99)} Oak Street, Town {random.randint(1000, 9999)}"}),
            study_date=random.choice(days),
        )
        for place in range(200)
    ]
    study = replace(STUDY, birth_date="", addresses=frozenset())
    start = process_time()
    found = rank(study, cases, CLINIC)
    assert process_time() - start < 0.5
    assert all(isfinite(each.probability) for each in found)
    assert sum(each.probability for each in found) <= 1.0


def test_case_under_another_family_name_is_the_patient_s_where_all_else_is() -> None:
    """Who married has a case under either name; the one that names the examination is the one."""
    married = replace(OWN, case_id=2, name="Jane Osterhagen", study_date="20250301", modality="CT")
    found = ranked(OWN, married)
    assert found[2] > found[1]
    assert not any(each.certain for each in rank(STUDY, [OWN, married], CLINIC))
