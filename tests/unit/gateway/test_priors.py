"""Priors: older studies of a case are shown beside the one in question, are read by nobody and cost nothing."""

import pytest

from gateway.billing import as_json, invoice
from gateway.cases import case_view
from gateway.decisions import match_by_person, unmatch_by_person
from gateway.desk.at_desk import study_at_desk
from gateway.matching.priors import LinkedStudy, find_priors
from gateway.returns import take_signed
from worklist.details import item_detail
from worklist.principal import Principal

OLD = {"StudyInstanceUID": "1.2.9", "SeriesInstanceUID": "1.2.9.1", "StudyDate": "20210301"}
ADMIN = Principal("admin", "admin", None, "token")


@pytest.fixture
def number(gate) -> str:
    return gate.case(study_date="2025-03-01")


def receive(gate, part10, number: int, **elements: str) -> str:
    gate.receive(part10(number, **elements))
    assert gate.run(number) == "enlist"
    return str(gate.study(number).study_uid)


@pytest.fixture
def both(gate, part10, number) -> tuple[str, str]:
    """Return the study in question and its prior, both with the readers."""
    return receive(gate, part10, 1, StudyDate="20250301"), match_prior(gate, part10, 2, number)


def match_prior(gate, part10, number: int, case: str) -> str:
    gate.receive(part10(number, **OLD))
    assert gate.run(number) == "match"  # an older study of the patient is a person's matter
    study_uid = str(gate.study(number).study_uid)
    match_by_person(gate.node, case, study_uid, actor="clerk")
    assert gate.run(number) == "enlist"
    return study_uid


def priors(gate, case: str) -> list[bool]:
    with gate.node.identity.read() as session:
        return [each["prior"] for each in case_view(session, case)["studies"]]


def detail(gate, study_uid: str) -> dict:
    with gate.node.reading.read() as session:
        return item_detail(session, ADMIN, gate.item(study_uid).id, gate.node.clock())


def test_prior_is_published_beside_its_study_and_put_before_nobody(gate, number, both) -> None:
    study, prior = both
    assert priors(gate, number) == [False, True]
    assert (gate.item(study).state, gate.item(prior)) == ("open", None)
    assert gate.study(2).state == "published"
    (shown,) = detail(gate, study)["priors"]
    assert (shown["study_uid"], shown["modality"]) == (prior, "CT")


def test_read_of_a_study_with_a_prior_is_billed_once(gate, both) -> None:
    study, _ = both
    gate.sign(study)
    take_signed(gate.node)
    assert [line["study_uid"] for line in as_json(invoice(gate.node, "north", "2025-03"))["lines"]] == [study]


def test_old_study_alone_is_the_one_in_question(gate, part10, number) -> None:
    study = match_prior(gate, part10, 1, number)
    assert (priors(gate, number), gate.item(study).state) == ([False], "open")


def test_study_on_the_worklist_leaves_it_when_a_newer_one_shows_that_it_is_a_prior(gate, part10, number) -> None:
    prior = match_prior(gate, part10, 1, number)
    before = gate.study(1).wanted_revision
    receive(gate, part10, 2, StudyDate="20250301")
    assert gate.study(1).wanted_revision == before + 1
    gate.run(1)
    assert gate.item(prior).state == "cancelled"
    unmatch_by_person(gate.node, number, gate.study(2).study_uid, actor="clerk")
    gate.run(1)
    assert gate.item(prior).state == "open"


def test_study_that_a_reader_has_signed_stays_read_though_a_newer_one_comes(gate, part10, number) -> None:
    study = match_prior(gate, part10, 1, number)
    gate.sign(study)
    take_signed(gate.node)
    receive(gate, part10, 2, StudyDate="20250301")
    gate.run(1)
    assert gate.item(study).state == "signed"


def test_study_that_the_case_names_is_no_prior(gate, part10) -> None:
    number = gate.case(study_date="2025-03-01", study_uids=["1.2.9", "1.2.826.0.1.3680043.10.2"])
    receive(gate, part10, 1, StudyDate="20250301")
    receive(gate, part10, 2, **OLD)
    assert priors(gate, number) == [False, False]


@pytest.mark.parametrize(
    ("days", "case_date", "expected"),
    [
        (["20250301", "20210301"], "20250301", {1}),
        (["20250301", "20250228"], "20250301", set()),
        (["20210301", "20200301"], "20250301", set()),  # all are older: the case is about them
        (["20210301", "20200301"], "", {1}),
        (["20250301", ""], "20250301", set()),
    ],
)
def test_priors_by_their_dates(days: list[str], case_date: str, expected: set[int]) -> None:
    studies = [LinkedStudy(number, day) for number, day in enumerate(days)]
    assert find_priors(studies, case_date=case_date) == expected


def test_desk_says_which_study_is_a_prior(gate, both) -> None:
    with gate.node.identity.read() as session:
        assert [study_at_desk(session, gate.node, each)["prior"] for each in both] == [False, True]
