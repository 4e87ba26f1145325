"""Characters of HL7 messages: declared sets, sets declared wrongly, and escape sequences."""

import pytest

from config.errors import Malformed
from gateway.case_reports.hl7.character_sets import codec_named
from gateway.case_reports.hl7.escapes import unescape
from gateway.case_reports.hl7.message import read_message

SEPARATORS = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\"}


def name_of(payload: bytes, undeclared: str = "UNICODE UTF-8") -> str:
    message = read_message(payload, undeclared)
    pid = message.first("PID")
    assert pid is not None
    return f"{pid.text(5)}^{pid.text(5, 2)}"


def message(charset: str, name: str, codec: str) -> bytes:
    return f"MSH|^~\\&|A|B|C|D|1||ADT^A08|1|P|2.5||||||{charset}\rPID|1||P||{name}\r".encode(codec)


@pytest.mark.parametrize(
    ("charset", "name", "codec"),
    [
        ("UNICODE UTF-8", "王^小明", "utf-8"),
        ("GB 18030-2000", "王^小明", "gb18030"),
        ("GB 18030-2000", "㐀䶵^瓳", "gb18030"),
        ("BIG-5", "許^功蓋", "big5"),
        ("KS X 1001", "홍^길동", "cp949"),
        ("8859/1", "Müller^Zoë", "iso8859-1"),
        ("8859/2", "Łukasz^Żak", "iso8859-2"),
        ("8859/5", "Иванов^Пётр", "iso8859-5"),
        ("8859/15", "Œuvre^Čapek".replace("Č", "S"), "iso8859-15"),
        ("ISO IR100", "Núñez^José", "iso8859-1"),
        ("ISO IR14~ISO IR87", "山田^太郎", "iso2022_jp_2"),
        ("~ISO IR87", "山田^太郎", "iso2022_jp_2"),
        ("UNICODE UTF-16", "王^Müller", "utf-16"),
        ("UNICODE UTF-16", "王^Müller", "utf-16-le"),
        ("", "王^小明", "utf-8"),
        ("8859/1", "Müller^王", "utf-8"),
    ],
)
def test_name_is_read_in_the_set_of_the_message(charset: str, name: str, codec: str) -> None:
    assert name_of(message(charset, name, codec)) == name


def test_set_of_a_message_that_declares_none_is_the_nodes() -> None:
    assert name_of(message("", "Müller^Zoë", "iso8859-1"), "8859/1") == "Müller^Zoë"


@pytest.mark.parametrize(
    ("charset", "codec"), [("UNICODE UTF-8", "gb18030"), ("ASCII", "utf-8"), ("", "iso8859-1"), ("KLINGON", "utf-8")]
)
def test_what_is_not_in_its_set_is_refused_and_never_guessed(charset: str, codec: str) -> None:
    with pytest.raises(Malformed) as caught:
        name_of(message(charset, "Müller^Zoë", codec))
    assert "ller" not in str(caught.value)
    assert "KLINGON" not in str(caught.value)


@pytest.mark.parametrize("name", ["GB 18030", "gb18030-2000", "ISO_IR 192", "ISO IR6", "Windows-1252"])
def test_sets_are_known_however_they_are_spaced(name: str) -> None:
    assert codec_named(name)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"one\.br\two\.sp+2\three\.ce\four", "one\ntwo\n\nthree\nfour"),
        (r"\H\bold\N\ and \.in+4\in", "bold and in"),
        (r"M\XC3BC\ller", "Müller"),
        (r"a\X0D0A\b", "a\nb"),
        (r"\M2442\;3ED\C2842\ X", "山田 X"),
        (r"\M2441\M5\C2842\!", b"\x1b$AM5".decode("iso2022_jp_2") + "!"),
        (r"half \ open", "half \\ open"),
        (r"\Zunknown\x", "x"),
        (r"\X4\x", "x"),
        (r"\.sp99999999999\x", "\n" * 50 + "x"),
    ],
)
def test_escape_sequences(written: str, read: str) -> None:
    assert unescape(written, separators=SEPARATORS, escape="\\", codec="utf-8") == read
