"""Associations by the hundred at a receiver: how fast they are made, what idle ones cost, and what a crowd loses.

Requests are bytes made beforehand, so that the time is the receiver's.
"""

import socket
import struct
import threading
import time
from collections import Counter
from pathlib import Path

from cheap_sender import DATA, LAST_DATA, RELEASE, associate_request, command, pdata, read_pdu
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AllStoragePresentationContexts
from receivers import CALLED, Running

from gateway.outgoing import read_outgoing

_MOST_CONTEXTS = 128
_FRAGMENT = 16 * 1024
_ACCEPTED, _REJECTED, _TRANSIENT = 2, 3, 2
_PAIRS = [(str(each.abstract_syntax), str(ExplicitVRLittleEndian)) for each in AllStoragePresentationContexts]
ONE_CLASS = associate_request(CALLED, [(CTImageStorage, ExplicitVRLittleEndian)])
ALL_CLASSES = associate_request(CALLED, _PAIRS[:_MOST_CONTEXTS])


def set_up(port: int, count: int, request: bytes) -> float:
    """Return the seconds in which so many associations are made and released, one by one."""
    began = time.perf_counter()
    for _ in range(count):
        with _open(port, request) as connection:
            connection.sendall(RELEASE)
            read_pdu(connection)
    return time.perf_counter() - began


def idle(receiver: Running, count: int, seconds: float) -> tuple[float, float]:
    """Return how much of a core, in percent, and how many MB more a number of idle associations take."""
    before = receiver.memory_mb()
    connections = [_open(receiver.port, ONE_CLASS) for _ in range(count)]
    try:
        time.sleep(1.0)
        cpu, began = receiver.cpu_seconds(), time.perf_counter()
        time.sleep(seconds)
        percent = (receiver.cpu_seconds() - cpu) * 100 / (time.perf_counter() - began)
        return percent, receiver.memory_mb() - before
    finally:
        for connection in connections:
            connection.close()


def crowd(port: int, image: Path, count: int, at_once: int) -> Counter[str]:
    """Send one image over each of many associations and return how often what came of it.

    "stored" was acknowledged, "later" was rejected as transient (PS3.8 table 9-21); all else is a failure.
    """
    outcomes: Counter[str] = Counter()
    item = read_outgoing(image)
    data_set, uid = item.data_set(), item.sop_instance_uid.encode()
    request = associate_request(CALLED, [(item.sop_class_uid, item.transfer_syntax_uid)])
    numbers = iter(range(count))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            instance = uid[:-8] + f"{number:08d}".encode()
            body = command(item, instance.decode(), 1) + _fragments(data_set.replace(uid, instance))
            outcome = _one(port, request, body)
            with lock:
                outcomes[outcome] += 1

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _fragments(data_set: bytes) -> bytes:
    pieces = [data_set[start : start + _FRAGMENT] for start in range(0, len(data_set), _FRAGMENT)]
    return b"".join(pdata(DATA, each) for each in pieces[:-1]) + pdata(LAST_DATA, pieces[-1])


def _one(port: int, request: bytes, body: bytes) -> str:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
            connection.sendall(request)
            answer = _pdu(connection)
            if answer[:1] == bytes((_REJECTED,)):
                return "later" if answer[7] == _TRANSIENT else "rejected"
            connection.sendall(body)
            response = _pdu(connection)
            status = response[response.index(struct.pack("<HHL", 0, 0x0900, 2)) + 8 :][:2]
            connection.sendall(RELEASE)
            _pdu(connection)
            return "stored" if status == b"\0\0" else f"status {status.hex()}"
    except (OSError, ValueError) as error:
        return type(error).__name__


def _pdu(connection: socket.socket) -> bytes:
    header = connection.recv(6, socket.MSG_WAITALL)
    if len(header) < 6:
        raise ConnectionResetError
    return header + connection.recv(int.from_bytes(header[2:], "big"), socket.MSG_WAITALL)


def _open(port: int, request: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=120)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(request)
    if _pdu(connection)[0] != _ACCEPTED:
        raise SystemExit("an association was not accepted")
    return connection
