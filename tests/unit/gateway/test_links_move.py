"""Corrections and merges move links with their history, and what becomes known later is searched for again."""

import threading

import pytest
from sqlalchemy import select

from config.errors import Conflict
from gateway import merging
from gateway.accepting import accept
from gateway.case_reports import receive
from gateway.decisions import match_by_person, reject_by_person, unmatch_by_person
from gateway.desk.case_form import correct_case
from gateway.desk_models import Rejection
from gateway.links import case_of, history_of_case, history_of_study
from gateway.merging import merge_cases
from gateway.models import Case
from gateway.pipeline import search_again
from gateway.returns import take_signed
from gateway.sites import SiteChange, set_site
from gateway.studies import purge
from worklist.models import Charge, PublishedInstance, PublishedStudy

PATIENT = {"name": "Planted^Identity", "ids": [{"id": "PATIENT-1", "type": "MR"}]}


def linked(gate):
    with gate.node.identity.read() as session:
        case = case_of(session, 1)
        return case.case_number if case else None


def ordered(gate, obr: str) -> str:
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250314||ORM^O01|{len(obr)}|P|2.5.1"
    message = "\r".join((header, "PID|1||PATIENT-1^^^^MR||Planted^Identity||19500304", "ORC|NW|PL-1", obr))
    (filed,) = receive(gate.node, site="north", payload=message.encode(), content_type="", file_name="", actor="casey")
    return filed.case_number


def instances(gate):
    with gate.node.reading.read() as session:
        return len(session.scalars(select(PublishedInstance)).all())


def test_merge_moves_the_link_the_numbers_and_the_names_and_closes_the_other(gate, part10) -> None:
    gone = gate.case(
        patient={"name": "Planted^Identity", "ids": [{"id": "PATIENT-1", "type": "MR"}]}, question="Bleeding?"
    )
    gate.receive(part10())
    assert gate.run() == "enlist"
    kept = gate.case(patient={"name": "Married^Identity", "ids": [{"id": "PATIENT-9"}]}, accession_numbers=["A-9"])
    merge_cases(gate.node, kept, gone, actor="casey")
    assert linked(gate) == kept
    with gate.node.identity.read() as session:
        case = session.scalars(select(Case).where(Case.case_number == kept)).one()
        old = session.scalars(select(Case).where(Case.case_number == gone)).one()
        assert {each["id"] for each in case.patient_ids} == {"PATIENT-1", "PATIENT-9"}
        assert (old.state, old.merged_into_id, case.question) == ("closed", case.id, "Bleeding?")
        history = [(each["case_number"], each["how"]) for each in history_of_study(session, 1)]
        assert history == [(gone, "auto"), (kept, "merge")]
        assert history_of_case(session, old.id)[0]["ended_because"].endswith(f"merged into case {kept}")
    assert gate.run() == "enlist"
    with gate.node.reading.read() as session:
        assert session.scalars(select(PublishedStudy)).one().case_number == kept
    assert ("case-merged", kept) in gate.audited()


def test_number_of_a_merged_case_means_the_case_that_took_it_in(gate, part10) -> None:
    first, second, kept = (gate.case(patient={"name": f"{given}^Identity"}) for given in ("Planted", "Ann", "Eve"))
    merge_cases(gate.node, second, first, actor="casey")
    merge_cases(gate.node, kept, second, actor="casey")
    gate.receive(part10(StudyID=first))
    assert gate.run() == "enlist"
    assert linked(gate) == kept
    with gate.node.identity.read() as session:
        assert "case number equal" in history_of_study(session, 1)[0]["reasons"]


def test_merge_leaves_a_signed_study_where_it_is_and_refuses_what_makes_no_sense(gate) -> None:
    study = gate.publish()
    gone = linked(gate)
    gate.sign(study.study_uid)
    take_signed(gate.node)
    kept = gate.case(patient={"name": "Somebody^Else"})
    south = gate.case(site="south")
    for one, other in ((kept, kept), (kept, south)):
        with pytest.raises(Conflict):
            merge_cases(gate.node, one, other, actor="casey")
    merge_cases(gate.node, kept, gone, actor="casey")
    assert linked(gate) == gone
    with pytest.raises(Conflict, match="closed"):
        merge_cases(gate.node, kept, gone, actor="casey")


def test_correction_ends_a_link_that_the_matcher_would_not_make_now(gate) -> None:
    study = gate.publish()
    number = linked(gate)
    gate.pass_time(minutes=5)
    correct_case(gate.node, number, name="Quite^Different", birth_date="", sex="F", ids=(), actor="casey")
    assert gate.run() == "match"
    assert (linked(gate), gate.study().state) == (None, "unmatched")
    assert gate.item(study.study_uid).state == "cancelled"
    with gate.node.identity.read() as session:
        (entry,) = history_of_study(session, 1)
    assert (entry["ended_by"], entry["ended_at"] is not None) == ("matcher", True)


def test_merge_keeps_a_person_s_word_that_a_study_does_not_belong(gate, part10) -> None:
    gone = gate.case()
    gate.receive(part10())
    reject_by_person(gate.node, gone, gate.study().study_uid, actor="casey")
    assert gate.run() == "match"
    kept = gate.case(patient={"name": "Somebody^Else", "ids": [{"id": "PATIENT-9"}]})
    merge_cases(gate.node, kept, gone, actor="casey")
    assert gate.run() == "match"
    assert (linked(gate), gate.study().candidates) == (None, [])


def test_merge_leaves_a_study_whose_signature_this_zone_has_not_heard_of(gate) -> None:
    study = gate.publish()
    gone = linked(gate)
    gate.sign(study.study_uid)
    merge_cases(gate.node, gate.case(patient={"name": "Somebody^Else"}), gone, actor="casey")
    take_signed(gate.node)
    assert linked(gate) == gone


@pytest.mark.parametrize("by_person", [False, True])
def test_link_that_a_merge_moved_is_judged_again_unless_a_person_made_it(gate, part10, by_person: bool) -> None:
    gone = gate.case(patient={"name": "Somebody^Else"} if by_person else PATIENT)
    gate.receive(part10())
    gate.run()
    if by_person:
        match_by_person(gate.node, gone, gate.study().study_uid, actor="casey")
        gate.run()
    kept = gate.case(question="Bleeding?")
    merge_cases(gate.node, kept, gone, actor="casey")
    gate.run()
    assert linked(gate) == kept
    gate.pass_time(minutes=5)
    correct_case(gate.node, kept, name="Quite^Different", birth_date="1987-01-02", sex="F", ids=(), actor="casey")
    gate.run()
    assert linked(gate) == (kept if by_person else None)


def test_correction_that_fills_a_blank_which_contradicts_ends_the_link(gate, part10) -> None:
    number = gate.case()
    gate.receive(part10(PatientBirthDate="19500304", PatientSex="M"))
    assert gate.run() == "enlist"
    gate.pass_time(minutes=5)
    correct_case(gate.node, number, name="", birth_date="1987-11-21", sex="F", ids=(), actor="casey")
    assert gate.run() == "match"
    assert (linked(gate), gate.item(gate.study().study_uid).state) == (None, "cancelled")


@pytest.mark.parametrize(("accession", "ends"), [("A-1", False), ("B-2", True)])
def test_later_order_ends_the_link_of_a_study_that_bears_another_accession_number(
    gate, part10, accession: str, ends: bool
) -> None:
    number = ordered(gate, "OBR|1|PL-1||CT^CT Head")
    gate.receive(part10(AccessionNumber="A-1", StudyID=number, PatientBirthDate="19500304"))
    assert (gate.run(), linked(gate)) == ("enlist", number)
    gate.pass_time(minutes=5)
    assert ordered(gate, f"OBR|1|PL-1||CT^CT Head||||||||||||||{accession}") == number
    gate.run()
    assert linked(gate) == (None if ends else number)


def test_correction_leaves_a_person_s_link_and_a_signed_one(gate, part10) -> None:
    number = gate.case(patient={"name": "Somebody^Else"})
    gate.receive(part10())
    gate.run()
    match_by_person(gate.node, number, gate.study().study_uid, actor="casey")
    gate.run()
    gate.pass_time(minutes=5)
    correct_case(gate.node, number, name="Quite^Different", birth_date="", sex="", ids=(), actor="casey")
    gate.run()
    assert linked(gate) == number


@pytest.fixture
def released(gate, part10):
    """Publish a study without a case, whose description bears a name that nobody knows yet."""
    set_site(gate.node, "north", SiteChange(require_case=False), actor="test")
    gate.receive(part10(1, SeriesDescription="KOPF"))
    gate.receive(part10(2))
    assert gate.run() == "enlist"
    return gate.study()


def test_name_that_becomes_known_later_is_found_in_what_is_published_and_holds_the_study(gate, released) -> None:
    number = gate.case(patient={"name": "Kopf^Hanna"})
    match_by_person(gate.node, number, released.study_uid, actor="casey")
    assert gate.run() == "assess"
    assert gate.study().state == "held" and gate.study().flagged
    assert sorted(gate.dispositions()) == [("published", None), ("quarantined", "identity-found-later")]
    assert instances(gate) == 1
    assert gate.item(released.study_uid).state == "cancelled"
    assert ("identity-found-later", released.study_uid) in gate.audited()
    accept(gate.node, released.study_uid, actor="casey")
    assert gate.run() == "enlist"
    assert gate.study().state == "published"


def test_nothing_is_searched_twice_and_nothing_found_changes_nothing(gate, released, monkeypatch) -> None:
    number = gate.case(patient={"name": "Planted^Identity"})
    match_by_person(gate.node, number, released.study_uid, actor="casey")
    assert gate.run() == "enlist"
    searched = gate.study().searched_for
    monkeypatch.setattr("gateway.pipeline.search_again.verify", lambda *_: pytest.fail("searched again"))
    match_by_person(gate.node, number, released.study_uid, actor="casey")
    assert gate.run() == "enlist"
    assert (gate.study().searched_for, instances(gate)) == (searched, 2)


def test_what_was_made_of_a_study_goes_with_the_identity_that_is_found_in_one_of_its_objects(gate, released) -> None:
    blobs = [each.derived_blob for each in gate.objects()]
    for blob in blobs:  # the metadata of a whole study lies with its first object, whichever is found
        gate.node.made.put(blob, "metadata", content=b"KOPF")
    match_by_person(gate.node, gate.case(patient={"name": "Kopf^Hanna"}), released.study_uid, actor="casey")
    assert gate.run() == "assess"
    assert [gate.node.made.get(blob, "metadata") for blob in blobs] == [None, None]
    assert [gate.node.published.exists(blob) for blob in blobs] == [False, True]


@pytest.mark.parametrize("last", ["withdraw_instances", "_take_out"])
def test_search_that_was_broken_off_is_finished_by_the_next_one(gate, released, monkeypatch, last) -> None:
    blobs = [each.derived_blob for each in gate.objects()]
    for blob in blobs:
        gate.node.made.put(blob, "metadata", content=b"KOPF")
    match_by_person(gate.node, gate.case(patient={"name": "Kopf^Hanna"}), released.study_uid, actor="casey")
    sound = getattr(search_again, last)
    with monkeypatch.context() as broken:
        broken.setattr(search_again, last, _crash_after(sound, gate))
        with pytest.raises(_Crash):
            gate.run()
    assert gate.dispositions() == [("published", None), ("published", None)]
    assert gate.run() == "assess"
    assert sorted(gate.dispositions()) == [("published", None), ("quarantined", "identity-found-later")]
    assert gate.study().state == "held" and gate.study().flagged
    assert [gate.node.published.exists(blob) for blob in blobs] == [False, True]
    assert [gate.node.made.get(blob, "metadata") for blob in blobs] == [None, None]


class _Crash(BaseException):
    """The worker is killed."""


def _crash_after(step, gate):
    def crash(*arguments):
        step(*arguments)
        if step.__name__ == "withdraw_instances":
            arguments[0].commit()
        raise _Crash

    return crash


def test_purge_is_not_undone_by_a_corrected_case_and_a_late_object_of_another_patient(gate, part10) -> None:
    study = gate.publish()
    number = linked(gate)
    purge(gate.node, study.study_uid, actor="clerk")
    gate.pass_time(minutes=5)
    correct_case(gate.node, number, name="Quite^Different", birth_date="", sex="F", ids=(), actor="casey")
    gate.receive(part10(2, PatientID="PATIENT-2"))
    assert gate.run() == "match"
    assert (gate.study().state, linked(gate)) == ("purged", number)


def test_purge_while_the_matcher_judges_again_stands(gate, monkeypatch) -> None:
    from gateway.pipeline import judge_again as judging

    study = gate.publish()
    number = linked(gate)
    gate.pass_time(minutes=5)
    correct_case(gate.node, number, name="Quite^Different", birth_date="", sex="F", ids=(), actor="casey")
    sound = judging.take_from_readers

    def purged_in_between(*arguments):
        sound(*arguments)
        purge(gate.node, study.study_uid, actor="clerk")

    monkeypatch.setattr(judging, "take_from_readers", purged_in_between)
    assert gate.run() == "match"
    assert (gate.study().state, linked(gate)) == ("purged", number)


def test_parting_a_purged_study_from_its_case_does_not_bring_it_back(gate) -> None:
    study = gate.publish()
    number = linked(gate)
    purge(gate.node, study.study_uid, actor="clerk")
    unmatch_by_person(gate.node, number, study.study_uid, actor="casey")
    assert (gate.study().state, linked(gate)) == ("purged", None)


@pytest.mark.parametrize("signs", ["while links move", "between the two commits"])
def test_signature_meets_a_merge_before_it_or_after_it_and_never_inside(gate, monkeypatch, signs: str) -> None:
    """The reader signs at the worst instant: the charge and the link name one case, or the coordinator is told."""
    study = gate.publish()
    gone, kept = linked(gate), gate.case(patient={"name": "Somebody^Else"})
    signing = threading.Thread(target=gate.sign, args=(study.study_uid,))
    sound = getattr(merging, "link" if signs.startswith("while") else "set_case_number")

    def meanwhile(*arguments, **words):
        if not signing.ident:
            signing.start()
            signing.join(0.3)  # it would be over by then, were it let in
        assert signing.is_alive(), "the read was signed while its link moved"
        return sound(*arguments, **words)

    monkeypatch.setattr(merging, sound.__name__, meanwhile)
    merge_cases(gate.node, kept, gone, actor="casey")
    signing.join()
    take_signed(gate.node)
    with gate.node.reading.read() as session:
        assert session.scalars(select(Charge)).one().case_number == linked(gate) == kept
    gate.run()
    assert not gate.study().flagged


def test_signature_after_a_merge_that_a_crash_cut_short_is_told_to_the_coordinator(gate, monkeypatch) -> None:
    study = gate.publish()
    gone, kept = linked(gate), gate.case(patient={"name": "Somebody^Else"})
    with monkeypatch.context() as patched:  # the links are committed, and the reading zone hears nothing of it
        patched.setattr(merging, "set_case_number", lambda *_: None)
        merge_cases(gate.node, kept, gone, actor="casey")
    gate.sign(study.study_uid)
    take_signed(gate.node)
    assert (linked(gate), gate.run(), gate.study().flagged) == (kept, "enlist", True)
    unmatch_by_person(gate.node, kept, study.study_uid, actor="casey")
    assert (linked(gate), gate.study().state) == (None, "read")


def test_merge_keeps_a_blind_read_blind(gate) -> None:
    gone, kept = gate.case(blind=True), gate.case(patient={"name": "Somebody^Else"})
    merge_cases(gate.node, kept, gone, actor="casey")
    with gate.node.identity.read() as session:
        assert session.scalars(select(Case).where(Case.case_number == kept)).one().blind


def test_link_by_the_number_of_a_case_that_was_merged_away_holds_when_it_is_judged_again(gate, part10) -> None:
    gone = gate.case(patient={"name": "Planted^Identity", "birth_date": "1950-03-04"})
    gate.receive(part10(StudyID=gone, PatientID="", PatientBirthDate="19500304"))
    assert (gate.run(), linked(gate)) == ("enlist", gone)
    kept = gate.case(patient={"name": "Planted^Identity", "birth_date": "1950-03-04"}, question="Bleeding?")
    merge_cases(gate.node, kept, gone, actor="casey")
    assert (gate.run(), linked(gate)) == ("enlist", kept)
    gate.pass_time(minutes=5)
    correct_case(gate.node, kept, name="", birth_date="", sex="M", ids=(), actor="casey")
    assert (gate.run(), linked(gate)) == ("enlist", kept)


def test_merge_into_a_case_from_which_a_person_parted_the_study_lets_it_wait(gate, part10) -> None:
    kept = gate.case(patient=PATIENT, question="about something else")
    gate.receive(part10())
    gate.run()
    unmatch_by_person(gate.node, kept, gate.study().study_uid, actor="casey")
    gate.run()
    gone = gate.case(patient=PATIENT)
    gate.run()
    assert linked(gate) == gone
    merge_cases(gate.node, kept, gone, actor="casey")
    assert (gate.study().state, linked(gate)) == ("unmatched", None)
    assert gate.run() == "match"
    assert linked(gate) is None
    with gate.node.identity.read() as session:
        assert len(session.scalars(select(Rejection)).all()) == 1
    with gate.node.reading.read() as session:
        assert [each.case_number for each in session.scalars(select(PublishedStudy))] == [None]


@pytest.mark.parametrize(("by_person", "flagged"), [(False, True), (True, False)])
def test_merge_flags_a_study_of_the_case_that_stays_which_a_person_parted_from_the_other(
    gate, part10, by_person, flagged
) -> None:
    gone = gate.case(patient=PATIENT)
    gate.receive(part10())
    gate.run()
    unmatch_by_person(gate.node, gone, gate.study().study_uid, actor="casey")
    gate.run()
    kept = gate.case(patient=PATIENT, question="Bleeding?")
    if by_person:
        match_by_person(gate.node, kept, gate.study().study_uid, actor="casey")
    gate.run()
    assert (linked(gate), gate.study().flagged) == (kept, False)
    merge_cases(gate.node, kept, gone, actor="casey")
    assert (linked(gate), gate.study().flagged) == (kept, flagged)
