"""Publishing is idempotent, never replaces bytes, and withdrawing spares what was signed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from config.errors import Conflict, Malformed, NotFound
from config.settings import Billing, Worklist
from worklist.drafts import save_draft
from worklist.items import claim
from worklist.models import (
    Charge,
    PublishedInstance,
    PublishedSeries,
    PublishedStudy,
    Read,
    SiteTerms,
    WorklistItem,
)
from worklist.publishing import (
    InstanceRecord,
    SeriesRecord,
    StudyRecord,
    cancel_item,
    enlist,
    publish_study,
    set_case_context,
    set_site_terms,
)
from worklist.signing import sign
from worklist.withdrawing import withdraw_study, withdrawn_blobs

STUDY = StudyRecord(
    study_uid="2.25.5",
    site="north",
    pseudonym="P5",
    modality="MR",
    received_at=datetime(2025, 3, 1, tzinfo=UTC),
    attributes={"0020000D": {"vr": "UI", "Value": ["2.25.5"]}},
)
SERIES = SeriesRecord(series_uid="2.25.5.1", modality="MR", number=1, attributes={})
CONTEXT = {
    "case_number": "1234567897",
    "question": "?",
    "report": "Nothing.",
    "report_language": "en",
    "blind": True,
    "jurisdiction": "DE",
}


def instance(number, blob=None):
    return InstanceRecord(
        sop_instance_uid=f"2.25.5.1.{number}",
        series_uid="2.25.5.1",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.4",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        blob=blob or f"{number:064x}",
        bytes=10,
        number=number,
        frames=1,
        attributes={"00080018": {"vr": "UI", "Value": [f"2.25.5.1.{number}"]}},
    )


def put(room, instances, study=STUDY, series=(SERIES,)):
    with room.database.write() as session:
        return publish_study(session, room.clock, study, series, instances)


def write(room, function, *arguments, **named):
    with room.database.write() as session:
        return function(session, *arguments, **named)


def count(room, model):
    with room.database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_publishing_twice_changes_nothing(room):
    first = put(room, [instance(1), instance(2)])
    again = put(room, [instance(1), instance(2)])
    assert first.published == again.unchanged == ("2.25.5.1.1", "2.25.5.1.2")
    assert again.published == again.conflicting == ()
    assert [count(room, model) for model in (PublishedStudy, PublishedSeries, PublishedInstance)] == [1, 1, 2]


def test_a_later_revision_adds_instances(room):
    put(room, [instance(1)])
    later = replace(SERIES, series_uid="2.25.5.2", number=2)
    added = replace(instance(7), series_uid="2.25.5.2")
    assert put(room, [instance(1), added], series=[SERIES, later]).published == ("2.25.5.1.7",)
    assert count(room, PublishedInstance) == 2


def test_a_series_published_before_need_not_be_given_again(room):
    put(room, [instance(1)])
    assert put(room, [instance(2)], series=()).published == ("2.25.5.1.2",)


def test_other_bytes_are_reported_and_not_published(room):
    put(room, [instance(1)])
    outcome = put(room, [instance(1, blob="f" * 64), instance(2)])
    assert (outcome.conflicting, outcome.published) == (("2.25.5.1.1",), ("2.25.5.1.2",))
    with room.database.read() as session:
        assert session.get_one(PublishedInstance, "2.25.5.1.1").blob == f"{1:064x}"


def test_a_series_given_twice_at_once_is_published_once(room):
    put(room, [instance(1)], series=[SERIES, SERIES])
    assert count(room, PublishedSeries) == 1


def test_an_instance_given_twice_at_once_is_published_once(room):
    outcome = put(room, [instance(1), instance(1), instance(1, blob="f" * 64)])
    assert outcome.published == outcome.unchanged == outcome.conflicting == ("2.25.5.1.1",)


def test_a_later_revision_fills_in_what_was_missing_and_keeps_the_cases_words(room):
    put(room, [instance(1)])
    write(room, set_case_context, "2.25.5", **CONTEXT)
    late = replace(STUDY, description="Brain", modality="SR", received_at=STUDY.received_at + timedelta(days=1))
    put(room, [], study=late, series=[replace(SERIES, description="T1", modality="SR")])
    with room.database.read() as session:
        study, series = session.get_one(PublishedStudy, "2.25.5"), session.get_one(PublishedSeries, "2.25.5.1")
        assert (study.description, study.question, study.case_number) == ("Brain", "?", "1234567897")
        assert (study.modality, study.received_at) == ("MR", STUDY.received_at)
        assert (series.description, series.modality) == ("T1", "MR")


def test_images_that_follow_a_report_give_the_study_its_words(room):
    put(room, [replace(instance(9), frames=0)], study=replace(STUDY, modality="SR", description="Report"))
    put(room, [instance(1)], study=replace(STUDY, received_at=STUDY.received_at - timedelta(days=1)))
    with room.database.read() as session:
        study = session.get_one(PublishedStudy, "2.25.5")
        assert (study.modality, study.description) == ("MR", "Report")
        assert study.received_at == STUDY.received_at - timedelta(days=1)


@pytest.mark.parametrize("other", [{"site": "south"}, {"pseudonym": "P6"}])
def test_a_study_of_another_site_or_patient_is_refused(room, other):
    put(room, [instance(1)])
    with pytest.raises(Conflict):
        put(room, [instance(2)], study=replace(STUDY, **other))
    assert count(room, PublishedInstance) == 1


def test_a_series_of_another_study_is_refused(room):
    put(room, [instance(1)])
    with pytest.raises(Conflict):
        put(room, [], study=replace(STUDY, study_uid="2.25.6"))
    assert count(room, PublishedStudy) == 1


def test_an_instance_without_its_series_is_refused(room):
    with pytest.raises(Malformed):
        put(room, [instance(1)], series=())


def test_a_thousand_instances_are_published_and_recognised(room):
    many = [instance(number) for number in range(1, 1101)]
    assert len(put(room, many).published) == 1100
    assert len(put(room, many).unchanged) == 1100


def test_a_study_has_one_item_however_often_it_is_enlisted(room):
    put(room, [instance(1)])
    first = write(room, enlist, room.clock, study_uid="2.25.5", due_at=room.clock())
    again = write(room, enlist, room.clock, study_uid="2.25.5", due_at=room.clock() + timedelta(days=9))
    assert first == again
    with room.database.read() as session:
        assert session.get_one(WorklistItem, first).due_at == room.clock()


def test_only_a_published_study_is_enlisted_or_given_a_case(room):
    with pytest.raises(NotFound):
        write(room, enlist, room.clock, study_uid="2.25.5", due_at=room.clock())
    with pytest.raises(NotFound):
        write(room, set_case_context, "2.25.5", **CONTEXT)


def test_a_cancelled_item_is_reopened_by_enlisting_again(room):
    put(room, [instance(1)])
    item = write(room, enlist, room.clock, study_uid="2.25.5", due_at=room.clock())
    assert write(room, cancel_item, "2.25.5") is True
    assert write(room, cancel_item, "2.25.5") is False
    assert write(room, enlist, room.clock, study_uid="2.25.5", due_at=room.clock()) == item
    with room.database.read() as session:
        assert session.get_one(WorklistItem, item).state == "open"


def test_cancelling_a_study_without_an_item_does_nothing(room):
    assert write(room, cancel_item, "2.25.404") is False


def test_site_terms_are_set_and_changed(room):
    for rate in (100, 200):
        write(room, set_site_terms, site="north", display_name="North", rate_minor=rate, currency="USD")
    with room.database.read() as session:
        assert session.get_one(SiteTerms, "north").rate_minor == 200
    with pytest.raises(Malformed):
        write(room, set_site_terms, site="north", display_name="North", rate_minor=1, currency="dollars")


def drafted(room, ada):
    put(room, [instance(1), instance(2)])
    item = write(room, enlist, room.clock, study_uid="2.25.5", due_at=room.clock())
    write(room, claim, room.clock, ada, item, rules=Worklist())
    text = {"findings": "a", "impression": "b"}
    write(room, save_draft, room.clock, ada, item, changes=text, rules=Worklist())
    return item


def test_withdrawing_an_unsigned_study_leaves_nothing(room, reader):
    drafted(room, reader())
    write(room, withdraw_study, "2.25.5")
    assert to_go(room) == [f"{1:064x}", f"{2:064x}"]
    models = (PublishedStudy, PublishedSeries, PublishedInstance, WorklistItem, Read)
    assert [count(room, model) for model in models] == [0, 0, 0, 0, 0]
    write(room, withdraw_study, "2.25.5")
    put(room, [instance(2)])
    assert to_go(room) == [f"{1:064x}"], "what is published again stays"


def to_go(room):
    with room.database.read() as session:
        return withdrawn_blobs(session)


def test_withdrawing_spares_signed_reads_and_charges(room, reader):
    ada = reader()
    item = drafted(room, ada)
    write(room, set_case_context, "2.25.5", **CONTEXT)
    write(room, sign, room.clock, ada, item, rules=Worklist(), billing=Billing())
    with pytest.raises(Conflict):
        write(room, cancel_item, "2.25.5")
    write(room, withdraw_study, "2.25.5")
    assert [count(room, model) for model in (PublishedInstance, PublishedSeries, Read, Charge)] == [0, 0, 1, 1]
    with room.database.read() as session:
        study = session.get_one(PublishedStudy, "2.25.5")
        assert (study.attributes, study.report, study.question) == ({}, None, None)


def test_a_blob_that_another_study_still_shows_is_not_given_up(room):
    put(room, [instance(1)])
    other = replace(STUDY, study_uid="2.25.6")
    twin = replace(instance(1), sop_instance_uid="2.25.6.1.1", series_uid="2.25.6.1")
    put(room, [twin], study=other, series=[replace(SERIES, series_uid="2.25.6.1")])
    write(room, withdraw_study, "2.25.5")
    assert to_go(room) == []
    write(room, withdraw_study, "2.25.6")
    assert to_go(room) == [f"{1:064x}"]
