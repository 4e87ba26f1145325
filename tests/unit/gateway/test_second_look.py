"""Waiting studies look again when cases come or change: those near them, many at once, and never for nothing."""

import pytest
from sqlalchemy import func, select

from config.case_number import CaseNumber
from gateway.cases import close_case
from gateway.decisions import match_by_person, reject_by_person
from gateway.desk.case_form import correct_case
from gateway.links import case_of, history_of_study
from gateway.matching.models import SecondLook, StudyBlock
from gateway.models import Study
from gateway.pipeline import second_look
from gateway.pipeline.second_look import look_again
from gateway.studies import purge, release

WHO = {"name": "Planted^Identity", "birth_date": "1950-03-04", "ids": [{"id": "PATIENT-1", "type": "MR"}]}
STRANGER = {"PatientID": "PATIENT-9", "PatientName": "Okafor^Chidi", "PatientBirthDate": "19800506"}


@pytest.fixture
def waiting(gate, part10):
    """Let some studies of as many patients wait for their cases; return how to make more."""

    def make(*patients: dict[str, str]) -> None:
        for patient in patients:
            number = len(gate.studies()) + 1
            uids = {"StudyInstanceUID": f"1.2.9.{number}", "SeriesInstanceUID": f"1.2.9.{number}.1"}
            gate.receive(part10(number, **uids, **patient))
            assert gate.run(number) == "match"
            finish(gate, number)

    return make


def finish(gate, number: int) -> None:
    """Let a study's workflow be over, as the workflow itself notes it."""
    with gate.node.identity.write() as session:
        study = session.get_one(Study, number)
        study.started_revision = study.finished_revision = study.wanted_revision


def reasons(gate, model=SecondLook) -> list[int]:
    with gate.node.identity.read() as session:
        return list(session.scalars(select(model.study_id).distinct().order_by(model.study_id)))


def linked(gate, number: int) -> str | None:
    with gate.node.identity.read() as session:
        case = case_of(session, number)
        return case.case_number if case else None


def revisions(gate) -> list[int]:
    return [study.wanted_revision for study in gate.studies()]


def test_late_case_is_shown_to_the_study_that_bears_its_number_whoever_that_is_of(gate, waiting) -> None:
    number = CaseNumber.draw().value
    waiting(STRANGER | {"PatientID": "K9", "PatientSex": "M", "PatientComments": number})
    gate.case(patient=WHO | {"sex": "F"}, case_number=number)
    assert look_again(gate.node) == 1
    assert (linked(gate, 1), [each["case_number"] for each in gate.study().candidates]) == (None, [number])


def test_late_case_is_looked_at_by_the_studies_near_it_and_links_the_one_that_is_its_own(gate, waiting) -> None:
    waiting({}, STRANGER)
    before = revisions(gate)
    number = gate.case(patient=WHO)
    assert reasons(gate) == [1]
    assert look_again(gate.node) == 1
    assert [linked(gate, each) for each in (1, 2)] == [number, None]
    assert [study.state for study in gate.studies()] == ["arriving", "unmatched"]
    assert revisions(gate) == [before[0] + 1, before[1]]
    assert (reasons(gate), reasons(gate, StudyBlock)) == ([], [1, 2])
    assert look_again(gate.node) == 0
    assert gate.run() == "enlist"


def test_study_that_is_not_sure_of_a_late_case_is_shown_it_without_a_workflow(gate, waiting) -> None:
    waiting({})
    before = revisions(gate)
    number = gate.case(patient={"name": "Planted^Identity"})
    assert look_again(gate.node) == 1
    study = gate.study()
    assert [each["case_number"] for each in study.candidates] == [number]
    assert (study.state, study.reason) == ("unmatched", "a person must say whether the one candidate is its case")
    assert (revisions(gate), reasons(gate), reasons(gate, StudyBlock)) == (before, [], [1])


def test_case_that_only_shares_a_key_costs_no_ranking(gate, waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting({"PatientBirthDate": "19500304", "PatientSex": "M"})
    gate.case(patient={"name": "Quite^Another", "birth_date": "1950-04-03", "sex": "F", "ids": [{"id": "X-77"}]})
    assert reasons(gate) == [1]
    ranked = []
    monkeypatch.setattr(second_look, "decide", lambda session, node, studies, linked: ranked.extend(studies) or [])
    assert look_again(gate.node) == 1
    assert (ranked, reasons(gate)) == ([], [])


@pytest.mark.parametrize("how", ["closed", "corrected"])
def test_study_is_linked_once_the_case_that_stood_in_the_way_is_gone(gate, waiting, how: str) -> None:
    waiting({})
    number, rival = gate.case(patient=WHO), gate.case(patient=WHO, question="Another question")
    look_again(gate.node)
    assert (linked(gate, 1), len(gate.study().candidates)) == (None, 2)
    if how == "closed":
        close_case(gate.node, rival, actor="clerk")
    else:
        patient = {"name": "Quite^Different", "birth_date": "1999-12-31", "sex": "F", "ids": ()}
        correct_case(gate.node, rival, **patient, actor="clerk")
    assert look_again(gate.node) == 1
    assert linked(gate, 1) == number


def test_decision_that_was_not_written_is_made_again_and_only_once(gate, waiting, monkeypatch) -> None:
    waiting({})
    number = gate.case(patient=WHO)

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(second_look, "put_on_its_way", killed)
        with pytest.raises(KeyboardInterrupt):
            look_again(gate.node)
    assert (linked(gate, 1), reasons(gate)) == (None, [1])
    assert (look_again(gate.node), look_again(gate.node)) == (1, 0)
    with gate.node.identity.read() as session:
        assert [each["case_number"] for each in history_of_study(session, 1)] == [number]
    assert [action for action, _ in gate.audited()].count("match") == 1


def test_case_that_comes_while_the_study_is_ranked_is_not_overlooked(gate, waiting, monkeypatch) -> None:
    waiting({})
    gate.case(patient=WHO)
    rank_studies = second_look.decide

    def slowly(session, node, studies, linked):
        decisions = rank_studies(session, node, studies, linked)
        gate.case(patient=WHO, question="Another question")
        return decisions

    with monkeypatch.context() as patched:
        patched.setattr(second_look, "decide", slowly)
        look_again(gate.node)
    assert (linked(gate, 1), reasons(gate)) == (None, [1])
    look_again(gate.node)
    assert (linked(gate, 1), len(gate.study().candidates)) == (None, 2)


@pytest.mark.parametrize("act", [match_by_person, None], ids=["linked by a person", "purged"])
def test_what_a_person_does_while_the_study_is_ranked_stands(gate, waiting, monkeypatch, act) -> None:
    waiting({})
    gate.case(patient=WHO)
    other = gate.case(patient={"name": "Somebody^Else"})
    rank_studies = second_look.decide

    def slowly(session, node, studies, linked):
        decisions = rank_studies(session, node, studies, linked)
        if act is None:
            purge(node, gate.study().study_uid, actor="clerk")
        else:
            act(node, other, gate.study().study_uid, actor="clerk")
        return decisions

    monkeypatch.setattr(second_look, "decide", slowly)
    look_again(gate.node)
    assert linked(gate, 1) == (other if act else None)
    gate.run()
    assert (reasons(gate), reasons(gate, StudyBlock)) == ([], [])
    assert look_again(gate.node) == 0


def test_not_this_one_said_while_a_published_study_is_ranked_stands(gate, part10, monkeypatch) -> None:
    gate.receive(part10())
    release(gate.node, gate.study().study_uid, actor="clerk")
    assert gate.run() == "enlist"
    finish(gate, 1)
    number = gate.case()
    rank_studies = second_look.decide

    def slowly(*asked):
        decisions = rank_studies(*asked)
        reject_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
        return decisions

    with monkeypatch.context() as patched:
        patched.setattr(second_look, "decide", slowly)
        look_again(gate.node)
    gate.run()
    assert (linked(gate, 1), gate.study().candidates) == (None, [])


def test_study_whose_workflow_is_under_way_looks_there(gate, waiting, part10) -> None:
    waiting({})
    gate.receive(part10(7, StudyInstanceUID="1.2.9.1", SeriesInstanceUID="1.2.9.1.1"))
    number = gate.case(patient=WHO)
    assert (look_again(gate.node), reasons(gate)) == (0, [1])
    assert gate.run() == "enlist"
    assert (linked(gate, 1), reasons(gate)) == (number, [])


def test_study_that_cannot_be_looked_at_goes_to_its_workflow_and_keeps_nobody_waiting(
    gate, waiting, monkeypatch
) -> None:
    waiting({}, STRANGER)
    gate.case(patient=WHO)
    number = gate.case(patient={"name": "Chidi Okafor", "birth_date": "1980-05-06", "ids": [{"id": "PATIENT-9"}]})
    before = revisions(gate)
    rank_studies = second_look.decide

    def failing(session, node, studies, linked):
        if any(study.id == 1 for study in studies):
            raise ValueError
        return rank_studies(session, node, studies, linked)

    monkeypatch.setattr(second_look, "decide", failing)
    assert look_again(gate.node) == 2
    assert ([linked(gate, each) for each in (1, 2)], reasons(gate)) == ([None, number], [])
    assert revisions(gate) == [each + 1 for each in before]


def test_text_beside_the_images_that_names_a_late_case_is_read_by_the_workflow(gate, waiting) -> None:
    waiting({})
    attachment = {"path": "letter.txt", "door": "upload"}
    gate.receive(b"Dear colleague, please look at these images.\n", **attachment)
    with gate.node.identity.write() as session:
        from gateway.attachment_models import Attachment

        (row,) = session.scalars(select(Attachment)).all()
        row.text, row.state = "Dear colleague", "done"
    before = revisions(gate)
    gate.case(patient=WHO)
    look_again(gate.node)
    assert (linked(gate, 1), revisions(gate), reasons(gate)) == (None, [before[0] + 1], [])


def test_list_of_cases_links_every_waiting_study_once(gate, waiting) -> None:
    names = ["Abel", "Bruno", "Clara", "Dora", "Emil", "Frida"]
    waiting(*({"PatientName": f"Musterfrau^{name}", "PatientID": f"L-{name}"} for name in names))
    for name in names:
        gate.case(patient={"name": f"{name} Musterfrau", "ids": [{"id": f"L-{name}", "type": "MR"}]})
    assert look_again(gate.node) == len(names)
    assert len({linked(gate, number) for number in range(1, len(names) + 1)} - {None}) == len(names)
    with gate.node.identity.read() as session:
        assert session.scalar(select(func.count()).select_from(SecondLook)) == 0
    assert [action for action, _ in gate.audited()].count("match") == len(names)
