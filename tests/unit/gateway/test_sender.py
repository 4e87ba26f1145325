"""The sender: every object has an outcome, in words, whatever the peer does."""

import socket
import threading
from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)
from pynetdicom import AE, evt

from gateway import sender
from gateway.outgoing import read_outgoing
from gateway.sender import echo, send_files
from scp.contexts import STORAGE_CLASSES

NAMES = {"called_ae": "OVERREAD", "calling_ae": "NORTH"}


def data_set(part10_bytes):
    return part10_bytes[read_outgoing(part10_bytes).offset :]


def received(node):
    payloads = []
    for entry in node.spool.entries():
        with node.spool.open(entry)[1] as stream:
            payloads.append(stream.read())
    return payloads


@pytest.fixture
def other_scp():
    """Return a starter of a pynetdicom SCP that takes CT in given syntaxes and answers a given status."""
    servers = []

    def start(syntaxes=(ImplicitVRLittleEndian,), status=0x0000, handler=None):
        kept = []

        def store(event):
            kept.append((str(event.context.transfer_syntax), event.encoded_dataset(include_meta=False)))
            return handler(event) if handler else status

        ae = AE("OVERREAD")
        ae.add_supported_context(CTImageStorage, list(syntaxes))
        server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
        servers.append(server)
        return server.server_address[1], kept

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture
def deaf_port():
    """Return a port that nobody listens on, nor can while the test runs."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def test_paths_and_bytes_arrive_as_they_are_in_every_syntax(scp_node, part10, tmp_path):
    node = scp_node()
    files = [
        part10(1),
        part10(2, transfer_syntax=ImplicitVRLittleEndian),
        part10(3, transfer_syntax=ExplicitVRBigEndian),
    ]
    path = tmp_path / "four.dcm"
    path.write_bytes(part10(4))
    result = send_files("127.0.0.1", node.port, files=[*files, path], **NAMES)
    assert result.ok
    assert result.stored == 4
    assert [item.sop_instance_uid.rsplit(".", 1)[1] for item in result.objects] == ["1", "2", "3", "4"]
    expected = [data_set(item) for item in [*files, path.read_bytes()]]
    assert [data_set(item) for item in received(node)] == expected


def test_a_compressed_object_is_not_touched(scp_node, part10):
    node = scp_node()
    whole = part10(1, transfer_syntax=JPEGBaseline8Bit, PixelData=encapsulate([b"\xff\xd8 no real JPEG \xff\xd9"]))
    assert send_files("127.0.0.1", node.port, files=[whole], **NAMES).ok
    assert [data_set(item) for item in received(node)] == [data_set(whole)]


def test_progress_is_told_for_each_object_also_for_those_that_cannot_be_sent(scp_node, part10, tmp_path):
    told = []
    result = send_files(
        "127.0.0.1",
        scp_node().port,
        files=[b"no DICOM", tmp_path / "absent", part10(1), part10(1)[:140]],
        on_progress=told.append,
        **NAMES,
    )
    assert [item.ok for item in result.objects] == [False, False, True, False]
    assert sorted(told, key=str) == sorted(result.objects, key=str)
    assert result.objects[0].reason == "not a DICOM Part 10 file"
    assert result.objects[1].reason == "the file cannot be read"
    assert not result.ok


def test_nothing_to_send_is_fine(scp_node):
    result = send_files("127.0.0.1", scp_node().port, files=[], **NAMES)
    assert result.ok
    assert result.objects == ()


def test_more_than_128_contexts_take_several_associations(scp_node, part10):
    node = scp_node()
    classes = sorted(STORAGE_CLASSES)[:100]  # two contexts each
    files = [part10(number, SOPClassUID=uid) for number, uid in enumerate(classes)]
    result = send_files("127.0.0.1", node.port, files=files, **NAMES)
    assert result.ok, [item for item in result.objects if not item.ok][:3]
    assert len({node.spool.open(entry)[0].delivery for entry in node.spool.entries()}) == 2


def test_a_peer_that_takes_only_the_default_syntax_gets_it(other_scp, part10):
    port, kept = other_scp()
    sent = [part10(1), part10(2, transfer_syntax=ExplicitVRBigEndian)]
    assert send_files("127.0.0.1", port, files=sent, **NAMES).ok
    for original, (syntax, encoded) in zip(sent, kept, strict=True):
        assert syntax == ImplicitVRLittleEndian
        as_file = dcmread(BytesIO(encoded), force=True)
        expected = dcmread(BytesIO(original))
        assert as_file.SOPInstanceUID == expected.SOPInstanceUID
        assert as_file.PatientName == expected.PatientName
        assert len(as_file.PixelData) == len(expected.PixelData)


def test_a_peer_that_takes_the_native_syntax_gets_the_very_bytes(other_scp, part10):
    port, kept = other_scp([ImplicitVRLittleEndian, ExplicitVRLittleEndian])
    whole = part10(1)
    assert send_files("127.0.0.1", port, files=[whole], **NAMES).ok
    assert kept == [(str(ExplicitVRLittleEndian), data_set(whole))]


def test_what_the_peer_does_not_negotiate_is_said_for_that_object_alone(other_scp, part10):
    port, _ = other_scp()
    result = send_files(
        "127.0.0.1", port, files=[part10(1, SOPClassUID="1.2.840.10008.5.1.4.1.1.4"), part10(2)], **NAMES
    )
    assert [item.ok for item in result.objects] == [False, True]
    assert result.objects[0].status is None
    assert "does not take this SOP class" in result.objects[0].reason


@pytest.mark.parametrize(
    ("status", "ok", "words"),
    [
        (0x0000, True, ""),
        (0xB000, True, ""),
        (0xA700, False, "out of resources"),
        (0xA900, False, "does not match"),
        (0x0110, False, "failed to store"),
        (0xC123, False, "cannot understand"),
        (0x0124, False, "does not permit"),
    ],
)
def test_each_status_has_its_words(other_scp, part10, status, ok, words):
    port, _ = other_scp(status=status)
    (item,) = send_files("127.0.0.1", port, files=[part10(1)], **NAMES).objects
    assert (item.status, item.ok) == (status, ok)
    assert words in item.reason
    assert ok or f"{status:04X}H" in item.reason


def test_nobody_there_is_an_outcome_for_every_object(part10, deaf_port):
    result = send_files("127.0.0.1", deaf_port, files=[part10(1), part10(2)], **NAMES)
    assert not result.ok
    assert [item.ok for item in result.objects] == [False, False]
    assert "nothing listens there" in result.reason


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"called_ae": "OVERREAD", "calling_ae": "STRANGER"}, "does not know our AE title STRANGER"),
        ({"called_ae": "WRONG", "calling_ae": "NORTH"}, "does not call itself WRONG"),
    ],
)
def test_a_rejection_names_what_has_to_change(scp_node, part10, names, words):
    node = scp_node()
    assert words in send_files("127.0.0.1", node.port, files=[part10(1)], **names).reason
    assert words in echo("127.0.0.1", node.port, **names).reason


def test_a_peer_that_ends_the_association_leaves_the_rest_unsent(other_scp, part10):
    port, _ = other_scp(handler=lambda event: event.assoc.abort())
    result = send_files("127.0.0.1", port, files=[part10(1), part10(2)], **NAMES)
    assert [item.ok for item in result.objects] == [False, False]
    assert "ended the association" in result.reason


def test_a_peer_that_never_answers_is_given_up(part10):
    listener = socket.create_server(("127.0.0.1", 0))
    held = []
    threading.Thread(target=lambda: held.append(listener.accept()), daemon=True).start()
    result = send_files("127.0.0.1", listener.getsockname()[1], files=[part10(1)], timeout=1, **NAMES)
    assert not result.ok
    assert result.reason
    listener.close()


def test_an_echo_is_ok_or_says_why(scp_node, other_scp, deaf_port):
    assert echo("127.0.0.1", scp_node().port, **NAMES).ok
    assert "nothing listens" in echo("127.0.0.1", deaf_port, **NAMES).reason
    port, _ = other_scp()
    assert not echo("127.0.0.1", port, **NAMES).ok


def test_nagles_algorithm_is_off_when_objects_are_sent(scp_node, part10, monkeypatch):
    seen = []
    store = sender._Association.store

    def looked(association, item):
        connection = association._association.dul.socket.socket
        seen.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        return store(association, item)

    monkeypatch.setattr(sender._Association, "store", looked)
    assert send_files("127.0.0.1", scp_node().port, files=[part10(1)], **NAMES).ok
    assert all(seen)
    assert len(seen) == 1
