"""The pipeline: a study goes on, or waits for a person with a reason; every stage may run twice without harm."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from gateway.decisions import match_by_person
from gateway.models import ReceivedObject
from gateway.pipeline.deidentify import deidentify_study
from gateway.pipeline.enlist import enlist_study
from gateway.pipeline.match import match_study
from gateway.pipeline.outcome import Outcome
from gateway.pipeline.publish import publish
from gateway.pipeline.verify import verify_study
from gateway.quarantine import list_quarantine, release_objects
from gateway.sites import SiteChange, set_site
from gateway.studies import purge, release, reprocess, study_view
from viewer_api.indexing import InstanceHeader
from worklist.models import PublishedInstance, PublishedStudy

Part10 = Callable[..., bytes]


def published_bytes(gate) -> list[bytes]:
    return [path.read_bytes() for path in sorted((gate.node.settings.home / "published").rglob("*")) if path.is_file()]


def staged(gate) -> list[str]:
    return list(gate.node.staging.keys())


def test_matched_study_is_published_and_enlisted(gate) -> None:
    study = gate.publish()
    assert study.state == "published"
    item = gate.item(study.study_uid)
    assert item is not None
    assert item.state == "open"
    assert gate.dispositions() == [("published", None)]


def test_published_study_bears_neither_name_nor_identifiers(gate) -> None:
    gate.publish(AccessionNumber="ACC-77", PatientBirthDate="19600102")
    (payload,) = published_bytes(gate)
    for planted in (b"Planted", b"Identity", b"PATIENT-1", b"ACC-77", b"19600102", b"1.2.826.0.1.3680043.10.2"):
        assert planted not in payload
    with gate.node.reading.read() as session:
        row = session.scalars(select(PublishedStudy)).one()
    assert row.study_uid == gate.study().study_uid


def test_published_study_leaves_nothing_in_staging(gate) -> None:
    gate.publish()
    assert staged(gate) == []


def test_study_without_a_case_waits_as_unmatched_and_nothing_is_published(gate, part10: Part10) -> None:
    gate.receive(part10())
    assert gate.run() == "match"
    assert (gate.study().state, gate.study().reason) == ("unmatched", "waits for a case")
    assert published_bytes(gate) == []


def test_case_that_comes_later_wakes_the_study_and_links_it(gate, part10: Part10) -> None:
    gate.receive(part10())
    gate.run()
    number = gate.case()
    assert gate.run() == "enlist"
    with gate.node.identity.read() as session:
        view = study_view(session, gate.study().study_uid)
    assert (view["state"], view["case"], view["matches"][0]["how"]) == ("published", number, "auto")


def test_case_of_another_site_wakes_nothing(gate, part10: Part10) -> None:
    gate.receive(part10())
    gate.run()
    before = gate.study().wanted_revision
    gate.case(site="south")
    assert gate.study().wanted_revision == before


def test_two_cases_that_fit_leave_the_choice_to_a_person(gate, part10: Part10) -> None:
    numbers = {gate.case(), gate.case(question="twice?")}
    gate.receive(part10())
    assert gate.run() == "match"
    study = gate.study()
    assert study.reason == "a person must decide between the candidates"
    assert {each["case_number"] for each in study.candidates} == numbers
    match_by_person(gate.node, max(numbers), study.study_uid, actor="clerk")
    assert gate.run() == "enlist"
    assert gate.study().candidates == []


def test_site_that_requires_no_case_has_its_study_published_without_one(gate, part10: Part10) -> None:
    set_site(gate.node, "north", SiteChange(require_case=False), actor="test")
    gate.receive(part10())
    assert gate.run() == "enlist"
    assert gate.study().state == "published"


def test_study_released_by_a_person_is_published_without_a_case(gate, part10: Part10) -> None:
    gate.receive(part10())
    gate.run()
    release(gate.node, gate.study().study_uid, actor="clerk")
    assert gate.run() == "enlist"
    assert ("study-released", gate.study().study_uid) in gate.audited()


def test_second_run_changes_nothing(gate) -> None:
    study = gate.publish()
    before, rows, item = published_bytes(gate), gate.dispositions(), gate.item(study.study_uid)
    assert gate.run() == "enlist"
    assert (published_bytes(gate), gate.dispositions()) == (before, rows)
    again = gate.item(study.study_uid)
    assert again is not None
    assert item is not None
    assert (again.id, again.due_at) == (item.id, item.due_at)


def test_every_stage_twice_in_a_row_gives_the_same_as_once(gate, part10: Part10) -> None:
    gate.case()
    gate.receive(part10())
    gate.pass_time(seconds=60)
    for stage in (match_study, deidentify_study, verify_study, publish, enlist_study):
        assert stage(gate.node, 1) is stage(gate.node, 1) is Outcome.GO_ON
    assert gate.dispositions() == [("published", None)]
    assert len(published_bytes(gate)) == 1


def test_crash_between_publishing_and_recording_it_is_healed_by_the_next_run(gate, part10: Part10) -> None:
    study = gate.publish()
    with gate.node.identity.write() as session:
        session.get_one(ReceivedObject, 1).disposition = None
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("published", None)]
    with gate.node.reading.read() as session:
        assert len(session.scalars(select(PublishedInstance).filter_by(study_uid=study.study_uid)).all()) == 1


def test_late_object_joins_the_published_study(gate, part10: Part10) -> None:
    study = gate.publish()
    gate.receive(part10(2))
    assert gate.run() == "enlist"
    with gate.node.reading.read() as session:
        assert len(session.scalars(select(PublishedInstance).filter_by(study_uid=study.study_uid)).all()) == 2


def test_burned_in_text_is_quarantined_until_a_person_vouches_for_the_pixels(gate, part10: Part10) -> None:
    gate.case()
    gate.receive(part10(BurnedInAnnotation="YES"))
    assert gate.run() == "assess"
    assert (gate.study().state, gate.dispositions()) == ("held", [("quarantined", "burned-in-annotation")])
    release_objects(gate.node, [1], actor="clerk")
    assert gate.run() == "enlist"
    assert (gate.study().state, gate.dispositions()) == ("published", [("published", None)])


def test_one_quarantined_object_does_not_stop_the_others(gate, part10: Part10) -> None:
    gate.case()
    gate.receive(part10(1))
    gate.receive(part10(2, BurnedInAnnotation="YES"))
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("published", None), ("quarantined", "burned-in-annotation")]


def test_truncated_object_is_quarantined_and_the_rest_is_published(gate, part10: Part10) -> None:
    gate.case()
    gate.receive(part10(1))
    gate.receive(part10(2)[:-100])
    gate.run()
    published, truncated = gate.dispositions()
    assert published == ("published", None)
    assert truncated[0] == "quarantined"


@pytest.fixture
def leaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let the verification find a name, whatever is staged."""
    with monkeypatch.context() as patched:
        patched.setattr("gateway.pipeline.verify.verify", lambda _stream, _known: ["name"])
        yield patched


def test_identity_found_by_verify_quarantines_the_object_and_removes_its_staged_bytes(
    gate, part10: Part10, leaking: pytest.MonkeyPatch
) -> None:
    gate.case()
    gate.receive(part10())
    assert gate.run() == "assess"
    assert gate.dispositions() == [("quarantined", "identity-left")]
    assert "Planted" not in (gate.objects()[0].reason or "")
    assert (staged(gate), published_bytes(gate)) == ([], [])
    leaking.undo()
    reprocess(gate.node, gate.study().study_uid, actor="clerk")
    assert gate.run() == "enlist"


def test_object_that_cannot_be_indexed_is_quarantined_and_the_rest_is_published(
    gate, part10: Part10, monkeypatch: pytest.MonkeyPatch
) -> None:
    from config.errors import Malformed
    from gateway.pipeline import publish as stage

    sound = stage.instance_record_parts
    calls = iter(range(10))

    def first_fails(stream) -> InstanceHeader:
        if next(calls) == 0:
            raise Malformed("no")
        return sound(stream)

    monkeypatch.setattr(stage, "instance_record_parts", first_fails)
    gate.case()
    gate.receive(part10(1))
    gate.receive(part10(2))
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("quarantined", "not-servable"), ("published", None)]


def test_study_of_which_nothing_can_be_indexed_is_held(gate, part10: Part10, monkeypatch: pytest.MonkeyPatch) -> None:
    from config.errors import Malformed

    def fails(_stream) -> InstanceHeader:
        raise Malformed("no")

    monkeypatch.setattr("gateway.pipeline.publish.instance_record_parts", fails)
    gate.case()
    gate.receive(part10())
    assert gate.run() == "publish"
    assert gate.study().state == "held"


def test_object_published_in_another_form_stays_and_the_new_one_is_a_conflict(gate, part10: Part10) -> None:
    gate.publish()
    before = published_bytes(gate)
    other_study = part10(StudyInstanceUID="1.2.826.0.1.3680043.10.50", SeriesInstanceUID="1.2.826.0.1.3680043.10.51")
    gate.receive(other_study)
    gate.run(2)
    assert gate.dispositions() == [("published", None), ("conflict", "published-otherwise")]
    assert published_bytes(gate) == before
    assert gate.studies()[1].flagged


def test_study_purged_while_it_was_being_published_leaves_no_bytes(
    gate, part10: Part10, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.pipeline import publish as stage

    gate.case()
    gate.receive(part10())
    sound = stage.publish_study

    def purged_in_between(*args):
        purge(gate.node, gate.study().study_uid, actor="clerk")
        return sound(*args)

    monkeypatch.setattr(stage, "publish_study", purged_in_between)
    monkeypatch.setattr("gateway.studies.withdraw", lambda *_: None)
    assert gate.run() == "publish"
    assert (gate.study().state, published_bytes(gate), staged(gate)) == ("purged", [], [])
    with gate.node.reading.read() as session:
        assert session.scalars(select(PublishedStudy)).all() == []


def test_purged_study_is_not_brought_back_by_a_revision_that_was_under_way(gate) -> None:
    study = gate.publish()
    purge(gate.node, study.study_uid, actor="clerk")
    assert gate.run() == "match"
    assert gate.study().state == "purged"


def test_study_parted_from_its_case_between_stages_is_not_put_on_the_worklist(gate, part10: Part10) -> None:
    from gateway.decisions import unmatch_by_person

    number = gate.case()
    gate.receive(part10())
    gate.pass_time(seconds=60)
    match_study(gate.node, 1)
    unmatch_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
    for stage in (deidentify_study, verify_study, publish):
        stage(gate.node, 1)
    assert enlist_study(gate.node, 1) is Outcome.WAIT
    assert gate.study().state == "unmatched"
    assert gate.item(gate.study().study_uid) is None


def test_study_parted_from_its_case_while_it_is_enlisted_is_taken_from_the_readers_again(
    gate, part10: Part10, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.decisions import unmatch_by_person
    from gateway.pipeline import enlist as enlisting

    number = gate.case(report={"text": "Words of the case."})
    gate.receive(part10())
    sound = enlisting._is_signed

    def parted_meanwhile(session, study_uid):
        meanwhile.undo()
        session.rollback()
        unmatch_by_person(gate.node, number, study_uid, actor="clerk")
        return sound(session, study_uid)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(enlisting, "_is_signed", parted_meanwhile)
        gate.run()
    assert gate.study().state == "unmatched"
    assert gate.run() == "match"
    with gate.node.reading.read() as session:
        row = session.scalars(select(PublishedStudy)).one()
    assert (row.case_number, row.report) == (None, None)
    assert gate.item(row.study_uid).state == "cancelled"


def test_words_of_the_case_reach_the_reader_without_the_patient_s_name(gate, part10: Part10) -> None:
    gate.case(question="Mr Planted Identity: haemorrhage?", report={"text": "PATIENT-1 fell.", "language": "en"})
    gate.receive(part10())
    gate.run()
    with gate.node.reading.read() as session:
        row = session.scalars(select(PublishedStudy)).one()
    assert "haemorrhage?" in row.question
    assert "fell" in row.report
    assert "Planted" not in row.question
    assert "PATIENT-1" not in row.report


def test_object_discarded_by_nobody_stays_listed_until_someone_acts(gate, part10: Part10) -> None:
    gate.case()
    gate.receive(part10(BurnedInAnnotation="YES"))
    gate.run()
    gate.run()
    with gate.node.identity.read() as session:
        assert [each["id"] for each in list_quarantine(session)] == [1]
