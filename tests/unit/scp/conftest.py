"""A peer made of a bare socket, so that tests can say what no library would."""

import socket
import struct
from collections.abc import Callable, Iterator

import pytest
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import A_ASSOCIATE, ImplementationClassUIDNotification, MaximumLengthNotification
from pynetdicom.presentation import build_context

INSTANCE = "1.2.826.0.1.3680043.10.1.1"


class RawPeer:
    """A requestor that sends exactly the bytes it is told to."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=180)

    def associate(self, calling: str = "NORTH", called: str = "OVERREAD", maximum: int = 16384) -> bytes:
        """Propose CT (context 1) and verification (context 3); return the answering PDU."""
        primitive = A_ASSOCIATE()
        primitive.application_context_name = "1.2.840.10008.3.1.1.1"
        primitive.calling_ae_title, primitive.called_ae_title = calling, called
        contexts = [build_context(CTImageStorage, ExplicitVRLittleEndian), build_context("1.2.840.10008.1.1")]
        contexts[0].context_id, contexts[1].context_id = 1, 3
        primitive.presentation_context_definition_list = contexts
        length = MaximumLengthNotification()
        length.maximum_length_received = maximum
        implementation = ImplementationClassUIDNotification()
        implementation.implementation_class_uid = "1.2.3.4"
        primitive.user_information = [length, implementation]
        self.socket.sendall(A_ASSOCIATE_RQ(primitive).encode())
        return self.pdu()

    def pdu(self) -> bytes:
        """Return the next PDU; empty when the connection is closed."""
        header = self._exactly(6)
        return header + self._exactly(int.from_bytes(header[2:], "big")) if header else b""

    def send(self, *fragments: tuple[int, int, bytes]) -> None:
        """Send one P-DATA-TF of (context, control header, body) fragments."""
        items = b"".join(
            struct.pack(">LBB", len(body) + 2, context, control) + body for context, control, body in fragments
        )
        self.socket.sendall(b"\x04\x00" + struct.pack(">L", len(items)) + items)

    def store(self, data: bytes, instance: str = INSTANCE, piece: int = 10_000, message_id: int = 1) -> int:
        """Send a C-STORE-RQ and return the status of its response."""
        self.send((1, 3, store_command(instance, message_id)))
        for start in range(0, len(data), piece):
            last = 2 if start + piece >= len(data) else 0
            self.send((1, last, data[start : start + piece]))
        return self.status()

    def status(self) -> int:
        """Return the status in the next response."""
        response = self.pdu()
        assert response[:1] == b"\x04", f"no response but {response[:1]!r}"
        at = response.index(struct.pack("<HHL", 0, 0x0900, 2)) + 8
        return int.from_bytes(response[at : at + 2], "little")

    def release(self) -> bytes:
        """Ask for release and return the answer."""
        self.socket.sendall(bytes((5, 0, 0, 0, 0, 4, 0, 0, 0, 0)))
        return self.pdu()

    def close(self) -> None:
        self.socket.close()

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                piece = self.socket.recv(count - len(data))
            except ConnectionResetError:
                return b""
            if not piece:
                return b""
            data += piece
        return data


def element(number: int, value: bytes) -> bytes:
    return struct.pack("<HHL", 0, number, len(value)) + value


def store_command(instance: str = INSTANCE, message_id: int = 1, data_set_type: int = 0) -> bytes:
    uid = instance.encode() + b"\0" * (len(instance) % 2)
    body = (
        element(0x0002, str(CTImageStorage).encode() + b"\0")
        + element(0x0100, struct.pack("<H", 1))
        + element(0x0110, struct.pack("<H", message_id))
        + element(0x0700, struct.pack("<H", 2))
        + element(0x0800, struct.pack("<H", data_set_type))
        + element(0x1000, uid)
    )
    return element(0, struct.pack("<L", len(body))) + body


@pytest.fixture
def raw_peer() -> Iterator[Callable[[int], RawPeer]]:
    """Return a maker of raw peers that are closed at the end."""
    peers: list[RawPeer] = []

    def connect(port: int) -> RawPeer:
        peers.append(RawPeer(port))
        return peers[-1]

    yield connect
    for peer in peers:
        peer.close()


@pytest.fixture
def command() -> Callable[..., bytes]:
    """Return the maker of C-STORE-RQ command sets."""
    return store_command


@pytest.fixture
def ct_data_set(part10: Callable[..., bytes]) -> bytes:
    """Return the data set of a small CT whose instance is the one the raw peer's commands name."""
    whole = part10(1)
    return whole[whole.index(b"\x08\x00\x16\x00UI") :]
