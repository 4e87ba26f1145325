"""What is answered to an association request beside its contexts: SOP classes that nobody lists, identity, window."""

import pytest
from pydicom._uid_dict import UID_dictionary
from pydicom.uid import CTImageStorage
from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import (
    AsynchronousOperationsWindowNegotiation,
    SOPClassCommonExtendedNegotiation,
    UserIdentityNegotiation,
)
from pynetdicom.presentation import build_context

from config.identifiers import AETitle
from gateway.sender import send_files
from scp.contexts import STORAGE_CLASSES, TRANSFER_SYNTAXES, supported_for, unlisted_storage_classes
from scp.peers import DoorTerms, SiteRule, write_peers
from scp.user_identity import hash_password

BOTH = pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "library"])
VERIFICATION = "1.2.840.10008.1.1"
PRIVATE = "1.3.12.2.1107.5.9.1"
NEWER = "1.2.840.10008.5.1.4.1.1.9999.7"
NEWER_SERVICE = "1.2.840.10008.5.1.4.99.1"
STORAGE, WORKLIST = "1.2.840.10008.4.2", "1.2.840.10008.5.1.4.31"


def let_in(node, **terms):
    write_peers(node.settings.peers_file, [SiteRule("north", (AETitle("NORTH"),), DoorTerms(**terms))])


def associate(port, contexts, ext_neg=()):
    ae = AE("NORTH")
    association = ae.associate(
        "127.0.0.1", port, ae_title="OVERREAD", contexts=[build_context(uid) for uid in contexts], ext_neg=list(ext_neg)
    )
    association.release()
    return association


def accepted(port, contexts, ext_neg=()):
    return {str(context.abstract_syntax) for context in associate(port, contexts, ext_neg).accepted_contexts}


def declared(sop_class, service):
    item = SOPClassCommonExtendedNegotiation()
    item.sop_class_uid, item.service_class_uid = sop_class, service
    return item


def identity(kind=2, *, wants_response=True):
    item = UserIdentityNegotiation()
    item.user_identity_type, item.positive_response_requested = kind, wants_response
    item.primary_field = b"north-pacs"
    item.secondary_field = b"a passcode" if kind == 2 else b""
    return item


def test_the_table_of_storage_is_the_dictionary_of_uids():
    storage = {uid for uid, entry in UID_dictionary.items() if entry[1] == "SOP Class" and "Storage" in entry[0]}
    assert storage - STORAGE_CLASSES == {  # the directory of media, and the two services of storage commitment
        "1.2.840.10008.1.3.10",
        "1.2.840.10008.1.20.1",
        "1.2.840.10008.1.20.2",
    }
    syntaxes = {uid for uid, entry in UID_dictionary.items() if entry[1] == "Transfer Syntax"}
    assert syntaxes <= TRANSFER_SYNTAXES


def test_every_storage_class_is_accepted_in_every_transfer_syntax():
    proposed = [build_context(uid, syntax) for uid in STORAGE_CLASSES for syntax in TRANSFER_SYNTAXES]
    supported = {str(context.abstract_syntax): set(context.transfer_syntax) for context in supported_for(proposed)}
    assert supported.keys() == STORAGE_CLASSES
    assert all(syntaxes == TRANSFER_SYNTAXES for syntaxes in supported.values())


@pytest.mark.parametrize(
    ("uid", "service", "taken"),
    [
        (PRIVATE, None, True),
        (PRIVATE, STORAGE, True),
        (PRIVATE, "1.2.840.10008.4.1", False),
        (NEWER, None, True),
        (NEWER_SERVICE, None, False),
        (WORKLIST, None, False),
        (CTImageStorage, None, False),
    ],
)
def test_what_no_dictionary_lists_may_be_storage_unless_it_is_said_to_be_another_service(uid, service, taken):
    found = unlisted_storage_classes([build_context(uid)], {uid: service} if service else {})
    assert found == ({uid} if taken else set())


@BOTH
def test_unlisted_classes_are_refused_unless_the_node_takes_them(scp_node, streaming, part10):
    shut, open_ = scp_node(streaming=streaming), scp_node(streaming=streaming, unlisted_sop_classes=True)
    files = [part10(1, SOPClassUID=PRIVATE), part10(2, SOPClassUID=NEWER), part10(3)]
    names = {"called_ae": "OVERREAD", "calling_ae": "NORTH"}
    assert [each.ok for each in send_files("127.0.0.1", shut.port, files=files, **names).objects] == [
        False,
        False,
        True,
    ]
    assert send_files("127.0.0.1", open_.port, files=files, **names).ok
    kept = [open_.spool.open(entry) for entry in open_.spool.entries()]
    assert [envelope.sop_class_uid for envelope, _ in kept] == [PRIVATE, NEWER, CTImageStorage]
    for (_, payload), sent in zip(kept, files, strict=True):
        with payload:
            assert payload.read().endswith(sent[sent.index(b"\x08\x00\x16\x00UI") :])


def test_the_word_of_the_site_goes_before_that_of_the_node(scp_node):
    node = scp_node()
    let_in(node, unlisted_sop_classes=True)
    assert accepted(node.port, [VERIFICATION, PRIVATE]) == {VERIFICATION, PRIVATE}
    strict = scp_node(unlisted_sop_classes=True)
    let_in(strict, unlisted_sop_classes=False)
    assert accepted(strict.port, [VERIFICATION, PRIVATE]) == {VERIFICATION}


def test_a_class_that_its_requestor_declares_another_service_is_not_taken(scp_node):
    node = scp_node(unlisted_sop_classes=True)
    other = [declared(PRIVATE, "1.2.840.10008.4.1"), declared(NEWER, STORAGE)]
    assert accepted(node.port, [VERIFICATION, PRIVATE, NEWER], other) == {VERIFICATION, NEWER}


@BOTH
def test_who_asks_for_the_confirmation_of_its_identity_gets_an_empty_one(scp_node, streaming):
    node = scp_node(streaming=streaming)
    let_in(node, user="north-pacs", password_hash=hash_password("a passcode"))
    assert associate(node.port, [VERIFICATION], [identity()]).acceptor.user_identity.server_response == b""
    assert associate(node.port, [VERIFICATION], [identity(wants_response=False)]).acceptor.user_identity is None


def test_an_identity_that_nobody_checks_is_not_confirmed(scp_node):
    node = scp_node()
    for kind in (1, 2, 3):
        association = associate(node.port, [VERIFICATION], [identity(kind)])
        assert association.accepted_contexts
        assert association.acceptor.user_identity is None


@BOTH
def test_an_asynchronous_window_is_answered_with_one_operation_at_a_time(scp_node, streaming):
    window = AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked, window.maximum_number_operations_performed = 8, 4
    node, answers = scp_node(streaming=streaming), []
    ae = AE("NORTH")
    association = ae.associate(
        "127.0.0.1", node.port, ae_title="OVERREAD", contexts=[build_context(VERIFICATION)], ext_neg=[window],
        evt_handlers=[(evt.EVT_PDU_RECV, lambda event: answers.append(event.pdu))],
    )  # fmt: skip
    association.release()
    items = [item for item in answers[0].user_information.user_data if item.item_type == 0x53]
    assert [(item.max_operations_invoked, item.max_operations_performed) for item in items] == [(1, 1)]
