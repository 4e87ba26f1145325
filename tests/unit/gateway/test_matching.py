"""Which case a study belongs to: certain only where nothing contradicts and enough agrees, else a person decides."""

from dataclasses import replace

import pytest
from pydicom import Dataset

from config.case_number import check_digit
from gateway.cases import case_view, close_case
from gateway.decisions import match_by_person, unmatch_by_person
from gateway.links import case_of
from gateway.matching import CaseKeys, Population, StudyKeys, rank
from gateway.matching.weights import WEIGHTS

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
AGREEING = {
    "study_uids": frozenset({"1.2.3"}),
    "accession_numbers": frozenset({"A-1"}),
    "patient_ids": frozenset({("P-1", "NORTH")}),
    "name": "Jane Miller",
    "birth_date": "19600102",
    "sex": "F",
}


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
        {"patient_ids": frozenset({("P-1", "NORTH")}), "birth_date": "19600102"},
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
        {"patient_ids": frozenset({("P-1", "")}), "birth_date": "19600102"},  # it may be a family's number
        {"patient_ids": frozenset({("P-1", "")}), "name": "Jane Miller"},
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
        {"sex": "M"},
        {"name": "Okafor^Chidi"},
        {"accession_numbers": frozenset({"OTHER"})},
        {"patient_ids": frozenset({("P-2", "NORTH")})},
        {"name": "Miller^Robert", "birth_date": "19600103"},
        {"name": "Miller^Robert"},  # twins under their mother's number
        {"birth_date": "19300102"},  # father and son under the family's number
        {"name": "Miller^Robert", "patient_ids": frozenset()},
        {"birth_date": "19600201", "patient_ids": frozenset()},
        {"birth_date": "19600201", "modality": "MR"},
    ],
)
def test_one_contradiction_or_two_doubts_keep_the_machine_from_deciding(contradiction: dict) -> None:
    assert decides_alone(STUDY, **AGREEING)
    assert not decides_alone(STUDY, **(AGREEING | contradiction))


@pytest.mark.parametrize(
    "doubt",
    [
        {"name": "Smith^Jane"},  # married, or a maiden name
        {"birth_date": "19600201"},
        {"birth_date": "19600103"},
        {"name": "Jane Millar", "birth_date": ""},
        {"patient_ids": frozenset({("P-1", "")}), "name": "Jane Ng", "accession_numbers": frozenset()},
    ],
)
def test_name_or_birth_date_that_differs_in_part_is_outweighed_by_the_other_two_facts(doubt: dict) -> None:
    assert decides_alone(STUDY, **(AGREEING | doubt))


BY_LINK = {"case_numbers": frozenset({"1000000017"}), "study_date": "", "accession_number": ""}


def test_number_of_a_family_s_disc_and_a_name_do_not_outweigh_another_identifier() -> None:
    study = replace(STUDY, **BY_LINK)
    other = frozenset({("B-99", "")})
    assert decides_alone(study, name="Jane Miller")
    assert decides_alone(study, name="Jane Miller", patient_ids=other, birth_date="19600102")
    assert not decides_alone(study, name="Jane Miller", patient_ids=other)
    assert not decides_alone(study, name="Jane Millar", patient_ids=other, birth_date="19600102")
    assert not decides_alone(study, name="Jane Miller", patient_ids=frozenset({("P-1", "SOUTH")}))


def test_number_of_a_case_does_not_make_son_and_father_one() -> None:
    study = replace(STUDY, **BY_LINK, name="Miller^John^^^Jr")
    assert decides_alone(study, name="John Miller Jr.")
    assert not decides_alone(study, name="Miller^John^^^Sr")


@pytest.mark.parametrize(
    "against",
    [{"modality": "MR"}, {"body_part": "KNEE"}, {"study_uids": frozenset({"1.2.4"})}],
)
def test_name_birth_and_study_date_do_not_outweigh_what_says_another_examination(against: dict) -> None:
    case = {"name": "Jane Miller", "birth_date": "19600102", "study_date": "20250301", "sex": "F"}
    case["patient_ids"] = frozenset({("X-9", "")})  # a hospital's own number alone hinders nothing
    assert decides_alone(STUDY, **case)
    assert not decides_alone(STUDY, **(case | against))


LOOK_ALIKES = {
    "twin": {"name": "Miller^Joan"},
    "twin with an identifier beside": {"name": "Miller^Jana", "patient_ids": frozenset({("1002004", "")})},
    "twin whose name begins alike, examined the same day": {"name": "Miller^Janet", "study_date": "20250301"},
    "mother of the same name": {"birth_date": "19310705", "study_date": "20250301"},
    "same name, birth date and hospital, no examination told": {"patient_ids": frozenset({("7654321", "")})},
    "sister": {"name": "Miller^Ann", "birth_date": "19620304"},
}


@pytest.mark.parametrize("who", LOOK_ALIKES)
def test_people_who_look_alike_are_left_to_a_person(who: str) -> None:
    study = replace(STUDY, patient_id="1002003", issuer="", accession_number="")
    alike = {"name": "Jane Miller", "birth_date": "19600102", "sex": "F", "modality": "CT"}
    assert not decides_alone(study, **(alike | LOOK_ALIKES[who]))


def test_same_name_and_birth_date_among_many_cases_of_a_large_hospital_is_not_enough() -> None:
    study = replace(STUDY, name="Wang^Wei", patient_id="", accession_number="", issuer="")
    case = replace(CASE, name="Wei Wang", birth_date="19600102", study_date="20250302")
    alone = rank(study, [case], Population(300_000, {"wang": 20_000, "wei": 4_000}))[0]
    assert not (alone.certain and alone.probability >= LINK_ABOVE)


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
    assert not candidate.certain
    assert candidate.same_patient > 0.999
    assert candidate.probability < LINK_ABOVE
    assert "study 7 year(s) before the case's: a prior perhaps" in candidate.reasons


@pytest.mark.parametrize(
    "unlike",
    [{"sex": "M"}, {"accession_numbers": frozenset({"A-2"})}, {"patient_ids": frozenset({("P-2", "NORTH")})}],
)
def test_equal_name_and_birth_date_against_one_strong_contradiction_is_left_to_a_person(unlike: dict) -> None:
    case = {"name": "Jane Miller", "birth_date": "19600102", "study_date": "20250301", "sex": "F"}
    assert decides_alone(STUDY, **case)
    assert not decides_alone(STUDY, **(case | unlike))


def test_two_candidates_of_like_weight_are_left_to_a_person() -> None:
    one = replace(CASE, name="Jane Miller", birth_date="19600102", study_date="20250301")
    first, second = rank(STUDY, [one, replace(one, case_id=2)])
    assert not first.certain
    assert not second.certain
    assert first.probability == pytest.approx(0.5, abs=0.01)


def test_of_two_cases_of_one_patient_the_one_with_the_accession_number_is_linked() -> None:
    one = replace(CASE, name="Jane Miller", birth_date="19600102", accession_numbers=frozenset({"A-1"}))
    other = replace(one, case_id=2, accession_numbers=frozenset(), study_date="20240110")
    first, *_ = rank(STUDY, [other, one])
    assert (first.case_id, first.certain) == (1, True)
    assert first.probability >= LINK_ABOVE


def test_accession_number_counts_only_within_its_issuer() -> None:
    case = replace(CASE, accession_numbers=frozenset({"A-1"}), accession_issuers=frozenset({("A-1", "SOUTH")}))
    assert "accession number equal" in rank(STUDY, [replace(case, name="Jane Miller")])[0].reasons
    (candidate,) = rank(replace(STUDY, accession_issuer="NORTH"), [replace(case, name="Jane Miller")])
    assert "accession number equal" not in candidate.reasons
    assert not candidate.certain


def test_another_accession_number_of_the_same_issuer_contradicts_and_of_another_says_nothing() -> None:
    study = replace(STUDY, accession_issuer="NORTH")
    agreeing = AGREEING | {"study_uids": frozenset(), "accession_numbers": frozenset({"A-2"}), "study_date": "20250301"}
    same, other = (frozenset({("A-2", issuer)}) for issuer in ("north", "SOUTH"))
    assert not decides_alone(study, **agreeing, accession_issuers=same)
    assert decides_alone(study, **agreeing, accession_issuers=other)
    oid = frozenset({("A-2", "1.2.840.77")})  # it may be the same issuer, by another kind of name
    assert not decides_alone(study, **agreeing, accession_issuers=oid)


def test_issuers_of_a_case_s_accession_numbers_are_kept_and_compared(gate, part10) -> None:
    issuer = Dataset()
    issuer.LocalNamespaceEntityID = "NORTH"
    told = {"accession_numbers": ["A-2"], "accession_issuers": [{"id": "A-2", "issuer": "NORTH"}]}
    number = gate.case(**told)
    elsewhere = gate.case(**told | {"accession_issuers": [{"id": "A-2", "issuer": "SOUTH"}]}, question="elsewhere")
    gate.receive(part10(AccessionNumber="A-2", IssuerOfAccessionNumberSequence=[issuer]))
    gate.run()
    with gate.node.identity.read() as session:
        case = case_of(session, 1)
        assert case_view(session, elsewhere)["accession_issuers"] == [{"id": "A-2", "issuer": "SOUTH"}]
    assert case is not None and case.case_number == number


def test_stopgaps_in_the_place_of_identifiers_are_no_evidence() -> None:
    study = replace(STUDY, accession_number="0", patient_id="UNKNOWN")
    case = replace(CASE, accession_numbers=frozenset({"0"}), patient_ids=frozenset({("unknown", "")}), sex="F")
    assert [each.reasons for each in rank(study, [case])] == [("sex equal",)]


def test_sharing_a_rare_name_says_more_than_sharing_a_common_one() -> None:
    def said(name: str) -> float:
        case = replace(CASE, name=name, birth_date="19600102")
        (candidate,) = rank(replace(STUDY, name=name), [case], Population(100_000, {}))
        return candidate.same_patient

    assert said("Wang Wei") < said("Miller Jane") < said("Ficklscherer Notburga")


def test_name_counts_as_common_where_many_open_cases_bear_it() -> None:
    case = replace(CASE, name="Notburga Ficklscherer", birth_date="19600102")
    study = replace(STUDY, name="Ficklscherer^Notburga")
    rare = rank(study, [case], Population(10_000, {}))[0]
    common = rank(study, [case], Population(10_000, {"ficklscherer": 900, "notburga": 400}))[0]
    assert common.same_patient < rare.same_patient


def test_more_open_cases_make_a_pair_less_probable() -> None:
    case = replace(CASE, name="Jane Miller", birth_date="19600102", sex="F")
    few, many = (
        rank(STUDY, [case], Population(cases, {"jane": cases // 100, "miller": cases // 100}))[0].same_patient
        for cases in (100, 100_000)
    )
    assert many < few


def test_words_of_the_report_speak_for_the_examination_it_describes() -> None:
    study = replace(STUDY, description="CT des Schädels", body_part="")
    case = replace(CASE, name="Jane Miller", birth_date="19600102")
    fitting = replace(case, said_modalities=frozenset({"CT"}), said_body_parts=frozenset({"HEAD"}))
    other = replace(case, case_id=2, said_modalities=frozenset({"MR"}), said_body_parts=frozenset({"KNEE"}))
    first, second = rank(study, [other, fitting])
    assert (first.case_id, second.case_id) == (1, 2)
    assert {"modality as the report's words", "body part as the report's words"} <= set(first.reasons)


def test_every_row_of_the_table_can_be_met_and_is_a_probability() -> None:
    for row, weight in WEIGHTS.items():
        assert 0 < weight.belongs <= 1, row
        assert 0 < weight.other_examination <= 1, row
        assert 0 < weight.other_patient <= (1 if not weight.rated else 20), row
