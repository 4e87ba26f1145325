"""The HL7 door over real sockets: acknowledgments, refusals, limits, TLS, and what an acknowledgment is worth."""

import base64
import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.metrics import ASSOCIATIONS
from config.settings import Hl7
from gateway.case_models import Hl7Message
from gateway.case_reports.hl7 import answering
from gateway.case_reports.hl7.answering import answer
from gateway.case_reports.hl7.framing import frame
from gateway.case_reports.hl7.message import MOST_SEGMENTS, Message, read_message
from gateway.case_reports.hl7.server import run_hl7
from gateway.certificates import certificate_digests
from gateway.models import Case
from gateway.node import Node
from gateway.originals import delete_unneeded
from gateway.site_door import DoorChange, set_door
from gateway.sites import SiteChange, set_site

PID = "PID|1||P-1^^^NORTH||Planted^Identity||19600102|F"
ORDER = "ORC|NW|PL-1|FI-1\rOBR|1|PL-1|FI-1|CTH^CT head|||||||||Sturz|||||ACC-1||||||CT"

UNNUMBERED = "ORC|NW\rOBR|1|||CTH^CT head|||||||||Sturz|||||||||||CT"


def order(control: str = "M1", sender: str = "RIS|NORTH-RAD", extra: str = "", kind: str = "ORM^O01") -> bytes:
    return f"MSH|^~\\&|{sender}|OVERREAD|NODE|20250302||{kind}|{control}|P|2.5.1{extra}\r{PID}\r{ORDER}\r".encode()


def fields(reply: bytes) -> dict[str, list[str]]:
    return {line[:3]: line.split("|") for line in reply.decode().split("\r") if line}


@pytest.fixture
def known(node: Node) -> Node:
    """Return the node with the site `north` as the owner of a facility."""
    set_site(node, "north", SiteChange(hl7_facilities=("NORTH-RAD", "ONE|SHARED")), actor="test")
    return node


@pytest.fixture
def open_door(known: Node) -> Iterator[Callable[..., int]]:
    """Return a starter of HL7 doors; each ends with the test."""
    running: list[tuple[threading.Event, threading.Thread]] = []

    def start(**settings: Any) -> int:
        hl7 = Hl7(**({"port": 0} | settings))
        node = replace(known, settings=known.settings.model_copy(update={"hl7": hl7}))
        stop, up, ports = threading.Event(), threading.Event(), list[int]()

        def ready(port: int) -> None:
            ports.append(port)
            up.set()

        thread = threading.Thread(target=run_hl7, args=(node,), kwargs={"stop": stop, "ready": ready}, daemon=True)
        thread.start()
        running.append((stop, thread))
        assert up.wait(180), "the door did not open"
        return ports[0]

    yield start
    for stop, _ in running:
        stop.set()
    for _, thread in running:
        thread.join(180)
        assert not thread.is_alive(), "the door did not stop"


def connect(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=60)
    line.settimeout(60)
    return line


def exchange(line: Any, payload: bytes) -> bytes:
    line.sendall(frame(payload))
    return receive(line)


def receive(line: Any) -> bytes:
    found = b""
    while not found.endswith(b"\x1c\r"):
        piece = line.recv(65536)
        if not piece:
            return found
        found += piece
    assert found.startswith(b"\x0b")
    return found[1:-2]


def numbers(node: Node) -> list[str]:
    with node.identity.read() as session:
        return list(session.scalars(select(Case.case_number).order_by(Case.id)))


def test_messages_on_one_line_are_acknowledged_in_their_order(known: Node, open_door) -> None:
    with connect(open_door()) as line:
        replies = [exchange(line, order(f"M{number}")) for number in range(3)]
    said = [fields(each) for each in replies]
    assert [each["MSA"][1:3] for each in said] == [["AA", "M0"], ["AA", "M1"], ["AA", "M2"]]
    header = said[0]["MSH"]
    assert header[2:6] == ["OVERREAD", "NODE", "RIS", "NORTH-RAD"]
    assert (header[8], header[10], header[11]) == ("ACK^O01^ACK", "P", "2.5.1")
    assert len(numbers(known)) == 1


@pytest.mark.parametrize("goes", [False, True])
def test_message_whose_frame_lacks_its_last_byte_is_answered_all_the_same(known: Node, open_door, goes: bool) -> None:
    with connect(open_door()) as line:
        line.sendall(frame(order("M1"))[:-1])
        if goes:
            line.shutdown(socket.SHUT_WR)
        assert fields(receive(line))["MSA"][1:3] == ["AA", "M1"]
        if not goes:
            line.sendall(b"\r" + frame(order("M2")))
            assert fields(receive(line))["MSA"][1:3] == ["AA", "M2"]
    assert len(numbers(known)) == 1


def test_acknowledged_message_is_kept_encrypted_and_its_case_committed(known: Node) -> None:
    payload = order()
    assert b"MSA|AA|M1" in (answer(known, payload) or b"")
    with known.identity.read() as session:
        (row,) = session.scalars(select(Hl7Message))
    with known.vault.open(row.blob) as kept:
        assert kept.read() == payload
    files = [each for each in (known.settings.home / "vault").rglob("*") if each.is_file()]
    assert not any(b"Planted" in each.read_bytes() for each in files)


def test_same_message_again_is_accepted_and_makes_no_second_case(known: Node) -> None:
    for _ in range(3):
        assert b"MSA|AA|M1" in (answer(known, order()) or b"")
    assert len(numbers(known)) == 1


def test_case_with_nothing_to_match_by_is_acknowledged_with_a_warning_each_time(known: Node) -> None:
    payload = order().replace(PID.encode(), b"PID|1||||ANONYMOUS").replace(ORDER.encode(), UNNUMBERED.encode())
    for _ in range(2):  # the first answer may have been lost on its way
        said = fields(answer(known, payload) or b"")
        assert said["MSA"][1:3] == ["AA", "M1"]
        assert (said["ERR"][3], said["ERR"][4]) == ("101^Required field missing^HL70357", "W")
        assert said["ERR"][8] == "nothing to match by: only its upload link or case number finds it"
    assert "ERR" not in fields(answer(known, order("M2")) or b"")
    assert len(numbers(known)) == 2
    committed = answer(known, payload.replace(b"|M1|P|2.5.1", b"|M3|P|2.5.1|||AL|NE")) or b""
    assert (fields(committed)["MSA"][1], fields(committed)["ERR"][4]) == ("CA", "W")


def test_warning_names_which_of_several_orders_has_nothing_to_match_by(known: Node) -> None:
    said = (answer(known, order() + f"PID|2||||ANONYMOUS\r{UNNUMBERED}\r".encode()) or b"").decode()
    assert said.count("ERR|") == 1
    assert "|W||||order 2: nothing to match by" in said


REFUSED = [
    (order(sender="RIS|NOWHERE"), "AR", "204"),
    (order(sender="TWO|SHARED"), "AR", "204"),
    (order(kind="SIU^S12"), "AR", "200"),
    (order().replace(PID.encode(), b"NTE|1"), "AE", "100"),
    (order().replace(b"|M1|", b"||"), "AE", "100"),
    (order(extra="||||||KLINGON"), "AE", "102"),
    (order(extra="||||||ASCII").replace(b"Sturz", "Stürze".encode()), "AE", "102"),
    (order().replace(b"19600102", b"\xff\xfe"), "AE", "102"),
]


def test_refusal_has_its_code_and_nothing_of_the_patient(known: Node) -> None:
    for payload, code, error in REFUSED:
        said = fields(answer(known, payload) or b"")
        assert (said["MSA"][1], said["ERR"][3].split("^")[0], said["ERR"][4]) == (code, error, "E")
        assert said["MSA"][2] == ("M1" if b"|M1|" in payload else "")
        assert b"Planted" not in (answer(known, payload) or b"")
        assert numbers(known) == []


def test_of_an_unknown_sender_no_more_than_the_header_is_read(known: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []

    def watched(payload: bytes, undeclared: str) -> Message:
        read.append(payload)
        return read_message(payload, undeclared)

    monkeypatch.setattr(answering, "read_message", watched)
    endless = b"AAA\r" * (MOST_SEGMENTS + 1)
    said = fields(answer(known, order(sender="RIS|NOWHERE") + endless) or b"")
    assert (said["MSA"][1:3], said["ERR"][3].split("^")[0]) == (["AR", "M1"], "204")
    assert max(map(len, read), default=0) < 200
    said = fields(answer(known, order() + endless) or b"")
    assert (said["MSA"][1:3], said["ERR"][3].split("^")[0]) == (["AE", "M1"], "102")
    assert numbers(known) == []


def test_bytes_discarded_before_the_message_is_filed_are_kept_again(known: Node) -> None:
    enclosed = b"Planted words."
    obx = f"OBX|1|ED|x||^Text^text^Base64^{base64.b64encode(enclosed).decode()}||||||F\r"
    payload = order(kind="ORU^R01") + obx.encode()
    keys = [hashlib.sha256(each).hexdigest() for each in (payload, enclosed)]

    class Discarding:
        """The database, into which somebody else's discarding of the same bytes comes first."""

        def write(self) -> Any:
            delete_unneeded(known, keys)
            return known.identity.write()

        def __getattr__(self, name: str) -> Any:
            return getattr(known.identity, name)

    raced: Any = Discarding()
    assert b"MSA|AA|M1" in (answer(replace(known, identity=raced), payload) or b"")
    assert [known.vault.exists(key) for key in keys] == [True, True]


def test_pair_of_application_and_facility_is_known_too(known: Node) -> None:
    assert b"MSA|AA" in (answer(known, order(sender="ONE|SHARED")) or b"")


def test_what_is_no_message_at_all_is_answered_without_a_number(known: Node) -> None:
    said = fields(answer(known, b"GET / HTTP/1.1") or b"")
    assert said["MSA"][1:3] == ["AE", ""]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [("|||AL|NE", "CA"), ("|||NE|AL", "AA"), ("|||AL|AL", "AA"), ("|||ER|NE", None), ("|||NE|ER", None)],
)
def test_enhanced_mode_gets_the_one_answer_it_asks_for(known: Node, wanted: str, code: str | None) -> None:
    payload = order().replace(b"|2.5.1\r", f"|2.5.1{wanted}\r".encode())
    reply = answer(known, payload)
    assert (fields(reply)["MSA"][1] if reply else None) == code
    assert len(numbers(known)) == 1


def test_fault_of_ours_is_ar_and_the_message_may_come_again(known: Node) -> None:
    with known.identity.engine.begin() as connection:
        connection.exec_driver_sql("alter table hl7_message rename to hidden")
    said = fields(answer(known, order()) or b"")
    assert (said["MSA"][1], said["ERR"][3].split("^")[0]) == ("AR", "207")
    with known.identity.engine.begin() as connection:
        connection.exec_driver_sql("alter table hidden rename to hl7_message")
    assert numbers(known) == []
    assert b"MSA|AA|M1" in (answer(known, order()) or b"")


def test_refusal_is_logged_and_counted_without_the_patient(known: Node, capsys: pytest.CaptureFixture[str]) -> None:
    from config.log import configure_log

    configure_log("debug", "json")
    answer(known, order().replace(b"ORC", b"ORD").replace(b"OBR", b"OBQ"))
    answer(known, order())
    said = capsys.readouterr().err
    assert '"door": "hl7"' in said
    assert "Planted" not in said
    assert "P-1" not in said


def test_message_above_the_limit_is_refused_by_its_number_and_the_line_closed(open_door) -> None:
    with connect(open_door(maximum_message_bytes=4096)) as line:
        reply = exchange(line, order("BIG") + b"NTE|1||" + b"x" * 10_000)
        assert fields(reply)["MSA"][1:3] == ["AE", "BIG"]
        with suppress(ConnectionResetError):  # what it had not read yet makes the end a rude one
            assert line.recv(10) == b""


def test_unfinished_message_is_dropped_with_its_line_after_a_while(known: Node, open_door) -> None:
    with connect(open_door(message_seconds=1)) as line:
        line.sendall(b"\x0bMSH|^~\\&|RIS")
        assert line.recv(10) == b""
    assert numbers(known) == []


def test_silent_line_is_closed_after_a_while(open_door) -> None:
    with connect(open_door(idle_seconds=1)) as line:
        assert line.recv(10) == b""


def test_one_line_too_many_is_closed_and_a_place_that_gets_free_is_given_again(open_door) -> None:
    port = open_door(maximum_connections=1)
    with connect(port) as first:
        assert b"MSA|AA" in exchange(first, order("A"))
        with connect(port) as second:
            assert second.recv(10) == b""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        with connect(port) as third, suppress(ConnectionError):
            third.sendall(frame(order("B")))
            if b"MSA|AA" in receive(third):
                return
        time.sleep(0.05)
    pytest.fail("the place was not given again")


def test_over_tls_a_site_is_known_by_its_certificate(known: Node, open_door, certificates: Path) -> None:
    (digest,) = certificate_digests(certificates / "client.pem")
    set_door(known, "north", DoorChange(certificates=(digest,)), actor="test")
    server = {"tls_certificate": certificates / "server.pem", "tls_key": certificates / "server.key"}
    port = open_door(**server, tls_ca=certificates / "ca.pem")

    def ask(shown: str | None) -> bytes:
        context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
        context.check_hostname = False
        if shown is not None:
            context.load_cert_chain(certificates / f"{shown}.pem", certificates / f"{shown}.key")
        with connect(port) as plain, context.wrap_socket(plain) as line:
            return exchange(line, order())

    assert b"not one of this sender's" in ask("server")
    assert numbers(known) == []
    assert b"MSA|AA" in ask("client")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(None)
    assert b"must show its certificate" in (answer(known, order("M2")) or b"")


@pytest.fixture
def secured(open_door, certificates: Path) -> Callable[..., int]:
    """Return a starter of HL7 doors with TLS that ask for no certificate."""
    server = {"tls_certificate": certificates / "server.pem", "tls_key": certificates / "server.key"}
    return lambda **settings: open_door(**server, **settings)


def test_handshakes_that_come_to_nothing_keep_no_sender_out(secured, certificates: Path) -> None:
    port = secured(maximum_connections=2)
    with ExitStack() as lines:
        for _ in range(5):
            silent = lines.enter_context(connect(port))
            silent.sendall(bytes.fromhex("16030100ff010000fb0303"))  # a ClientHello that never ends
        context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
        context.check_hostname = False
        line = lines.enter_context(context.wrap_socket(connect(port)))
        assert b"MSA|AA" in exchange(line, order())


def test_why_a_handshake_failed_is_logged_and_counted(secured, capsys: pytest.CaptureFixture[str]) -> None:
    from config.log import configure_log

    configure_log("debug", "json")
    failed = ASSOCIATIONS.labels("hl7-tls-failed")
    before = failed._value.get()
    with connect(secured()) as line, suppress(ConnectionError):
        line.sendall(frame(order()))
        assert not line.recv(1 << 16).startswith(b"\x0b")
    deadline = time.monotonic() + 180
    while failed._value.get() == before and time.monotonic() < deadline:
        time.sleep(0.05)
    written = capsys.readouterr().err
    assert "the peer speaks no TLS" in written
    assert "Identity" not in written
