"""Queries as a workstation meets them, hostile ones too, and what is negotiated before."""

import itertools
from io import BytesIO

from pydicom.uid import CTImageStorage
from pynetdicom.dimse_primitives import C_FIND
from pynetdicom.pdu_primitives import SOPClassExtendedNegotiation

from config.errors import TooLarge
from scp.pausing import pause_reactor, resume_reactor

from .made_up_archive import STUDY_FIND, STUDY_GET, STUDY_MOVE, VERIFICATION, ListArchive, encoded, identifier, statuses


def test_matches_come_with_our_ae_title_and_end_in_success(associate, archive):
    responses = list(associate().send_c_find(identifier(), STUDY_FIND))
    assert statuses(responses) == [0xFF00] * 3 + [0x0000]
    assert [found.StudyInstanceUID for _, found in responses[:3]] == ["2.25.0", "2.25.1", "2.25.2"]
    assert responses[0][1].RetrieveAETitle == "OVERREAD"
    assert archive.asked == [("READING", "STUDY", {}, False)]


def test_a_cancel_ends_a_query_that_would_never_end(associate, archive):
    archive.matches = (ListArchive.match(number) for number in itertools.count())
    association = associate()
    seen = []
    for status, _ in association.send_c_find(identifier(), STUDY_FIND, msg_id=7):
        seen.append(status.Status)
        if len(seen) == 3:
            association.send_c_cancel(7, query_model=STUDY_FIND)
    assert seen[-1] == 0xFE00
    assert set(seen[:-1]) == {0xFF00}
    assert association.send_c_echo().Status == 0x0000


def test_errors_of_the_archive_are_answered_by_the_table(associate, archive):
    def too_many():
        yield ListArchive.match(0)
        raise TooLarge("more")

    archive.matches = too_many()
    association = associate()
    assert statuses(association.send_c_find(identifier(), STUDY_FIND)) == [0xFF00, 0xA700]
    archive.matches = (1 / 0 for _ in range(1))
    assert statuses(association.send_c_find(identifier(), STUDY_FIND)) == [0xC000]


def _nested(depth):
    """Return sequences of undefined length inside each other, in explicit little endian."""
    head = b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    return head * depth


HOSTILE = {
    "garbage": bytes(range(256)) * 40,
    "half an element": b"\x08\x00\x52\x00CS\x00",
    "nested without end": _nested(20_000),
    "longer than any": encoded("2.25.1") + b"\x20\x00\x00\x40LT\xfe\xff" + b"x" * 0xFFFE,
    "two megabytes of UIDs": b"\x08\x00\x18\x00UN\0\0" + (1 << 21).to_bytes(4, "little") + b"1.2\\" * (1 << 19),
}


def ask(association, identifier_bytes, context_of):
    """Send a C-FIND-RQ with any bytes as its identifier, under the context of any model; return its one answer."""
    request = C_FIND()
    request.MessageID, request.Priority, request.AffectedSOPClassUID = 1, 2, STUDY_FIND
    request.Identifier = BytesIO(identifier_bytes)
    context = next(each for each in association.accepted_contexts if each.abstract_syntax == context_of)
    pause_reactor(association)
    association.dimse.send_msg(request, context.context_id)
    _, answer = association.dimse.get_msg(block=True)
    resume_reactor(association)
    return answer


def test_a_hostile_identifier_ends_in_a_refusal_and_the_next_query_is_served(associate):
    association = associate()
    for name, identifier_bytes in HOSTILE.items():
        answer = ask(association, identifier_bytes, STUDY_FIND)
        assert answer.Status in (0xA700, 0xA900), (name, f"{answer.Status:04X}")
    assert statuses(association.send_c_find(identifier(), STUDY_FIND))[-1] == 0x0000


def test_a_request_under_another_models_context_is_refused(associate):
    assert ask(associate(), encoded("2.25.1"), STUDY_MOVE).Status == 0x0122


def test_a_site_is_offered_no_query_and_a_workstation_no_storage(associate):
    site = associate(STUDY_FIND, STUDY_GET, VERIFICATION, CTImageStorage, calling="NORTH")
    rejected = {context.abstract_syntax: context.result for context in site.rejected_contexts}
    assert rejected == {STUDY_FIND: 0x03, STUDY_GET: 0x03}
    workstation = associate(STUDY_FIND, VERIFICATION, CTImageStorage)
    assert {context.abstract_syntax: context.result for context in workstation.rejected_contexts} == {
        CTImageStorage: 0x03
    }


def test_relational_queries_fuzzy_names_and_date_with_time_are_agreed_on_where_asked_for(associate, archive):
    item = SOPClassExtendedNegotiation()
    item.sop_class_uid, item.service_class_application_information = STUDY_FIND, b"\x01\x01\x01\x00\x00"
    wanted = identifier(QueryRetrieveLevel="SERIES", SeriesInstanceUID="")
    del wanted.StudyInstanceUID
    assert statuses(associate().send_c_find(wanted, STUDY_FIND)) == [0xA900]
    association = associate(extended=[item])
    agreed = association.acceptor.sop_class_extended[STUDY_FIND]
    assert agreed == b"\x01\x01\x01\x00\x00"
    assert statuses(association.send_c_find(wanted, STUDY_FIND))[-1] == 0x0000
    assert archive.asked == [("READING", "SERIES", {}, True)]
    assert archive.combined == [True]
