"""Ranking is a function of what is said: the order of the cases does not matter, and a probability is one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.matching import CaseKeys, StudyKeys, rank
from gateway.matching.names import compare_names

NAMES = st.sampled_from(["", "Müller^Hans", "Hans Mueller", "Wang^XiaoMing=王^小明", "王小明", "山田太郎", "Doe^Jane"])
DATES = st.sampled_from(["", "20250301", "20250303", "20240101", "nonsense", "19600102"])
WORDS = st.sampled_from(["", "A", "B"])
SEXES = st.sampled_from(["", "M", "F", "O"])

STUDIES = st.builds(
    StudyKeys,
    study_instance_uid=WORDS,
    accession_number=WORDS,
    patient_id=WORDS,
    issuer=WORDS,
    name=NAMES,
    birth_date=DATES,
    sex=SEXES,
    study_date=DATES,
    modality=WORDS,
    body_part=WORDS,
    case_numbers=st.frozensets(st.sampled_from(["1", "2"])),
)
CASES = st.builds(
    CaseKeys,
    case_id=st.just(0),
    case_number=st.sampled_from(["1", "2", "3"]),
    study_uids=st.frozensets(WORDS),
    accession_numbers=st.frozensets(WORDS),
    patient_ids=st.frozensets(st.tuples(WORDS, WORDS)),
    name=NAMES,
    birth_date=DATES,
    sex=SEXES,
    study_date=DATES,
    report_date=DATES,
    modality=WORDS,
    body_part=WORDS,
)


def numbered(cases: list[CaseKeys]) -> list[CaseKeys]:
    from dataclasses import replace

    return [replace(case, case_id=number) for number, case in enumerate(cases)]


@settings(max_examples=150, deadline=None)
@given(STUDIES, st.lists(CASES, max_size=6), st.randoms())
def test_rank_does_not_depend_on_the_order_of_the_cases(study, cases, random) -> None:
    cases = numbered(cases)
    shuffled = random.sample(cases, len(cases))
    assert rank(study, cases) == rank(study, shuffled)


@settings(max_examples=150, deadline=None)
@given(STUDIES, st.lists(CASES, min_size=1, max_size=6))
def test_probabilities_are_probabilities_and_fall(study, cases) -> None:
    found = [candidate.probability for candidate in rank(study, numbered(cases))]
    assert all(0.0 <= probability <= 1.0 for probability in found)
    assert found == sorted(found, reverse=True)


@settings(max_examples=200, deadline=None)
@given(STUDIES, CASES)
def test_no_candidate_is_certain_against_a_contradiction(study, case) -> None:
    for candidate in rank(study, [case]):
        contradictions = {"birth date different", "sex different", "name different", "accession number different"}
        assert not (candidate.certain and contradictions & set(candidate.reasons))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_comparing_names_is_symmetric_and_never_fails(one, other) -> None:
    assert compare_names(one, other) is compare_names(other, one)
