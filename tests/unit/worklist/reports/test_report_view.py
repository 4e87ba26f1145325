"""The view and the UIDs of its documents."""

from datetime import datetime

import pytest
from pydicom.uid import UID

from worklist.reports import AddendumView, document_uids


def test_document_uids_are_the_same_for_a_resend():
    assert document_uids("read-1", "sr", 0, "returned") == document_uids("read-1", "sr", 0, "returned")


@pytest.mark.parametrize(
    "other", [("read-2", "sr", 0, "returned"), ("read-1", "pdf", 0, "returned"), ("read-1", "sr", 0, "reading")]
)
def test_document_uids_share_nothing_over_reads_kinds_and_zones(other):
    one, two = document_uids("read-1", "sr", 0, "returned"), document_uids(*other)
    assert {one.series_uid, one.sop_instance_uid}.isdisjoint({two.series_uid, two.sop_instance_uid})


def test_versions_of_a_document_share_the_series_but_not_the_instance():
    first, second = document_uids("read-1", "sr", 0, "reading"), document_uids("read-1", "sr", 1, "reading")
    assert first.series_uid == second.series_uid
    assert first.sop_instance_uid != second.sop_instance_uid


def test_document_uids_are_valid():
    uids = document_uids("read-1", "sr", 0, "reading")
    for uid in (uids.series_uid, uids.sop_instance_uid):
        assert UID(uid).is_valid
        assert int(uid.removeprefix("2.25.")) < 2**128


def test_a_time_without_a_zone_is_refused(make_view):
    with pytest.raises(ValueError, match="time zone"):
        make_view(signed_at=datetime(2026, 3, 9, 14, 32))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        make_view(addenda=(AddendumView("More.", "Reader", datetime(2026, 3, 9, 14, 32)),))  # noqa: DTZ001


@pytest.mark.parametrize("answer", [{"agreement": "maybe"}, {"radpeer": "4"}])
def test_an_unknown_answer_is_refused(make_view, answer):
    with pytest.raises(ValueError, match="is not one of"):
        make_view(**answer)
