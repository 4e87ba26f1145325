"""HL7 messages as cases: orders, reports, corrections and merges, with the words of real systems."""

import base64
from typing import Any

import pytest

from config.errors import Conflict, Malformed, NotOffered, TooLarge
from gateway.case_reports.hl7.distinct import distinct
from gateway.case_reports.hl7.message import (
    LONGEST_HEADER,
    MOST_LINES,
    MOST_PARTS,
    MOST_REPETITIONS,
    MOST_SEGMENTS,
    Segment,
    read_header,
    read_message,
)
from gateway.case_reports.hl7.patient import identifiers, read_patient
from gateway.cases import close_case
from tests.unit.anonymizer.content_trees import code, item, report, written

PID = "PID|1||P-1^^^NORTH&1.2.3&ISO^MR||MÜLLER^ANNA^MARIA||19600102|F|||Weg 1^^Bonn^NW^53111^DEU"
ORDER = (
    "ORC|NW|PL-1^RIS|FI-1^PACS\rOBR|1|PL-1^RIS|FI-1^PACS|CTH^CT head^L|||||||||Sturz|||^Weiß^Eva^^^Dr.||ACC-1||||||CT"
)
REPORT = "OBR|1|PL-1^RIS|FI-1^PACS|CTH^CT head^L|||20250301|||||||||^Weiß^Eva||ACC-1||||20250302101500|||F"


def msh(kind: str, control: str = "M1", charset: str = "UNICODE UTF-8", sender: str = "RIS|NORTH") -> str:
    return f"MSH|^~\\&|{sender}|OVERREAD|NODE|20250302||{kind}|{control}|P|2.5.1||||||{charset}"


def message(kind: str, *segments: str, **header: str) -> str:
    return "\r".join((msh(kind, **header), *segments)) + "\r"


def test_order_becomes_a_case_with_what_it_asks(file_in, view) -> None:
    (filed,) = file_in(
        message("ORM^O01", PID, ORDER + "\rNTE|1||Blutung?\rZDS|1.2.840.1^100^App^DICOM", "IN1|1|AOK|1|AOK")
    )
    case = view(filed.case_number)
    assert case["patient"] == {
        "name": "MÜLLER^ANNA^MARIA",
        "other_names": [],
        "birth_date": "19600102",
        "sex": "F",
        "ids": [{"id": "P-1", "issuer": "NORTH", "type": "MR"}],
        "addresses": ["Weg 1, Bonn, NW, 53111"],
    }
    assert case["orders"] == [{"id": "PL-1", "issuer": "placer:RIS"}, {"id": "FI-1", "issuer": "filler:PACS"}]
    assert (case["accession_numbers"], case["study_uids"]) == (["ACC-1"], ["1.2.840.1"])
    assert case["requested_studies"] == [
        {"modality": "CT", "description": "CT head", "accession_number": "ACC-1", "study_uid": "1.2.840.1"}
    ]
    assert (case["question"], case["referrer"]) == ("Sturz\nBlutung?", "Weiß^Eva^^Dr.")
    assert (case["payer"], case["jurisdiction"], case["modality"]) == ("insurer", "DE", "CT")


@pytest.mark.parametrize("kind", ["OMI^O23^OMI_O23", "OMG^O19^OMG_O19"])
def test_newer_order_messages_are_read_alike(file_in, view, kind: str) -> None:
    ipc = "IPC|ACC-9^NORTH^1.2.840.77^ISO|RP-1|1.2.840.9|SPS-1|NMR|MRB^MR brain"
    (filed,) = file_in(message(kind, PID, "ORC|NW|PL-9|FI-9", "OBR|1|PL-9|FI-9|MRB^MR brain", ipc))
    case = view(filed.case_number)
    assert (case["modality"], case["accession_numbers"], case["study_uids"]) == ("MR", ["ACC-9"], ["1.2.840.9"])
    assert case["accession_issuers"] == [{"id": "ACC-9", "issuer": "NORTH"}, {"id": "ACC-9", "issuer": "1.2.840.77"}]


def test_accession_number_that_is_the_filler_s_has_the_filler_for_its_issuer(file_in, view) -> None:
    (filed,) = file_in(message("ORM^O01", PID, "ORC|NW|PL-9|FI-9^PACS\rOBR|1|PL-9|FI-9^PACS|CT1^CT head"))
    case = view(filed.case_number)
    assert case["accession_numbers"] == ["FI-9"]
    assert case["accession_issuers"] == [{"id": "FI-9", "issuer": "PACS"}]


def test_order_its_change_and_its_report_are_one_case(file_in, view, count_cases) -> None:
    (ordered,) = file_in(message("ORM^O01", PID, ORDER))
    (changed,) = file_in(message("ORM^O01", PID, ORDER.replace("ORC|NW", "ORC|XO") + "\rNTE|1||Neu?", control="M2"))
    (reported,) = file_in(message("ORU^R01", PID, REPORT, "OBX|1|TX|||Keine Blutung.~Normal.||||||F", control="M3"))
    assert {ordered.case_number, changed.case_number, reported.case_number} == {ordered.case_number}
    assert (ordered.outcome, changed.outcome, reported.outcome, count_cases()) == ("created", "updated", "updated", 1)
    case = view(ordered.case_number)
    assert case["report"] == {"text": "Keine Blutung.\nNormal.", "language": "", "date": "20250302"}
    assert (case["study_date"], case["question"]) == ("20250301", "Sturz\nNeu?")
    assert [each["kind"] for each in case["documents"]] == ["hl7", "hl7", "hl7"]


def test_corrected_report_replaces_the_one_before_and_a_second_order_stands_beside(file_in, view) -> None:
    (first,) = file_in(message("ORU^R01", PID, REPORT, "OBX|1|TX|||Blutung.||||||P"))
    file_in(message("ORU^R01", PID, REPORT, "OBX|1|TX|||Keine Blutung.||||||C", control="M2"))
    other = REPORT.replace("FI-1^PACS", "FI-2^PACS").replace("PL-1^RIS", "PL-2^RIS")
    file_in(message("ORU^R01", PID, other, "OBX|1|TX|||Hals normal.||||||F", control="M3"))
    assert view(first.case_number)["report"]["text"] == "Keine Blutung.\n\nHals normal."


def test_same_order_of_another_patient_is_another_case(file_in, count_cases) -> None:
    file_in(message("ORM^O01", PID, ORDER))
    (other,) = file_in(message("ORM^O01", PID.replace("P-1", "P-2").replace("MÜLLER", "MAIER"), ORDER, control="M2"))
    assert (other.outcome, count_cases()) == ("created", 2)


def test_same_message_again_changes_nothing_and_a_reused_control_id_is_still_read(file_in, view) -> None:
    text = message("ORU^R01", PID, REPORT, "OBX|1|TX|||Keine Blutung.||||||F")
    (first,) = file_in(text)
    (again,) = file_in(text.replace("|20250302||ORU", "|20250302120000||ORU"))
    assert (again.case_number, again.outcome) == (first.case_number, "unchanged")
    (reused,) = file_in(text.replace("Keine Blutung.", "Blutung."))
    assert (reused.case_number, reused.outcome) == (first.case_number, "updated")
    assert view(first.case_number)["report"]["text"] == "Blutung."


def test_cancelled_order_closes_its_case_and_an_unknown_one_is_kept_for_its_order(file_in, view) -> None:
    (ordered,) = file_in(message("ORM^O01", PID, ORDER))
    cancelled = message("ORM^O01", PID, ORDER.replace("ORC|NW", "ORC|CA"), control="M2")
    assert [each.outcome for each in file_in(cancelled)] == ["closed"]
    assert view(ordered.case_number)["state"] == "closed"
    (unknown,) = file_in(message("ORM^O01", PID, "ORC|CA|X-1|X-2\rOBR|1|X-1|X-2", control="M3"))
    assert (unknown.outcome, unknown.case_number) == ("kept", None)


def test_order_given_anew_opens_a_case_that_its_sender_cancelled_and_none_that_a_person_closed(
    file_in, view, node
) -> None:
    (ordered,) = file_in(message("ORM^O01", PID, ORDER))
    file_in(message("ORM^O01", PID, ORDER.replace("ORC|NW", "ORC|CA"), control="M2"))
    (changed,) = file_in(message("ORM^O01", PID, ORDER.replace("ORC|NW", "ORC|XO"), control="M3"))
    assert view(changed.case_number)["state"] == "closed"
    (anew,) = file_in(message("ORM^O01", PID, ORDER, control="M4"))
    assert (anew.case_number, view(anew.case_number)["state"]) == (ordered.case_number, "open")
    close_case(node, ordered.case_number, actor="clerk")
    file_in(message("ORM^O01", PID, ORDER, control="M5"))
    assert view(ordered.case_number)["state"] == "closed"


def test_case_is_closed_with_the_last_of_its_orders_also_where_only_one_number_is_given(file_in, view) -> None:
    second = ORDER.replace("PL-1", "PL-2").replace("FI-1", "FI-2").replace("CT head", "CT neck")
    (ordered,) = file_in(message("ORM^O01", PID, f"{ORDER}\r{second}"))
    cancelled = second.replace("ORC|NW", "ORC|CA").replace("FI-2^PACS", "")
    (one,) = file_in(message("ORM^O01", PID, cancelled, control="M2"))
    case = view(ordered.case_number)
    assert (one.case_number, one.outcome, case["state"]) == (ordered.case_number, "updated", "open")
    assert [each["description"] for each in case["requested_studies"]] == ["CT head"]
    (other,) = file_in(message("ORM^O01", PID, ORDER.replace("ORC|NW", "ORC|CA"), control="M3"))
    assert (other.outcome, view(ordered.case_number)["state"]) == ("closed", "closed")


def test_message_that_cancels_one_order_and_gives_another_does_both(file_in, view) -> None:
    (ordered,) = file_in(message("ORM^O01", PID, ORDER))
    second = ORDER.replace("PL-1", "PL-2").replace("FI-1", "FI-2")
    filed = file_in(message("ORM^O01", PID, ORDER.replace("ORC|NW", "ORC|CA"), second, control="M2"))
    assert {each.case_number for each in filed} == {ordered.case_number}
    case = view(ordered.case_number)
    assert (case["state"], [each["issuer"] for each in case["orders"]]) == (
        "open",
        ["cancelled:placer:RIS", "cancelled:filler:PACS", "placer:RIS", "filler:PACS"],
    )
    file_in(message("ORM^O01", PID, second.replace("ORC|NW", "ORC|CA"), control="M3"))
    assert view(ordered.case_number)["state"] == "closed"


def test_two_orders_with_two_accession_numbers_are_two_cases_and_with_one_they_are_one(file_in, view) -> None:
    second = "\rORC|NW|PL-2|FI-2\rOBR|1|PL-2|FI-2|CTC^CT chest||||||||||||||ACC-2"
    assert len(file_in(message("ORM^O01", PID, ORDER + second))) == 2
    (one,) = file_in(
        message("ORM^O01", PID.replace("P-1", "P-7"), ORDER + second.replace("ACC-2", "ACC-1"), control="M2")
    )
    assert len(view(one.case_number)["requested_studies"]) == 2


@pytest.mark.parametrize("event", ["A08", "A31^ADT_A05"])
def test_correction_of_a_patient_reaches_the_case_and_what_was_said_before_is_kept(file_in, view, gate, event) -> None:
    (ordered,) = file_in(message("ORM^O01", PID, ORDER))
    corrected = PID.replace("MÜLLER^ANNA^MARIA||19600102", "MÖLLER^ANNA||19600201")
    assert [each.outcome for each in file_in(message(f"ADT^{event}", corrected, control="M2"))] == ["updated"]
    case = view(ordered.case_number)
    assert (case["patient"]["name"], case["patient"]["birth_date"]) == ("MÖLLER^ANNA", "19600201")
    (former,) = case["former_identities"]
    assert (former["name"], former["birth_date"]) == ("MÜLLER^ANNA^MARIA", "19600102")
    assert ("case-identity-changed", ordered.case_number) in gate.audited()


@pytest.mark.parametrize("event", ["A40^ADT_A39", "A47^ADT_A30"])
def test_merge_gives_the_case_the_surviving_identifier_beside_the_old_one(file_in, view, event: str) -> None:
    (ordered,) = file_in(message("ORM^O01", PID, ORDER))
    merged = message(f"ADT^{event}", PID.replace("P-1^", "P-9^"), "MRG|P-1^^^NORTH", control="M2")
    assert [each.outcome for each in file_in(merged)] == ["updated"]
    ids = view(ordered.case_number)["patient"]["ids"]
    assert [(each["id"], each["issuer"]) for each in ids] == [("P-1", "NORTH"), ("P-9", "NORTH")]
    report = message("ORU^R01", PID.replace("P-1^", "P-9^"), REPORT, "OBX|1|TX|||Normal.||||||F", control="M3")
    assert [each.case_number for each in file_in(report)] == [ordered.case_number]


def test_merge_of_another_issuer_touches_nobody(file_in, view) -> None:
    (ordered,) = file_in(message("ORM^O01", PID, ORDER))
    (kept,) = file_in(message("ADT^A40", PID.replace("P-1^", "P-9^"), "MRG|P-1^^^SOUTH", control="M2"))
    assert (kept.outcome, kept.case_number) == ("kept", None)
    assert len(view(ordered.case_number)["patient"]["ids"]) == 1


def test_name_in_three_scripts_is_one_name_and_an_alias_another(file_in, view) -> None:
    pid = (
        "PID|1||P-3^^^NORTH||YAMADA^TARO^^^^^L^A~山田^太郎^^^^^L^I~やまだ^たろう^^^^^L^P~SUZUKI^TARO^^^^^M||19700101|M"
    )
    (filed,) = file_in(message("ORM^O01", pid, ORDER))
    patient = view(filed.case_number)["patient"]
    assert patient["name"] == "YAMADA^TARO=山田^太郎=やまだ^たろう"
    assert patient["other_names"] == ["SUZUKI^TARO"]


def test_enclosed_pdf_is_read_and_kept_beside(file_in, view, node) -> None:
    from io import BytesIO

    from reportlab.pdfgen.canvas import Canvas

    page = BytesIO()
    canvas = Canvas(page)
    canvas.drawString(72, 700, "No bleeding seen.")
    canvas.save()
    obx = f"OBX|1|ED|PDF^Report^L||^application^pdf^Base64^{base64.b64encode(page.getvalue()).decode()}||||||F"
    (filed,) = file_in(message("ORU^R01", PID, REPORT, obx))
    case = view(filed.case_number)
    assert case["report"]["text"] == "No bleeding seen."
    (kept,) = [each for each in case["documents"] if each["kind"] == "pdf"]
    with node.vault.open(kept["sha256"]) as content:
        assert content.read() == page.getvalue()


def test_enclosed_structured_report_is_read_and_kept_beside(file_in, view) -> None:
    content = written(report(item("TEXT", code("121071", "DCM", "Finding"), "Keine Blutung.")))
    said = base64.b64encode(content).decode()
    obx = f"OBX|1|ED|SR^Report^L||^application^dicom^Base64^{said}||||||F"
    (filed,) = file_in(message("ORU^R01", PID, REPORT, obx))
    case = view(filed.case_number)
    assert "Keine Blutung." in case["report"]["text"]
    assert [each["kind"] for each in case["documents"]] == ["hl7", "sr"]


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n" + bytes(range(256))])
def test_enclosed_document_that_is_not_read_is_kept_without_words(file_in, view, content: bytes) -> None:
    obx = f"OBX|1|ED|X^Report^L||^application^x^Base64^{base64.b64encode(content).decode()}||||||F"
    (filed,) = file_in(message("ORU^R01", PID, REPORT, obx))
    case = view(filed.case_number)
    assert (case["report"]["text"], [each["kind"] for each in case["documents"]]) == ("", ["hl7", "text"])


def test_coded_and_numeric_results_stand_under_their_names_and_deleted_ones_do_not(file_in, view) -> None:
    lines = (
        "OBX|1|TX|1^Findings^L||Mass\\.br\\in the \\T\\ left lung.||||||F",
        "OBX|2|CE|2^Renal mass^L||C65^Malignant neoplasm^ICD||||||F",
        "OBX|3|NM|3^Size^L||12.5|mm|||||F",
        "OBX|4|TX|1^Findings^L||Wrong line.||||||D",
        "OBX|5|ST|113014^DICOM Study^DCM||1.2.840.77||||||F",
        "NTE|1||Compared with 2019.",
    )
    (filed,) = file_in(message("ORU^R01", PID, REPORT, *lines))
    case = view(filed.case_number)
    assert case["report"]["text"] == (
        "Findings:\nMass\nin the & left lung.\n\nRenal mass:\nMalignant neoplasm\n\nSize:\n12.5 mm\nCompared with 2019."
    )
    assert case["study_uids"] == ["1.2.840.77"]


def test_clinical_document_gives_its_body_and_entities_are_never_expanded(file_in, view) -> None:
    section = "<section><title>Findings</title><text>Lungs clear.</text></section>"
    body = f"<component><structuredBody>{section}</structuredBody></component>"
    cda = f'<?xml version="1.0"?><ClinicalDocument><title>Head</title><name>Doe</name>{body}</ClinicalDocument>'
    (filed,) = file_in(message("ORU^R01", PID, REPORT, f"OBX|1|ED|C^CDA^L||^Text^text/xml^ASCII^{cda}||||||F"))
    assert view(filed.case_number)["report"]["text"] == "Findings\nLungs clear."
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "yy">]><a>&x;</a>'
    hostile = message("ORU^R01", PID, REPORT, f"OBX|1|ED|C^CDA^L||^Text^text/xml^ASCII^{bomb}||||||F", control="M2")
    assert [each.outcome for each in file_in(hostile)] == ["updated"]
    assert view(filed.case_number)["report"]["text"] == "Findings\nLungs clear."


LACKING = [
    (("ORC|NW|1|2",), "ORM^O01", Malformed),
    ((PID,), "ORM^O01", Malformed),
    ((PID,), "ORU^R01", Malformed),
    (("PID|1||||Planted^Identity",), "ADT^A08", Malformed),
    ((PID,), "ADT^A40", Malformed),
    ((PID, "MRG|"), "ADT^A40", Malformed),
    ((PID,), "SIU^S12", NotOffered),
    ((PID, REPORT, "OBX|1|ED|x||^a^b^Base64^%%%||||||F"), "ORU^R01", Malformed),
    ((PID, REPORT, "OBX|1|ED|x||^a^b^rot13^abc||||||F"), "ORU^R01", Malformed),
    ((PID.replace("P-1^", "P" * 500 + "^"), ORDER.replace("ACC-1", "A" * 2)), "ADT^A08", Malformed),
]


def test_what_lacks_its_parts_is_refused_without_its_values(file_in, count_cases) -> None:
    for segments, kind, error in LACKING:
        with pytest.raises(error) as caught:
            file_in(message(kind, *segments))
        assert count_cases() == 0
        assert not any(word in str(caught.value) for word in ("Planted", "MÜLLER", "P-1", "PPP"))


def test_message_of_another_site_is_refused(file_in, node) -> None:
    from gateway.sites import SiteChange, set_site

    set_site(node, "south", SiteChange(hl7_facilities=("SOUTH",)), actor="test")
    with pytest.raises(Conflict, match="another site"):
        file_in(message("ORM^O01", PID, ORDER, sender="RIS|SOUTH"))


def test_file_of_several_messages_is_answered_message_by_message(file_in, count_cases) -> None:
    good, bad = message("ORM^O01", PID, ORDER), message("SIU^S12", PID, control="M2")
    third = message("ORM^O01", PID.replace("P-1", "P-2"), ORDER, control="M3")
    batch = f"FHS|^~\\&\nBHS|^~\\&\n{good}{bad}{third}BTS|3\rFTS|1\r".replace("\r", "\n")
    assert [each.outcome for each in file_in(batch)] == ["created", "refused", "created"]
    assert count_cases() == 2


BROKEN = [b"MSH", b"MSH|", b"MSH|^~\\&", b"MSH||||", b"MSH|^^^^|A\r", b"\x0bMSH|^~\\&|\x1c\r"]


def test_broken_header_is_malformed(file_in) -> None:
    for payload in BROKEN:
        with pytest.raises(Malformed):
            file_in(payload, content_type="application/hl7-v2")


@pytest.mark.parametrize(
    "body",
    [
        *(b"PID|" + mark * (MOST_PARTS + 1) for mark in (b"|", b"^", b"~", b"&")),
        *(b"PID|" + mark * MOST_LINES + b"x" for mark in (b"\r", b"\n", b"\r\n", b"x\r")),
        b"AAA\r" * MOST_SEGMENTS,
    ],
)
def test_message_of_too_many_parts_is_too_large(body: bytes) -> None:
    with pytest.raises(TooLarge):
        read_message(b"MSH|^~\\&|A\r" + body, "UNICODE UTF-8")


def test_message_of_as_many_segments_as_it_may_have_is_read() -> None:
    body = b"NTE|1||&\r" * (MOST_SEGMENTS - 1)
    assert len(read_message(b"MSH|^~\\&|A\r" + body, "ASCII").segments) == MOST_SEGMENTS


@pytest.mark.parametrize("codec", ["iso8859-1", "utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_header_is_read_alone_in_its_character_set(codec: str) -> None:
    declared = {"iso8859-1": "8859/1", "utf-8": "UNICODE UTF-8"}.get(codec, "UNICODE UTF-16")
    text = msh("ORM^O01", sender="RIS|KÖLN", charset=declared) + "\rPID|" + "|" * (MOST_PARTS + 1)
    read = read_header(text.encode(codec), "ASCII")
    assert [each.name for each in read.segments] == ["MSH"]
    assert (read.header.text(4), read.header.text(10)) == ("KÖLN", "M1")


def test_header_without_an_end_is_malformed() -> None:
    with pytest.raises(Malformed):
        read_header(b"MSH|^~\\&|A|" + b"x" * LONGEST_HEADER, "ASCII")


class Watched(str):
    """A text that counts how often it is split, compared and hashed as often as any other."""

    splits = comparisons = 0

    def split(self, *how: Any) -> list[str]:  # type: ignore[override]
        Watched.splits += 1
        return super().split(*how)

    def __eq__(self, other: object) -> bool:
        Watched.comparisons += 1
        return super().__eq__(other)

    def __hash__(self) -> int:
        return super().__hash__()


def test_field_is_split_once_however_often_it_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watched, "splits", 0)
    field = Watched("~".join(f"P-{number}^^^NORTH" for number in range(MOST_REPETITIONS)))
    pid = Segment("PID", ("PID", "1", "", field), "|~^&", "\\", "ascii")
    assert len(identifiers(pid, (3,))) == MOST_REPETITIONS
    assert Watched.splits == 1


def test_values_are_told_apart_without_comparing_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watched, "comparisons", 0)
    values: list[str] = [Watched(number % 1000) for number in range(3000)]
    assert distinct(values) == [str(number) for number in range(1000)]
    assert Watched.comparisons < 10_000
    assert distinct([{"id": "1", "issuer": "A"}, {"issuer": "A", "id": "1"}]) == [{"id": "1", "issuer": "A"}]


@pytest.mark.parametrize("field", [3, 5])
def test_identifiers_and_names_without_end_are_too_large(field: int) -> None:
    line = "PID" + "|" * field + "~".join(f"P-{number}" for number in range(MOST_REPETITIONS + 1))
    read = read_message(f"MSH|^~\\&|A\r{line}\r".encode(), "ASCII")
    with pytest.raises(TooLarge):
        read_patient(read.segments[1])


def test_lines_that_are_no_segments_go_on_with_the_one_before() -> None:
    read: Any = read_message(b"MSH|^~\\&|A|B|||||ORU^R01|1\rOBX|1|FT|||first\nsecond line||||||F\r", "ASCII")
    assert read.segments[1].text(5) == "first\nsecond line"
