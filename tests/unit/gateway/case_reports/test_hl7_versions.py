"""Acknowledgments are of the version in which the sender speaks, laid out as that version has them."""

import pytest

from gateway.case_reports.hl7.answering import answer
from gateway.sites import SiteChange, set_site

ORDER = (
    "MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||{kind}|M1|P|{version}\r"
    "PID|1||P-1^^^NORTH||{name}\rORC|NW|{number}\rOBR|1|{number}||CTH^CT head\r"
)
_WARNING = "nothing to match by: only its upload link or case number finds it"


@pytest.fixture
def ask(node):
    """Return what sends an order in a version over the HL7 door and gives the segments of the answer, by name."""
    set_site(node, "north", SiteChange(hl7_facilities=("NORTH",)), actor="test")

    def send(version: str, kind: str = "ORM^O01", name: str = "Planted^Identity", number: str = "PL-1"):
        payload = ORDER.format(version=version, kind=kind, name=name, number=number)
        payload = payload if number else payload.replace("P-1^^^NORTH", "")
        return {each[:3]: each.split("|") for each in (answer(node, payload.encode()) or b"").decode().split("\r")}

    return send


ANSWERED = [
    ("2.1", "2.1", "ACK"),
    ("2.2", "2.2", "ACK^O01"),
    ("2.3", "2.3", "ACK^O01"),
    ("2.3.1", "2.3.1", "ACK^O01^ACK"),
    ("2.4^DEU^2.4-1", "2.4", "ACK^O01^ACK"),
    ("2.5", "2.5", "ACK^O01^ACK"),
    ("2.5.1", "2.5.1", "ACK^O01^ACK"),
    ("2.6", "2.6", "ACK^O01^ACK"),
    ("2.8.2", "2.8.2", "ACK^O01^ACK"),
    ("", "2.5.1", "ACK^O01^ACK"),
    ("3.0", "2.5.1", "ACK^O01^ACK"),
    ("2.3 beta", "2.5.1", "ACK^O01^ACK"),
]


def test_answer_is_of_the_sender_s_version_where_that_is_one(ask) -> None:
    for version, said, kind in ANSWERED:
        header = ask(version)["MSH"]
        assert (header[11], header[8]) == (said, kind), version


def test_refusal_before_2_5_says_in_msa_and_err_1_what_err_3_and_err_8_say_later(ask) -> None:
    later = ask("2.5", kind="SIU^S12")
    assert later["MSA"] == ["MSA", "AR", "M1"]
    assert later["ERR"][1:5] == ["", "", "200^Unsupported message type^HL70357", "E"]
    for version in ("2.2", "2.3", "2.3.1", "2.4"):
        early = ask(version, kind="SIU^S12")
        assert early["ERR"] == ["ERR", "^^^200&Unsupported message type&HL70357"]
        assert early["MSA"] == ["MSA", "AR", "M1", later["ERR"][8], "", "", "200^Unsupported message type^HL70357"]


def test_refusal_in_2_1_is_said_in_the_text_of_msa_alone(ask) -> None:
    said = ask("2.1", kind="SIU^S12")
    assert said["MSA"][1] == "AR" and said["MSA"][3].startswith("this kind of message is not read")
    assert "ERR" not in said and len(said["MSA"]) == 4


def test_warning_before_2_5_is_no_error_segment_as_that_has_no_severity(ask) -> None:
    for version in ("2.1", "2.3", "2.4"):
        said = ask(version, name="ANONYMOUS", number="")
        assert said["MSA"] == ["MSA", "AA", "M1", _WARNING]
        assert "ERR" not in said
    assert ask("2.6", name="ANONYMOUS", number="")["ERR"][4] == "W"
