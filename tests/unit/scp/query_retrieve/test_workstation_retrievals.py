"""Retrievals as a workstation meets them: counted, cancelled, broken off, over TLS."""

import ssl
import threading
import time
from pathlib import Path

import pytest
from pydicom.uid import CTImageStorage
from pynetdicom import AE, evt

from scp.retrieval import Retrievable

from .made_up_archive import STUDY_GET, STUDY_MOVE, ListArchive, encoded, identifier, statuses

DESCRIPTORS = Path("/proc/self/fd")


def test_a_get_sends_each_instance_and_counts(associate, archive):
    archive.instances = [ListArchive.instance(number) for number in range(3)]
    kept = []

    def store(event):
        kept.append(event.encoded_dataset(include_meta=False))
        return 0x0000

    responses = list(associate(store=store).send_c_get(identifier(StudyInstanceUID="2.25.5"), STUDY_GET))
    assert statuses(responses) == [0xFF00, 0xFF00, 0x0000]
    assert [status.NumberOfRemainingSuboperations for status, _ in responses[:2]] == [2, 1]
    assert responses[-1][0].NumberOfCompletedSuboperations == 3
    assert kept == [encoded(f"2.25.{number}") for number in range(3)]
    assert archive.asked == [("READING", "get", {"STUDY": ("2.25.5",)}, "READING")]


def test_what_fails_is_named_and_the_others_arrive(associate, archive):
    broken = Retrievable(
        str(CTImageStorage), "2.25.66", "1.2.840.10008.1.2.1", frozenset(["1.2.840.10008.1.2.1"]), "broken"
    )
    other_syntax = ListArchive.instance(67, syntax="1.2.840.10008.1.2.4.80", obtainable=["1.2.840.10008.1.2.4.80"])
    archive.instances = [
        broken,
        ListArchive.instance(1),
        other_syntax,
        ListArchive.instance(2),
        ListArchive.instance(3),
    ]
    answers = iter([0x0000, 0xB007, 0xA700])
    association = associate(store=lambda _event: next(answers))
    (final, failed) = list(association.send_c_get(identifier(StudyInstanceUID="2.25.5"), STUDY_GET))[-1]
    assert final.Status == 0xB000
    counts = (
        final.NumberOfCompletedSuboperations,
        final.NumberOfWarningSuboperations,
        final.NumberOfFailedSuboperations,
    )
    assert counts == (1, 1, 3)
    assert list(failed.FailedSOPInstanceUIDList) == ["2.25.66", "2.25.67", "2.25.3"]


def test_a_cancel_ends_a_get(associate, archive):
    archive.instances = [ListArchive.instance(number) for number in range(500)]
    association = associate(store=lambda _event: 0x0000)
    seen = []
    for status, _ in association.send_c_get(identifier(StudyInstanceUID="2.25.5"), STUDY_GET, msg_id=9):
        seen.append(status)
        if len(seen) == 2:
            association.send_c_cancel(9, query_model=STUDY_GET)
    assert seen[-1].Status == 0xFE00
    assert seen[-1].NumberOfRemainingSuboperations > 0
    assert seen[-1].NumberOfRemainingSuboperations + seen[-1].NumberOfCompletedSuboperations == 500


def test_a_get_without_a_context_to_store_in_fails_and_nothing_matches_is_success(associate, archive):
    association = associate()
    wanted = identifier(StudyInstanceUID="2.25.5")
    assert statuses(association.send_c_get(wanted, STUDY_GET)) == [0x0000]
    archive.instances = [ListArchive.instance(1)]
    (final, failed) = list(association.send_c_get(wanted, STUDY_GET))[-1]
    assert (final.Status, failed.FailedSOPInstanceUIDList) == (0xA702, "2.25.1")


def test_a_move_says_who_asked_and_an_unknown_destination_is_refused(associate, archive):
    archive.instances = [ListArchive.instance(1)]
    seen = []

    def store(event):
        request = event.request
        seen.append(
            (
                request.MoveOriginatorApplicationEntityTitle,
                request.MoveOriginatorMessageID,
                event.assoc.requestor.ae_title,
            )
        )
        return 0x0000

    ae = AE("DESTINATION")
    ae.add_supported_context(CTImageStorage)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    try:
        archive.destinations = {"DESTINATION": server.server_address[1]}
        association = associate()
        wanted = identifier(StudyInstanceUID="2.25.5")
        moved = list(association.send_c_move(wanted, "DESTINATION", STUDY_MOVE, msg_id=12))
        assert statuses(moved)[-1] == 0x0000
        assert seen == [("READING", 12, "OVERREAD")]
        assert statuses(association.send_c_move(wanted, "NOBODY", STUDY_MOVE)) == [0xA801]
    finally:
        server.shutdown()


def test_a_destination_that_breaks_off_or_is_down_leaves_no_thread_and_no_socket(associate, archive, free_port):
    archive.instances = [ListArchive.instance(number) for number in range(3)]
    answers = iter([0x0000, "abort"])

    def store(event):
        if (answer := next(answers)) == "abort":
            event.assoc.abort()
        return 0x0000 if answer == "abort" else answer

    ae = AE("DESTINATION")
    ae.add_supported_context(CTImageStorage)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    archive.destinations = {"DESTINATION": server.server_address[1], "DOWN": free_port()}
    association = associate()
    wanted = identifier(StudyInstanceUID="2.25.5")
    before = threading.active_count(), len(list(DESCRIPTORS.iterdir()))
    (final, failed) = list(association.send_c_move(wanted, "DESTINATION", STUDY_MOVE))[-1]
    assert (final.Status, final.NumberOfFailedSuboperations) == (0xB000, 2)
    assert list(failed.FailedSOPInstanceUIDList) == ["2.25.1", "2.25.2"]
    for _ in range(10):
        assert statuses(association.send_c_move(wanted, "DOWN", STUDY_MOVE))[-1] == 0xA702
    server.shutdown()
    deadline = time.monotonic() + 60
    while threading.active_count() > before[0] or len(list(DESCRIPTORS.iterdir())) > before[1]:
        assert time.monotonic() < deadline, "a thread or a socket is left"
        time.sleep(0.05)


def test_a_peer_that_drops_in_a_get_leaves_no_thread(associate, archive):
    archive.instances = [ListArchive.instance(number) for number in range(1000)]
    dropped = threading.Event()

    def store(event):
        event.assoc.dul.socket.socket.close()
        dropped.set()
        return 0x0000

    association = associate(store=store)
    before = {thread for thread in threading.enumerate() if "AcceptorThread" in thread.name}
    threading.Thread(
        target=lambda: list(association.send_c_get(identifier(StudyInstanceUID="2.25.5"), STUDY_GET)), daemon=True
    ).start()
    assert dropped.wait(30)
    deadline = time.monotonic() + 60
    while any(thread.is_alive() for thread in before):
        assert time.monotonic() < deadline, "the association goes on without its peer"
        time.sleep(0.05)


@pytest.fixture
def dicom(certificates, tls_port):
    """Serve TLS too, and ask for a certificate."""
    folder = certificates
    files = {"tls_certificate": "server.pem", "tls_key": "server.key", "tls_ca": "ca.pem"}
    return {"tls_port": tls_port} | {name: folder / file for name, file in files.items()}


def test_a_get_over_tls_brings_every_instance_whole(dicom, associate, archive, certificates, tls_port):
    archive.instances = [ListArchive.instance(number) for number in range(20)]
    archive.padding = bytes(1 << 20)
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    context.check_hostname = False
    context.load_cert_chain(certificates / "client.pem", certificates / "client.key")
    kept = []

    def store(event):
        kept.append(event.request.DataSet.getbuffer().nbytes)
        return 0x0000

    association = associate(store=store, port=tls_port, tls=context)
    (final, _) = list(association.send_c_get(identifier(StudyInstanceUID="2.25.5"), STUDY_GET))[-1]
    assert (final.Status, final.NumberOfCompletedSuboperations) == (0x0000, 20)
    assert kept == [len(encoded(each.sop_instance_uid)) + (1 << 20) for each in archive.instances]
