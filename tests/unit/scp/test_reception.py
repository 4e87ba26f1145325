"""One C-STORE from command to status, on a real spool."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from config.clock import FixedClock
from scp import reception as reception_module
from scp.command_set import StoreRequest
from scp.reception import AcceptedContext, Caller, Reception
from scp.spool import Spool

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
CALLER = Caller(site="north", delivery="d" * 32, calling_ae="NORTH", called_ae="OVERREAD", peer_host="10.0.0.7")
CONTEXT = AcceptedContext(str(CTImageStorage), str(ExplicitVRLittleEndian))


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "spool")


@pytest.fixture
def reception(spool):
    return Reception(spool, reserve_bytes=0, clock=FixedClock(NOW))


@pytest.fixture
def data_set(part10):
    whole = part10(1)
    return whole[whole.index(b"\x08\x00\x16\x00UI") :]


def request(**changes):
    values = {"message_id": 1, "sop_class_uid": str(CTImageStorage), "sop_instance_uid": "1.2.826.0.1.3680043.10.1.1"}
    return StoreRequest(**(values | {"has_data_set": True} | changes))


def receive(reception, data, store_request=None, context=CONTEXT, piece=100):
    incoming = reception.begin(CALLER, context, store_request or request())
    for start in range(0, len(data), piece):
        incoming.write(memoryview(data)[start : start + piece])
    return incoming.finish()


def litter(spool):
    return list((spool.root / "tmp").iterdir())


def test_success_means_that_the_object_is_in_the_spool_with_all_that_is_known(reception, spool, data_set):
    assert receive(reception, data_set).status == 0x0000
    (entry,) = spool.entries()
    envelope, stream = spool.open(entry)
    with stream:
        payload = stream.read()
    assert payload.endswith(data_set)
    assert dcmread(BytesIO(payload)).file_meta.SourceApplicationEntityTitle == "NORTH"
    assert (envelope.door, envelope.site, envelope.delivery) == ("cstore", "north", "d" * 32)
    assert (envelope.calling_ae, envelope.called_ae, envelope.peer_host) == ("NORTH", "OVERREAD", "10.0.0.7")
    assert envelope.received_at == NOW
    assert envelope.sop_class_uid == CTImageStorage
    assert envelope.sop_instance_uid == "1.2.826.0.1.3680043.10.1.1"
    assert envelope.transfer_syntax_uid == ExplicitVRLittleEndian
    assert envelope.headed


@pytest.mark.parametrize("piece", [1, 7, 5000, 1_000_000])
def test_the_bytes_are_kept_however_they_are_cut(reception, spool, data_set, piece):
    assert receive(reception, data_set, piece=piece).stored
    (entry,) = spool.entries()
    with spool.open(entry)[1] as stream:
        assert stream.read().endswith(data_set)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"sop_instance_uid": "not a uid"}, 0xC000),
        ({"sop_instance_uid": ""}, 0xC000),
        ({"sop_instance_uid": "1." + "2" * 63}, 0xC000),
        ({"sop_instance_uid": "1.2/../3"}, 0xC000),
        ({"sop_class_uid": ""}, 0xC000),
        ({"sop_class_uid": "1.2.840.10008.5.1.4.1.1.4"}, 0x0122),
        ({"sop_instance_uid": "1.2.826.0.1.3680043.10.1.2"}, 0xA900),
    ],
)
def test_a_command_that_cannot_be_true_is_refused_and_leaves_nothing(reception, spool, data_set, changes, status):
    answer = receive(reception, data_set, request(**changes))
    assert answer.status == status
    assert answer.comment
    assert spool.count() == 0
    assert litter(spool) == []


def test_a_data_set_of_another_class_is_refused(reception, spool, part10):
    whole = part10(1, SOPClassUID="1.2.840.10008.5.1.4.1.1.4")
    answer = receive(reception, whole[whole.index(b"\x08\x00\x16\x00UI") :])
    assert answer.status == 0xA900
    assert spool.count() == 0


def test_an_opaque_data_set_is_taken_at_the_command_s_word(reception, spool):
    deflated = AcceptedContext(str(CTImageStorage), "1.2.840.10008.1.2.1.99")
    assert receive(reception, b"anything deflated", context=deflated).stored
    assert spool.count() == 1


def test_an_empty_data_set_cannot_be_understood(reception, spool):
    assert receive(reception, b"").status == 0xC000
    assert spool.count() == 0


def test_less_room_than_the_reserve_is_out_of_resources_and_the_next_may_succeed(spool, data_set, monkeypatch):
    reception = Reception(spool, reserve_bytes=1000, clock=FixedClock(NOW))
    monkeypatch.setattr(Spool, "free_bytes", lambda _self: 999)
    assert receive(reception, data_set).status == 0xA700
    assert spool.count() == 0
    monkeypatch.setattr(Spool, "free_bytes", lambda _self: 1000)
    assert receive(reception, data_set).stored


def test_a_reserve_reached_within_an_object_ends_it(spool, data_set, monkeypatch):
    reception = Reception(spool, reserve_bytes=1000, clock=FixedClock(NOW))
    room = iter([5000, 5000, 10])
    monkeypatch.setattr(Spool, "free_bytes", lambda _self: next(room))
    monkeypatch.setattr(reception_module, "_LOOK_AT_DISK_EVERY", 300)
    incoming = reception.begin(CALLER, CONTEXT, request())
    for _ in range(10):
        incoming.write(bytes(100))
    assert incoming.finish().status == 0xA700
    assert litter(spool) == []


@pytest.mark.parametrize("step", ["write", "commit"])
def test_a_fault_of_the_disk_is_ours_and_leaves_nothing(reception, spool, data_set, monkeypatch, step):
    def fail(writer, *_args):
        writer.abort()
        raise OSError(5, "I/O error")

    monkeypatch.setattr(reception_module.SpoolWriter, step, fail)
    assert receive(reception, data_set).status == 0x0110
    assert litter(spool) == []
    assert spool.count() == 0


def test_an_abandoned_object_leaves_nothing_and_is_not_running_any_more(reception, spool, data_set):
    incoming = reception.begin(CALLER, CONTEXT, request())
    incoming.write(data_set)
    assert reception.running == 1
    incoming.abandon()
    incoming.abandon()
    assert reception.running == 0
    assert litter(spool) == []
    assert spool.count() == 0


def test_nothing_runs_after_success_and_after_refusal(reception, data_set):
    receive(reception, data_set)
    receive(reception, b"")
    assert reception.running == 0


def test_a_workstation_may_send_nothing_whatever_was_negotiated(reception, spool, data_set):
    incoming = reception.begin(replace(CALLER, site="", workstation=True), CONTEXT, request())
    incoming.write(data_set)
    assert incoming.finish().status == 0x0124
    assert litter(spool) == []
