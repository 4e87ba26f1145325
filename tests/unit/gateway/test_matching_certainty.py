"""By what a candidate is linked without a person: by the rules alone, or by the probability where a site chose that."""

from dataclasses import replace

import pytest

from gateway.cases import case_view
from gateway.desk.case_form import correct_case
from gateway.links import case_of
from gateway.matching import CaseKeys, StudyKeys, rank
from gateway.matching.births import Birth
from gateway.matching.certainty import (
    AGREES_BETTER,
    ASKED,
    BETTER,
    BIRTH_DATE_UNREAD,
    BY_PROBABILITY,
    COMES_NEAR,
    COULD_BE_ANOTHER,
    IDENTIFIED,
    NOBODY_ELSE,
    ON_ONE_DAY,
    RIVAL_NEAR,
)
from gateway.pipeline.deciding import certain_candidate

NUMBER = frozenset({("5304218", "")})
STUDY = StudyKeys(
    study_instance_uid="1.2.3", patient_id="5304218", name="Miller^Jane", birth_date="19600102", sex="F",
    study_date="20250301", modality="CT",
)  # fmt: skip
CASE = CaseKeys(
    case_id=1, case_number="1", patient_ids=NUMBER, name="Jane Miller", birth_date="19600102", sex="F",
)  # fmt: skip
FATHER, TWIN = {"birth_date": "19310705"}, {"name": "Joan Miller"}
ON_THE_DAY = TWIN | {"study_date": "20250301"}


def decided_by(study: StudyKeys, *cases: CaseKeys, look_alikes: str = "probability", above: float = 0.98) -> str:
    certain = certain_candidate(rank(study, cases, look_alikes=look_alikes), above)
    return certain.decided_by if certain is not None and certain.case_id == 1 else ""


LOOK_ALIKES = {
    "a twin": TWIN,
    "a father": FATHER,
    "nobody, the given name left out": {"name": "Miller"},
    "nobody, the birth date left out": {"birth_date": "", "name": "Jane Miller"},
    "a twin with a number of their own": {"name": "Jana Miller", "patient_ids": frozenset({("5304219", "")})},
}


@pytest.mark.parametrize("who", LOOK_ALIKES)
def test_whom_the_table_leaves_to_a_person_the_probability_links_where_a_site_chose_it(who: str) -> None:
    case = replace(CASE, **LOOK_ALIKES[who])
    assert decided_by(STUDY, case, look_alikes="ask") == ""
    assert decided_by(STUDY, case) == BY_PROBABILITY


NEVER = {
    "another sex": ({}, {"sex": "M"}),
    "another accession number": ({"accession_number": "A-1"}, {"accession_numbers": frozenset({"A-2"})}),
    "another case number": ({"case_numbers": frozenset({"2"})}, {}),
    "a name written otherwise": ({"name": "Wang^Wei=王^伟"}, {"name": "王薇"}),
    "another modality": ({}, {"modality": "MR"}),
    "another day": ({}, {"study_date": "20240301"}),
    "another study": ({}, {"study_uids": frozenset({"1.2.4"})}),
    "two numbers of one issuer": ({"issuer": "NORTH"}, {"patient_ids": frozenset({("7771234", "NORTH")})}),
    "two of three facts": ({}, TWIN | FATHER),
    "Jr and Sr": ({"name": "Miller^John^^^Jr"}, {"name": "Miller^John^^^Sr"}),
    "two newborns": ({"name": "Miller^Baby A"}, {"name": "Miller^Baby B"}),
    "a newborn without a name": ({"name": "Miller^Baby"}, {"name": "Miller^Baby"}),
}


@pytest.mark.parametrize("what", NEVER)
def test_what_contradicts_is_asked_whatever_the_setting(what: str) -> None:
    of_study, of_case = NEVER[what]
    study, case = replace(STUDY, **of_study), replace(CASE, **ON_THE_DAY | of_case)
    assert decided_by(STUDY, replace(CASE, **ON_THE_DAY)) == BY_PROBABILITY
    assert decided_by(study, case, above=0.5) == ""


INFANT = {"birth_date": "20250102", "name": "Nino Dupont", "patient_ids": frozenset({("5304218", "HA")})}
INFANTS = {
    "name, birth date and number": ({}, {}, ""),
    "and another day": ({}, {"study_date": "20250302"}, ""),
    "and the very day": ({}, {"study_date": "20250301"}, ""),
    "the very day, and no twin": ({}, {"study_date": "20250301", "told_birth": Birth(multiple=False)}, ON_ONE_DAY),
    "the very day, one of several": ({}, {"study_date": "20250301", "told_birth": Birth(multiple=True)}, ""),
    "the very day without the number": (
        {},
        {"study_date": "20250301", "patient_ids": frozenset(), "told_birth": Birth(multiple=False)},
        "",
    ),
    "and the case's number": ({"case_numbers": frozenset({"1"})}, {}, ""),
    "and the case's number, no twin": (
        {"case_numbers": frozenset({"1"})},
        {"told_birth": Birth(multiple=False)},
        IDENTIFIED,
    ),
    "and the accession number": ({"accession_number": "A-1"}, {"accession_numbers": frozenset({"A-1"})}, IDENTIFIED),
    "after the first birthday": ({"study_date": "20260303"}, {}, NOBODY_ELSE),
}


TOLD_APART = {
    "another minute": ({"birth_time": "0314"}, {"told_birth": Birth(minute="0320")}),
    "another place by the letter": ({"name": "Dupont^Baby B"}, {"name": "Dupont^Baby", "told_birth": Birth(order="1")}),
    "another place by both letters": ({"name": "Dupont^Baby B"}, {"name": "Dupont^Baby A"}),
}


@pytest.mark.parametrize("what", TOLD_APART)
def test_those_born_together_are_told_apart_by_minute_and_order(what: str) -> None:
    of_study, of_case = TOLD_APART[what]
    study = replace(STUDY, **{"name": "Dupont^Nino", "birth_date": "20250102", "accession_number": "A-1"} | of_study)
    case = replace(CASE, **INFANT | {"accession_numbers": frozenset({"A-1"})} | of_case)
    assert decided_by(study, case) == decided_by(study, case, look_alikes="ask") == ""
    assert rank(study, [case])[0].asked_because == ASKED + "another birth time or place among those born together"


def test_minute_that_agrees_is_no_proof_as_two_may_be_born_in_it() -> None:
    study = replace(STUDY, name="Dupont^Nino", birth_date="20250102", birth_time="0314", issuer="HA")
    case = replace(CASE, **INFANT | {"study_date": "20250301", "told_birth": Birth(minute="0314")})
    assert decided_by(study, case, look_alikes="ask") == ""


def test_age_in_the_report_s_words_tells_father_from_son_where_no_birth_date_does() -> None:
    kept = {"patient_ids": frozenset({("5304218", "HA")}), "birth_date": "", "report_date": "20250303"}
    case, study = replace(CASE, **kept), replace(STUDY, issuer="HA")
    assert decided_by(study, case, look_alikes="ask") == NOBODY_ELSE
    assert decided_by(study, replace(case, said_ages=frozenset({65})), look_alikes="ask") == NOBODY_ELSE
    assert decided_by(study, replace(case, said_ages=frozenset({30})), look_alikes="ask") == ""
    assert decided_by(study, replace(case, said_ages=frozenset({30, 64})), look_alikes="ask") == NOBODY_ELSE


@pytest.mark.parametrize("what", INFANTS)
def test_infant_is_linked_by_more_than_what_twins_under_the_mother_s_number_share(what: str) -> None:
    of_study, of_case, way = INFANTS[what]
    study = replace(STUDY, **{"name": "Dupont^Nino", "birth_date": "20250102", "issuer": "HA"} | of_study)
    case = replace(CASE, **INFANT | of_case)
    assert decided_by(study, case, look_alikes="ask") == decided_by(study, case) == way


def test_too_small_a_probability_is_asked_whatever_the_setting() -> None:
    assert decided_by(STUDY, replace(CASE, patient_ids=frozenset(), birth_date="")) == ""


def test_another_candidate_close_behind_is_asked_whatever_the_setting() -> None:
    case = replace(CASE, **TWIN)
    assert decided_by(STUDY, case, replace(case, case_id=2)) == ""


def test_own_case_of_who_was_taken_under_a_relative_s_number_is_asked_whatever_the_setting() -> None:
    relative, own = replace(CASE, **TWIN), replace(CASE, case_id=2, patient_ids=frozenset({("99", "")}))
    assert decided_by(STUDY, relative, own) == ""
    stranger = replace(own, name="Okafor^Chidi", birth_date="19600108")
    assert decided_by(STUDY, relative, stranger) == BY_PROBABILITY


def test_link_says_by_what_it_was_made_and_the_setting_changes_nothing_where_the_rules_decide() -> None:
    ways = {
        NOBODY_ELSE: (STUDY, CASE),
        IDENTIFIED: (replace(STUDY, accession_number="A-1", patient_id="", birth_date=""),
                     replace(CASE, accession_numbers=frozenset({"A-1"}))),
        ON_ONE_DAY: (STUDY, replace(CASE, patient_ids=frozenset(), study_date="20250301")),
    }  # fmt: skip
    for way, (study, case) in ways.items():
        assert decided_by(study, case) == decided_by(study, case, look_alikes="ask") == way


def test_candidate_that_is_not_linked_says_why_a_person_is_asked() -> None:
    twin = replace(CASE, **TWIN)
    own = replace(CASE, case_id=2, patient_ids=frozenset({("99", "")}))
    asked = {
        ASKED + "sex different": (replace(CASE, sex="M"),),
        ASKED + "modality different": (replace(CASE, modality="MR", study_date="20250301"),),
        RIVAL_NEAR: (CASE, replace(CASE, case_id=2)),
        BETTER: (twin, replace(own, patient_ids=frozenset({("99", "")}), study_date="20200101")),
        COULD_BE_ANOTHER: (twin,),
        BIRTH_DATE_UNREAD: (replace(CASE, birth_date="19318802"),),
        ASKED + "name different": (replace(CASE, name="Quandt^Ludmilla"),),
    }
    for why, cases in asked.items():
        best, *others = rank(STUDY, cases)
        assert (best.asked_because, best.decided_by) == (why, "")
        assert {each.asked_because for each in others} <= {{RIVAL_NEAR: COMES_NEAR, BETTER: AGREES_BETTER}.get(why, "")}
    assert rank(STUDY, [CASE])[0].asked_because == ""


@pytest.fixture
def chosen(gate):
    """Return the node with the probability deciding."""
    node = gate.node
    matching = node.settings.matching.model_copy(update={"look_alikes": "probability"})
    return replace(gate, node=replace(node, settings=node.settings.model_copy(update={"matching": matching})))


def links(gate, number: str) -> list[dict]:
    with gate.node.identity.read() as session:
        return case_view(session, number)["studies"]


def test_node_links_by_the_probability_where_it_is_told_to_and_says_so_with_the_link(gate, chosen, part10) -> None:
    father = {"name": "Planted^Identity", "birth_date": "1931-07-05", "sex": "F", "ids": [{"id": "PATIENT-1"}]}
    number = gate.case(patient=father)
    gate.receive(part10(PatientBirthDate="19600102", PatientSex="F"))
    assert gate.run() == "match"
    assert gate.study().reason == "a person must say whether the one candidate is its case"
    assert gate.study().candidates[0]["reasons"][-1] == ASKED + "birth date different"
    assert chosen.run() == "enlist"
    (link,) = links(chosen, number)
    assert (link["how"], link["reasons"][-1]) == ("auto", BY_PROBABILITY)
    assert link["probability"] >= 0.98


def test_link_by_the_probability_is_ended_once_the_case_is_corrected_to_another_sex(chosen, part10) -> None:
    father = {"name": "Planted^Identity", "birth_date": "1931-07-05", "ids": [{"id": "PATIENT-1"}]}
    number = chosen.case(patient=father)
    chosen.receive(part10(PatientBirthDate="19600102", PatientSex="F"))
    assert chosen.run() == "enlist"
    chosen.pass_time(minutes=5)
    correct_case(chosen.node, number, name="", birth_date="", sex="M", ids=(), actor="clerk")
    assert chosen.run() == "match"
    with chosen.node.identity.read() as session:
        assert case_of(session, 1) is None


def test_pet_name_with_accession_number_and_birth_date_links_and_by_number_and_birth_date_alone_is_asked() -> None:
    case = replace(CASE, name="Bill Miller", sex="M")
    assert decided_by(replace(STUDY, name="Miller^William", sex="M"), case, look_alikes="ask") == ""
    whole = replace(case, accession_numbers=frozenset({"A-1"}))
    study = replace(STUDY, name="Miller^William", sex="M", accession_number="A-1")
    assert decided_by(study, whole, look_alikes="ask") == IDENTIFIED


def test_own_case_under_a_former_family_name_keeps_the_parent_s_from_being_linked() -> None:
    """The disc bears the number of the parent's case; given name and birth date are those of the other case."""
    study = replace(STUDY, case_numbers=frozenset({"1"}))
    parent = replace(CASE, birth_date="19310102")
    assert decided_by(study, parent) == BY_PROBABILITY
    assert decided_by(study, parent, replace(CASE, case_id=2, case_number="2", name="Jane Rossi")) == ""


def test_newborn_whose_images_bear_the_day_of_a_wrong_clock_is_a_newborn_still() -> None:
    study = replace(STUDY, name="Miller^Jane", birth_date="20250228", study_date="20000101")
    case = replace(CASE, birth_date="20250228", study_date="20000101")
    assert decided_by(study, case) == decided_by(study, case, look_alikes="ask") == ""


BORN_UNREADABLY = {"19318802": "", "1931": "", "19601344": "", "00000000": IDENTIFIED, "19600000": IDENTIFIED}


@pytest.mark.parametrize("told", BORN_UNREADABLY)
def test_birth_date_that_is_no_day_and_not_the_patient_s_is_asked_even_where_the_order_agrees(told: str) -> None:
    """Zeros stand for a day that nobody knew; other digits are somebody's."""
    study = replace(STUDY, accession_number="A-1", birth_date=told)
    case = replace(CASE, accession_numbers=frozenset({"A-1"}), birth_date="19600502", patient_ids=frozenset())
    assert decided_by(study, case, look_alikes="ask") == BORN_UNREADABLY[told]
