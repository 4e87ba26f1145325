"""Reports in Rich Text Format: inside messages in every way they are written, sent in by themselves, beside images."""

import base64
import json
import time
from itertools import count

import pytest
from sqlalchemy import select

from config.errors import Malformed
from gateway.case_reports.hl7.answering import answer
from gateway.case_reports.hl7.message import read_message
from gateway.case_reports.hl7.orders import orders_of
from gateway.case_reports.hl7.results import read_result
from gateway.desk.at_desk import case_at_desk
from gateway.models import Case

_NUMBERS = count(1)
HEAD = rb"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0\fcharset0 Arial;}}"
RTF = HEAD + rb"\b Befund:\b0\par Kein Sch\'e4deltrauma \u8211? stabil.\par}"
SAID = "Befund:\nKein Schädeltrauma \u2013 stabil."


def oru(*observed: str, version: str = "2.5.1") -> bytes:
    number = next(_NUMBERS)
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||ORU^R01|X{number}|P|{version}|||||UNICODE UTF-8"
    obr = "OBR|1|PL-1^RIS|FI-1^PACS|CTH^CT head^L|||20250301|||||||||||ACC-1||||20250302101500|||F"
    pid = "PID|1||P-1^^^NORTH||One^Anna||19500304|F"
    return "\r".join((header, pid, obr, *observed, "")).encode()


def escaped(text: str) -> str:
    for character, letter in (("\\", "E"), ("|", "F"), ("^", "S"), ("&", "T"), ("~", "R")):
        text = text.replace(character, f"\0{letter}\0")
    return text.replace("\0", "\\")


def ed(content: bytes, encoding: str = "Base64") -> str:
    data = {"Base64": lambda: base64.b64encode(content).decode(), "Hex": content.hex, "A": content.decode}
    return f"OBX|1|ED|R^Report^L||^application^rtf^{encoding}^{data[encoding]()}||||||F"


LINES = RTF.decode().replace("\\par ", "\\par\n").split("\n")
BEYOND = RTF.decode().replace("\\'e4", "ä")


@pytest.mark.parametrize(
    "observed",
    [
        (ed(RTF),),
        (ed(RTF, "Hex"),),
        (ed(RTF, "A"),),
        (ed(BEYOND.encode(), "A"),),
        (f"OBX|1|ED|R^Report^L||^application^rtf^A^{escaped(RTF.decode())}||||||F",),
        (f"OBX|1|FT|R^Report^L||{escaped(RTF.decode())}||||||F",),
        (f"OBX|1|FT|R^Report^L||{RTF.decode()}||||||F",),
        (f"OBX|1|TX|R^Report^L||{escaped(BEYOND)}||||||F",),
        tuple(f"OBX|{at}|TX|R^Report^L||{escaped(line)}||||||F" for at, line in enumerate(LINES, 1)),
        tuple(f"OBX|{at}|ST|R^Report^L||{line}||||||F" for at, line in enumerate(LINES, 1)),
    ],
    ids=[
        "Base64",
        "Hex",
        "ASCII",
        "ASCII that is none",
        "ASCII, escaped",
        "escaped",
        "not escaped",
        "beyond ASCII",
        "over several",
        "over several, not escaped",
    ],
)
def test_report_in_a_message_is_read_and_kept_as_it_came(file_in, view, observed: tuple[str, ...]) -> None:
    (filed,) = file_in(oru(*observed))
    case = view(filed.case_number)
    assert case["report"]["text"] == SAID
    assert [each["kind"] for each in case["documents"]] == ["hl7", "rtf"]
    assert filed.note is None


def test_separators_in_rich_text_over_several_observations_are_those_that_were_written(file_in, view) -> None:
    lines = (r"{\rtf1 Smith", " & Sons ^ |", " end}")
    observed = (f"OBX|{at}|FT|R^Report^L||{escaped(line)}||||||F" for at, line in enumerate(lines, 1))
    (filed,) = file_in(oru(*observed))
    assert view(filed.case_number)["report"]["text"] == "Smith & Sons ^ | end"


def test_rich_text_over_very_many_observations_takes_no_longer_for_each(node) -> None:
    def seconds(count: int) -> float:
        observed = (f"OBX|{at}|ST|R^Report^L||{{\\b {'x' * 200}}}||||||F" for at in range(count))
        order = orders_of(read_message(oru("OBX|0|ST|R^Report^L||{\\rtf1||||||F", *observed), "UTF-8").segments)[0]
        begin = time.process_time()
        read_result(order, lambda enclosure: "")
        return time.process_time() - begin

    few, many = min(seconds(400) for _ in range(3)), min(seconds(4000) for _ in range(2))
    assert many < 30 * few + 0.05


def test_documents_beyond_the_most_are_not_even_read(node) -> None:
    read = []
    order = orders_of(read_message(oru(*[ed(RTF)] * 50), "UTF-8").segments)[0]
    with pytest.raises(Malformed, match="may enclose 10"):
        read_result(order, lambda enclosure: read.append(enclosure) or "")
    assert len(read) == 10


def test_text_beside_rich_text_stays_beside_it(file_in, view) -> None:
    lines = (
        f"OBX|1|FT|R^Report^L||{escaped(RTF.decode())}||||||F",
        "OBX|2|TX|I^Impression^L||Unremarkable.||||||F",
    )
    (filed,) = file_in(oru(*lines))
    assert view(filed.case_number)["report"]["text"] == f"{SAID}\n\nImpression:\nUnremarkable."


@pytest.mark.parametrize("version", ["2.5.1", "2.3"])
def test_sender_and_desk_are_told_of_a_document_that_cannot_be_read(node, tell, version: str) -> None:
    unread = base64.b64encode(b"{\\rtf1 " + b"{" * 500).decode()
    unreadable = f"OBX|1|ED|R^Report^L||^application^rtf^Base64^{unread}||||||F"
    said = (answer(node, oru(unreadable, version=version)) or b"").decode()
    assert "MSA|AA|" in said
    assert "(RTF) cannot be read" in said
    assert ("ERR|||102^Data type error^HL70357|W|" in said) == (version == "2.5.1")
    with node.identity.read() as session:
        (number,) = session.scalars(select(Case.case_number))
        assert "came as RTF" in case_at_desk(session, node, number)["unread_documents"]
    answer(node, oru(ed(RTF), version=version))
    with node.identity.read() as session:
        assert case_at_desk(session, node, number)["unread_documents"] is None


def test_desk_is_told_of_a_document_that_cannot_be_read_beside_words_too(node, file_in) -> None:
    (filed,) = file_in(oru("OBX|2|TX|I^Impression^L||Unremarkable.||||||F", ed(b"{\\rtf1 " + b"{" * 500)))
    with node.identity.read() as session:
        assert "came as RTF" in case_at_desk(session, node, filed.case_number or "")["unread_documents"]


def test_picture_beside_words_is_nothing_to_tell_and_one_alone_is(file_in) -> None:
    picture = ed(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (filed,) = file_in(oru("OBX|2|TX|I^Impression^L||Unremarkable.||||||F", picture))
    assert filed.note is None
    (alone,) = file_in(oru(picture))
    assert "a picture" in (alone.note or "")


def test_rich_text_report_makes_a_case_by_its_labels(file_in, view) -> None:
    content = (
        HEAD + rb"Name: Anna One\par Geburtsdatum: 04.03.1950\par Patienten-ID: P-1\par Befund: Keine Blutung.\par}"
    )
    (filed,) = file_in(content, name="report.rtf")
    case = view(filed.case_number)
    assert (case["patient"]["name"], case["patient"]["birth_date"]) == ("Anna One", "19500304")
    assert "Keine Blutung." in case["report"]["text"]
    assert [each["kind"] for each in case["documents"]] == ["rtf"]


def test_report_of_fhir_in_rich_text_is_read(file_in, view) -> None:
    who = {"resourceType": "Patient", "id": "p", "name": [{"family": "One", "given": ["Anna"]}]}
    form = {"contentType": "application/rtf", "data": base64.b64encode(RTF).decode()}
    report = {"resourceType": "DiagnosticReport", "status": "final", "contained": [who], "code": {}}
    report |= {"subject": {"reference": "#p"}, "presentedForm": [form]}
    (filed,) = file_in(json.dumps(report), content_type="application/fhir+json")
    assert view(filed.case_number)["report"]["text"] == SAID
