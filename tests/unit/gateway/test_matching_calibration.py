"""What the matcher promises is kept: of the pairs that it gives a probability, at least that share belongs together.

The people are made up with a known truth (`tests/benchmarks/made_up_people.py`); what a hospital leaves out is taken
away from the cases besides, so that there are pairs of every probability. How often an older study comes along as a
prior, and how often a study is of another examination, is as `ranking.py` and `weights.py` believe: of these two no
header tells one from the other. A share may fall short of what was promised by three standard deviations of a binomial
count and one pair.
"""

import importlib.util
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from math import sqrt
from pathlib import Path
from random import Random

import pytest

from gateway.matching import CaseKeys, Population, StudyKeys, rank
from gateway.matching.blocking import RARE, case_block_keys, study_block_keys

PEOPLE, STUDIES = 1500, 400
MADE_UP = Path(__file__).parents[2] / "benchmarks" / "made_up_people.py"
BINS = ((0.98, 1.01), (0.9, 0.98), (0.5, 0.9), (0.1, 0.5))
SILENT = {
    "as hospitals write": {},
    "no identifier of the study": {"study_uids": frozenset(), "accession_numbers": frozenset()},
    "names and dates only": {
        "study_uids": frozenset(), "accession_numbers": frozenset(), "patient_ids": frozenset(), "sex": "",
        "modality": "", "body_part": "",
    },
}  # fmt: skip
KINDS = {"own": 84, "prior": 9, "older": 2.8, "later": 2.8, "same day": 0.4, "stranger": 1}
Said = list[tuple[float, bool]]


@pytest.fixture(scope="module")
def made_up():
    spec = importlib.util.spec_from_file_location("made_up_people", MADE_UP)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def said_of(studies: list[tuple[StudyKeys, int, int]], cases: list[CaseKeys]) -> tuple[Said, Said]:
    """Return what was said of each candidate and whether it is true; of those linked alone, whether the patient is."""
    index: dict[int, set[int]] = defaultdict(set)
    words: Counter[str] = Counter()
    for case in cases:
        keys = case_block_keys("north", case)
        words.update(keys.terms.keys())
        for key in keys.numbers:
            index[key].add(case.case_id)
    said, alone = [], []
    for study, truth, patient in studies:
        keys = study_block_keys("north", study)
        rare = {key for word, key in keys.terms.items() if words[word] <= RARE}
        near = set().union(*(index.get(key, ()) for key in keys.naming | keys.narrowing | rare))
        for candidate in rank(study, [cases[each] for each in near], Population(len(cases), words)):
            said.append((candidate.probability, candidate.case_id == truth))
            if candidate.certain:
                alone.append((candidate.probability, candidate.case_id == patient))
    return said, alone


def arrivals(made_up, people, random: Random):
    """Yield studies, the place of the case that each belongs to, -1 for none, and of the one that its patient has."""
    for place in random.sample(range(PEOPLE), STUDIES):
        kind = random.choices(tuple(KINDS), tuple(KINDS.values()))[0]
        examined, truth, number = people[place], place, place
        if kind == "stranger":
            examined, truth, number = made_up.people(1, seed=random.randrange(10**9))[0], -1, -1
        elif kind != "own":
            examined = made_up.another_examination(people[place], random)
            truth, number = (place if kind == "prior" else -1), -1
        if kind == "later":
            day = date.fromisoformat(people[place].day) + timedelta(days=random.randrange(20, 400))
            examined = replace(examined, day=f"{day:%Y%m%d}")
        elif kind == "same day":
            examined = replace(examined, day=people[place].day)
        yield made_up.study_of(examined, number, random, people), truth, -1 if kind == "stranger" else place


@pytest.fixture(scope="module")
def told(made_up) -> tuple[Said, Said]:
    people = made_up.people(PEOPLE)
    said, alone = [], []
    for number, silent in enumerate(SILENT.values()):
        random = Random(number)
        cases = [replace(made_up.case_of(each, place, random), **silent) for place, each in enumerate(people)]
        studies = list(arrivals(made_up, people, random))
        if silent:
            studies = [(replace(study, case_numbers=frozenset()), *truth) for study, *truth in studies]
        more, more_alone = said_of(studies, cases)
        said, alone = said + more, alone + more_alone
    return said, alone


@pytest.mark.parametrize(("low", "high"), BINS)
def test_share_of_true_pairs_is_not_below_what_was_promised(told, low: float, high: float) -> None:
    inside = [each for each in told[0] if low <= each[0] < high]
    promised = sum(probability for probability, _ in inside)
    margin = 3 * sqrt(sum(probability * (1 - probability) for probability, _ in inside)) + 1
    assert len(inside) >= 5
    assert sum(true for _, true in inside) >= promised - margin


def test_what_is_linked_alone_is_of_the_right_patient_without_exception(told) -> None:
    linked = [true for probability, true in told[1] if probability >= 0.98]
    assert len(linked) > STUDIES
    assert all(linked)
