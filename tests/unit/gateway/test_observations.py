"""What is seen of a site's senders: character sets, clocks, duplicates, failed handshakes; and what the doctor says."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from config.settings import Dicom
from gateway.doctor import examine
from gateway.models import ReceivedObject
from gateway.observations import NO_DEFINED_TERM, NOT_DECLARED, character_set_of, made_at, observed_of
from gateway.site_door import latest_visits


def observed(gate, site: str = "north"):
    with gate.node.identity.read() as session:
        return observed_of(session, site, gate.node.clock())


def ill(gate) -> dict[str, tuple[str, str]]:
    return {each.what: (each.finding, each.advice) for each in examine(gate.node.settings) if not each.well}


@pytest.fixture
def today(gate, monkeypatch):
    """Let the doctor live at the time of the node of the test."""
    real = datetime.now(UTC)
    gate.pass_time(seconds=(real - gate.node.clock()).total_seconds())
    return gate


def test_character_sets_are_counted_by_site(gate, part10) -> None:
    for number, declared in enumerate(("ISO_IR 100", "ISO_IR 100", ["", "ISO 2022 IR 87"], None)):
        gate.receive(part10(number, **({"SpecificCharacterSet": declared} if declared else {})))
    gate.receive(part10(9), site="south", delivery="2" * 32)
    assert observed(gate)["character_sets"] == {"ISO_IR 100": 2, "\\ISO 2022 IR 87": 1, NOT_DECLARED: 1}
    assert observed(gate, "south")["character_sets"] == {NOT_DECLARED: 1}


@pytest.mark.parametrize(
    "value",
    ["Planted^Identity", "ISO_IR 100 Planted", "ISO PLANTED IDENTITY", "x" * 90, "\\".join(["ISO_IR 100"] * 40)],
)
def test_what_is_no_character_set_is_never_repeated(value) -> None:
    assert character_set_of(value) == NO_DEFINED_TERM


def test_a_character_set_that_almost_is_one_is_judged_at_once() -> None:
    assert character_set_of("ISO_A" * 39 + "!") == NO_DEFINED_TERM  # with nested repetition this would never end
    assert character_set_of("ISO_IR 1" * 20_000 + "!") == NO_DEFINED_TERM


def test_a_clock_ahead_by_thousands_of_years_fits_the_column(today, part10) -> None:
    today.receive(part10(1, InstanceCreationDate="99990101", InstanceCreationTime="000000"))
    assert observed(today)["clock_ahead"]["seconds"] == 2**31 - 1


@pytest.mark.parametrize("value", ["ISO_IR 192", "GB18030", "ISO 2022 IR 6\\ISO 2022 IR 159", "GBK"])
def test_what_is_one_is_named(value) -> None:
    assert character_set_of(value) == value


def test_an_object_made_after_it_came_shows_a_clock_that_is_ahead(today, part10) -> None:
    now = today.node.clock()

    def made(number: int, ahead: timedelta, **more: str) -> bytes:
        at = now + ahead
        return part10(number, InstanceCreationDate=f"{at:%Y%m%d}", InstanceCreationTime=f"{at:%H%M%S}", **more)

    today.receive(made(1, timedelta(minutes=3), TimezoneOffsetFromUTC="+0000"))
    today.receive(made(2, timedelta(hours=13)))  # without an offset it may be local time somewhere
    assert observed(today)["clock_ahead"] is None
    assert "clock skew" not in ill(today)
    today.receive(made(3, timedelta(minutes=20), TimezoneOffsetFromUTC="+0000"))
    assert observed(today)["clock_ahead"]["objects"] == 1
    finding, advice = ill(today)["clock skew"]
    assert finding == "north: objects made up to 20 min after they came"
    assert "clock" in advice


@pytest.mark.parametrize(
    ("created", "offset", "made"),
    [
        ("20250314" + "101500.123", "+0100", datetime(2025, 3, 14, 9, 15, tzinfo=UTC)),
        ("20250314", "-0500", datetime(2025, 3, 14, 5, tzinfo=UTC)),
        ("20250314" + "0900", "", datetime(2025, 3, 13, 19, tzinfo=UTC)),
        ("", "+0000", None),
        ("20251399", "+0000", None),
        ("20250314", "+9900", None),
        ("00010101", "", None),
    ],
)
def test_when_an_object_was_made_is_read_or_not_known(created, offset, made) -> None:
    assert made_at(created, offset) == made


def test_a_site_that_sends_again_what_it_sent_is_named(today, part10, monkeypatch) -> None:
    monkeypatch.setattr("gateway.doctor._MANY", 4)
    for _ in range(2):
        for number in (1, 2):
            today.receive(part10(number))
    assert observed(today)["duplicates"] == {"days": 30, "objects": 4, "duplicates": 2}
    assert ill(today)["duplicates"][0] == "north: 2 of 4 objects of a day had come before"
    with today.node.identity.write() as session:
        session.execute(update(ReceivedObject).values(disposition=None))
    assert "duplicates" not in ill(today)


def test_texts_without_a_known_character_set_are_the_doctors_matter(gate, part10) -> None:
    gate.receive(part10(1).replace(b"\x08\x00\x16\x00UI", b"\x08\x00\x05\x00CS\x06\x00KLINGO\x08\x00\x16\x00UI", 1))
    assert "no defined term" in ill(gate)["character sets"][0]


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("TLS: the peer showed no certificate", "give the sender a certificate"),
        ("TLS: the certificate of the peer is not trusted: certificate has expired", "add the CA"),
        ("TLS: the peer does not trust the certificate of this node", "give the sender the CA"),
        ("TLS: the peer speaks no TLS, and this is the port for it", "turn TLS on"),
        ("TLS: the handshake failed (ODD)", "look at"),
    ],
)
def test_a_failed_handshake_is_named_with_what_helps_and_shown_with_its_site(gate, words, advice) -> None:
    path = gate.node.settings.visits_file
    now = datetime.now(UTC).isoformat()
    visit = {"at": now, "site": None, "calling_ae": "", "called_ae": "", "host": "10.1.2.3", "tls": True,
             "answer": words, "delivery": None, "rejected_contexts": []}  # fmt: skip
    known = visit | {"site": "north", "calling_ae": "NORTH", "called_ae": "OVERREAD", "answer": "accepted"}
    other = visit | {"host": "10.9.9.9"}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([visit, other, known]))
    named = {each.finding: each.advice for each in examine(gate.node.settings) if each.what == "refused"}
    assert set(named) == {f"10.1.2.3: {words}", f"10.9.9.9: {words}"}
    assert named[f"10.1.2.3: {words}"].startswith(advice)
    shown = latest_visits(gate.node.settings, "north", ["NORTH"])
    assert [each["answer"] for each in shown] == [words, "accepted"]


def test_the_nodes_own_certificate_is_looked_at(gate, certificates: Path, tmp_path: Path) -> None:
    def look(days: int, key: str = "k.pem") -> tuple[bool, str]:
        folder = tmp_path / f"valid{days}"
        folder.mkdir()
        command = [shutil.which("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x",
                   "-keyout", "k.pem", "-out", "c.pem", "-days", str(days)]  # fmt: skip
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        files = {"tls_certificate": folder / "c.pem", "tls_key": folder / key, "tls_ca": certificates / "ca.pem"}
        settings = gate.node.settings.model_copy(update={"dicom": Dicom(reserve_bytes=0, **files)})
        (found,) = [each for each in examine(settings) if each.what == "tls dicom"]
        return found.well, found.finding

    assert look(400)[0]
    assert look(3)[0] is False
    well, finding = look(401, key=str(certificates / "server.key"))
    assert (well, "do not fit" in finding) == (False, True), finding
    assert "tls dicom" not in {each.what for each in examine(gate.node.settings)}
