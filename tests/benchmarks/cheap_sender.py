"""A sender that costs next to nothing: PDUs made beforehand, no Nagle, one thread for each association.

`cheap_sender.py PORT CALLED FILE ASSOCIATIONS INSTANCES` sends the file's data set INSTANCES times over each
association, under a new SOP Instance UID each time, and prints the seconds from the first association to the last
release. A response that is not a success ends it with exit code 1.
"""

import socket
import struct
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import A_ASSOCIATE, ImplementationClassUIDNotification, MaximumLengthNotification
from pynetdicom.presentation import build_context

from gateway.outgoing import Outgoing, read_outgoing

PDU_BYTES = 131072
LAST_COMMAND, DATA, LAST_DATA = 3, 0, 2
RELEASE = bytes((5, 0, 0, 0, 0, 4, 0, 0, 0, 0))


def associate_request(called: str, proposed: Sequence[tuple[str, str]]) -> bytes:
    """Return an A-ASSOCIATE-RQ that proposes SOP classes, each in a transfer syntax, as contexts 1, 3, 5 and so on."""
    primitive = A_ASSOCIATE()
    primitive.application_context_name = "1.2.840.10008.3.1.1.1"
    primitive.calling_ae_title, primitive.called_ae_title = "NORTH", called
    contexts = [build_context(*each) for each in proposed]
    for number, context in enumerate(contexts):
        context.context_id = 2 * number + 1
    primitive.presentation_context_definition_list = contexts
    length, implementation = MaximumLengthNotification(), ImplementationClassUIDNotification()
    length.maximum_length_received = 16384
    implementation.implementation_class_uid = "1.2.3.4"
    primitive.user_information = [length, implementation]
    return A_ASSOCIATE_RQ(primitive).encode()


def pdata(control: int, body: bytes) -> bytes:
    return struct.pack(">BBLLBB", 4, 0, len(body) + 6, len(body) + 2, 1, control) + body


def element(number: int, value: bytes) -> bytes:
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHL", 0, number, len(value)) + value


def command(item: Outgoing, instance: str, message_id: int) -> bytes:
    body = b"".join(
        (
            element(0x0002, item.sop_class_uid.encode()),
            element(0x0100, struct.pack("<H", 1)),
            element(0x0110, struct.pack("<H", message_id)),
            element(0x0700, struct.pack("<H", 2)),
            element(0x0800, struct.pack("<H", 0)),
            element(0x1000, instance.encode()),
        )
    )
    return pdata(LAST_COMMAND, element(0, struct.pack("<L", len(body))) + body)


def read_pdu(connection: socket.socket) -> bytes:
    """Read a PDU, which may come in several segments: none waits for the acknowledgment of the one before."""
    header = _read(connection, 6)
    return _read(connection, int.from_bytes(header[2:], "big"))


def _read(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        piece = connection.recv(length - len(data))
        if not piece:
            raise SystemExit("the receiver closed the connection")
        data += piece
    return data


def send(port: int, called: str, item: Outgoing, instances: int, number: int) -> None:
    data_set = item.data_set()
    uid = item.sop_instance_uid.encode().ljust(64, b"\0")[: len(item.sop_instance_uid)]
    at = data_set.index(uid)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(associate_request(called, [(item.sop_class_uid, item.transfer_syntax_uid)]))
        accepted = read_pdu(connection)
        maximum = int.from_bytes(accepted[accepted.index(b"\x51\0\0\4") + 4 :][:4], "big")
        room = min(maximum or PDU_BYTES, PDU_BYTES) - 6
        tail = [data_set[start : start + room] for start in range(room, len(data_set), room)]
        rest = b"".join(pdata(LAST_DATA if piece is tail[-1] else DATA, piece) for piece in tail)
        for count in range(instances):
            serial = f"{number:02d}{count:06d}".encode()
            instance = uid[: -len(serial)] + serial
            head = data_set[:at] + instance + data_set[at + len(uid) : room]
            connection.sendall(command(item, instance.decode(), count % 65535 + 1) + pdata(DATA, head) + rest)
            response = read_pdu(connection)
            status = response[response.rindex(struct.pack("<HHL", 0, 0x0900, 2)) + 8 :][:2]
            if status != b"\0\0":
                raise SystemExit(f"status {status.hex()}")
        connection.sendall(RELEASE)
        read_pdu(connection)


def main() -> int:
    port, called, file, associations, instances = sys.argv[1:]
    item = read_outgoing(Path(file))
    failed: list[BaseException] = []

    def run(number: int) -> None:
        try:
            send(int(port), called, item, int(instances), number)
        except (SystemExit, OSError, ValueError) as error:
            failed.append(error)
            print(repr(error), file=sys.stderr)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(int(associations))]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(time.perf_counter() - began)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
