"""What comes beside the images is told by its content, read within bounds, and kept with the right case."""

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from docx import Document
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from config.errors import NotFound
from gateway.attachment_models import Attachment
from gateway.attachments.discarding import discard_attachment
from gateway.attachments.extractor import limit_itself
from gateway.attachments.kinds import attachment_kind
from gateway.attachments.language import guess_language
from gateway.attachments.reading import extract_text, read_waiting
from gateway.cases import case_view
from gateway.decisions import match_by_person, unmatch_by_person
from gateway.merging import merge_cases
from gateway.studies import purge

ENGLISH = "There is no evidence of bleeding in the brain and the ventricles are of normal size."


def pdf(*lines: str, encrypted: bool = False) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, encrypt="secret" if encrypted else None)
    for number, line in enumerate(lines):
        canvas.drawString(50, 800 - 15 * number, line)
    canvas.save()
    return target.getvalue()


def docx(*lines: str) -> bytes:
    document, target = Document(), io.BytesIO()
    for line in lines:
        document.add_paragraph(line)
    document.save(target)
    return target.getvalue()


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def bomb() -> bytes:
    """Return a PDF whose page is a few kilobytes that inflate to 400 MiB."""
    squeezed = zlib.compressobj(9)
    content = b"".join(squeezed.compress(b" " * (1 << 20)) for _ in range(400)) + squeezed.flush()
    head = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
    )
    stream = b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream endobj\n" % (len(content), content)
    return head + stream + b"trailer<</Root 1 0 R>>\n"


def kind(content: bytes, path: str = "X") -> str | None:
    return attachment_kind(io.BytesIO(content), path, len(content))


def attachments(node) -> list[Attachment]:
    with node.identity.read() as session:
        return list(session.scalars(select(Attachment).order_by(Attachment.id)))


def shown(node, number: str) -> list[dict]:
    with node.identity.read() as session:
        return case_view(session, number)["attachments"]


BULK = bytes(20_000)


@pytest.mark.parametrize(
    ("content", "path", "expected"),
    [
        (pdf("x"), "VIEWER/BIN.EXE", "pdf"),
        (b"\n\n" + pdf("x"), "a", "pdf"),
        (docx("x"), "report.pdf", "docx"),
        (b"\xff\xd8\xff\xe0" + BULK, "film.png", "jpeg"),
        (b"\x89PNG\r\n\x1a\n" + BULK, "", "png"),
        (b"II*\0" + BULK, "", "tiff"),
        (b"MM\0*" + BULK, "", "tiff"),
        (b"Befund: kein Hinweis auf eine Blutung.", "Befund.TXT", "text"),
        ("\ufeffBefund: unauffällig, keine Blutung.".encode("utf-16"), "b.txt", "text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "icon.png", None),
        (b"Befund: kein Hinweis auf eine Blutung.", "settings.ini", None),
        (b"This viewer was made by somebody else.", "README.TXT", None),
        (b"<html>Befund: kein Hinweis auf Blutung</html>", "b.txt", None),
        (b"\x01\x02\x03 and other binary content here", "b.txt", None),
        (zipped(**{"[Content_Types].xml": b"x"}), "a.docx", None),
        (b"PK\x03\x04" + b"no zip at all" * 9, "a.docx", None),
        (b"", "empty.txt", None),
    ],
)
def test_the_content_tells_the_kind(content: bytes, path: str, expected: str | None) -> None:
    assert kind(content, path) == expected


class Watched(io.BytesIO):
    """A file that notes the largest piece that was read of it at once."""

    largest = 0

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        self.largest = max(self.largest, len(content))
        return content


def test_a_zip_with_an_endless_directory_is_no_document_and_costs_nothing() -> None:
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *[0] * 6, 0, 0, 0, 1, *[0] * 4, 0, 0) + b"a"
    entries = 200_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, entries * len(entry), 30, 0)
    bundle = Watched(b"PK\x03\x04" + bytes(26) + entry * entries + end)
    assert attachment_kind(bundle, "", bundle.getbuffer().nbytes) is None
    assert bundle.largest < 1 << 20 < entries * len(entry)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        ("Es ist kein Nachweis einer Blutung und die Ventrikel sind von der Weite her nicht auffällig.", "de"),
        ("No se observa hemorragia en el estudio y los ventrículos son de tamaño normal para la edad.", "es"),
        ("Il n'y a pas de saignement et les ventricules sont de taille normale sur le scanner.", "fr"),
        ("未见颅内出血，脑室大小正常。", "zh"),
        ("脳出血は認められません。", "ja"),
        ("뇌출혈은 보이지 않습니다.", "ko"),
        ("Признаков кровоизлияния не выявлено.", "ru"),
        ("CT 12345", ""),
        ("", ""),
    ],
)
def test_the_language_is_guessed_or_left_open(text: str, language: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("made", "content", "text"),
    [
        ("pdf", pdf(ENGLISH, "second line"), "second line"),
        ("docx", docx("Befund", "unauffällig"), "Befund\nunauffällig"),
        ("text", "Größe normal".encode(), "Größe normal"),
        ("text", "Größe unauffällig, für die Prüfung übermittelt".encode("cp1252"), "Größe unauffällig"),
        ("text", "未见颅内出血，脑室大小形态正常，中线结构居中。".encode("gb18030"), "未见颅内出血"),
    ],
)
def test_text_is_read(tmp_path: Path, made: str, content: bytes, text: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert text in extract_text(file, made, scratch=tmp_path)["text"]


@pytest.mark.parametrize(
    ("made", "content", "problem"),
    [
        ("pdf", b"%PDF-1.7 and then nothing of the kind", "cannot be read"),
        ("pdf", pdf("x", encrypted=True), "password"),
        ("docx", zipped(**{"word/document.xml": b"<x"}), "cannot be read"),
        ("docx", zipped(**{"word/document.xml": bytes(300 << 20)}), "larger than a report"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, made: str, content: bytes, problem: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert problem in extract_text(file, made, scratch=tmp_path)["problem"]


def test_a_bomb_ends_with_its_reader_and_not_with_the_worker(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bomb())
    said = extract_text(file, "pdf", scratch=tmp_path)
    assert said.get("text", "") == ""


def test_a_reader_that_is_late_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(pdf("x"))
    assert "too long" in extract_text(file, "pdf", scratch=tmp_path, seconds=0.01)["problem"]


def test_the_reader_limits_itself_before_it_parses() -> None:
    import os

    child = os.fork()
    if child == 0:
        try:
            limit_itself()
            bytearray(2 << 30)
        except MemoryError:
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_an_attachment_of_a_delivery_for_a_case_is_the_cases_at_once(gate) -> None:
    number = gate.case()
    row = gate.receive(pdf(ENGLISH), door="upload", path="disc/Befund Müller.pdf", case_number=number)
    assert (row.disposition, row.reason_code, row.reason) == ("kept", "attachment", "attachment: PDF report")
    assert shown(gate.node, number)[0]["state"] == "waiting"
    assert read_waiting(gate.node) == 1
    assert read_waiting(gate.node) == 0
    (view,) = shown(gate.node, number)
    assert (view["file_name"], view["kind"], view["language"], view["state"]) == (
        "Befund Müller.pdf",
        "pdf",
        "en",
        "done",
    )
    assert ENGLISH in view["text"]


def test_an_attachment_follows_the_study_of_its_delivery_to_its_case_and_away(gate) -> None:
    study = gate.publish()
    gate.receive(docx("Befund"), path="a.docx")
    (before,) = attachments(gate.node)
    assert before.case_id is not None, "a study of the same delivery was linked before the attachment came"
    number = next(subject for action, subject in gate.audited() if action == "case-imported")
    unmatch_by_person(gate.node, number, study.study_uid, actor="test")
    assert attachments(gate.node)[0].case_id is None
    other = gate.case(patient={"name": "Other^Person"})
    match_by_person(gate.node, other, study.study_uid, actor="test")
    assert len(shown(gate.node, other)) == 1
    assert shown(gate.node, number) == []


def test_two_cases_of_one_delivery_leave_its_attachments_to_a_person(gate) -> None:
    first, second = gate.case(), gate.case(patient={"name": "Other^Person"})
    gate.receive(gate.part10(1, StudyInstanceUID="1.2.3"))
    gate.receive(gate.part10(2, StudyInstanceUID="1.2.4", PatientID="P2", PatientName="Other^Person"))
    gate.receive(pdf(ENGLISH), path="a.pdf")
    for number, study in zip((first, second), gate.studies(), strict=True):
        match_by_person(gate.node, number, study.study_uid, actor="test")
    assert attachments(gate.node)[0].case_id is None


def test_a_case_number_in_a_report_finds_its_case_and_that_of_the_study_beside_it(gate) -> None:
    number = gate.case(patient={"name": "Planted^Identity"})
    gate.receive(gate.part10(PatientID="unknown there"))
    assert gate.run() == "match"
    assert gate.study().state == "unmatched"
    gate.receive(pdf(f"Case {number[:5]} {number[5:]}"), path="a.pdf")
    read_waiting(gate.node)
    assert len(shown(gate.node, number)) == 1
    assert gate.study().wanted_revision > gate.study().finished_revision
    assert gate.run() == "enlist"


def test_a_report_that_was_read_before_the_images_came_speaks_for_them_too(gate) -> None:
    number = gate.case(patient={"name": "Planted^Identity"})
    gate.receive(pdf(f"Case {number}"), path="a.pdf")
    read_waiting(gate.node)
    gate.receive(gate.part10(PatientID="unknown there"))
    assert gate.run() == "enlist"


def test_a_case_number_of_another_site_says_nothing(gate) -> None:
    number = gate.case(site="south")
    gate.receive(pdf(f"Case {number}"), path="a.pdf")
    gate.receive(gate.part10())
    read_waiting(gate.node)
    assert attachments(gate.node)[0].case_id is None
    assert gate.run() == "match"
    assert gate.study().hints == []


def test_a_report_beside_two_patients_speaks_for_neither(gate) -> None:
    number = gate.case()
    gate.receive(gate.part10(1, StudyInstanceUID="1.2.3"))
    gate.receive(gate.part10(2, StudyInstanceUID="1.2.4", PatientID="P2"))
    gate.receive(pdf(f"Case {number}"), path="a.pdf")
    read_waiting(gate.node)
    for study in gate.studies():
        gate.run(study.id)
    assert [study.hints for study in gate.studies()] == [[], []]


def test_taking_an_attachment_in_twice_records_it_once(gate) -> None:
    for _ in range(2):
        gate.receive(pdf(ENGLISH), door="upload", path="a.pdf")
    assert len(attachments(gate.node)) == 1


def test_an_attachment_whose_original_is_damaged_fails_and_is_not_tried_for_ever(gate) -> None:
    row = gate.receive(pdf(ENGLISH), path="a.pdf")
    gate.node.vault.delete(row.blob)
    assert read_waiting(gate.node) == 1
    assert read_waiting(gate.node) == 0
    assert attachments(gate.node)[0].state == "failed"


def test_the_case_view_is_json(gate) -> None:
    number = gate.case()
    gate.receive(b"\xff\xd8\xff\xe0" + BULK, path="film.jpg", case_number=number)
    assert json.loads(json.dumps(shown(gate.node, number)))[0]["state"] == "done"


def test_the_same_file_twice_is_one_attachment_and_read_once(gate) -> None:
    number = gate.case()
    report = pdf(ENGLISH)
    for path in ("a.pdf", "copy of a.pdf"):
        gate.receive(report, door="upload", path=path, case_number=number)
    assert len(attachments(gate.node)) == 1
    assert read_waiting(gate.node) == 1
    gate.receive(report, door="upload", delivery="2" * 32, path="again.pdf", case_number=number)
    assert read_waiting(gate.node) == 0
    (view,) = shown(gate.node, number)
    assert (view["file_name"], view["language"]) == ("a.pdf", "en")
    assert [each.state for each in attachments(gate.node)] == ["done", "done"]


def test_a_report_known_from_another_delivery_wakes_the_study_it_comes_beside(gate) -> None:
    number = gate.case(patient={"name": "Planted^Identity"})
    report = pdf(f"Case {number}")
    gate.receive(report, path="a.pdf", delivery="2" * 32)
    read_waiting(gate.node)
    gate.receive(gate.part10(PatientID="unknown there"))
    assert gate.run() == "match"
    gate.receive(report, path="a.pdf")
    assert gate.study().wanted_revision > gate.study().finished_revision


def test_a_discarded_attachment_is_gone_everywhere_and_stays_on_record(gate) -> None:
    number = gate.case()
    report = pdf(ENGLISH)
    for delivery, path in (("1" * 32, "a.pdf"), ("1" * 32, "b.pdf"), ("2" * 32, "a.pdf")):
        gate.receive(report, door="upload", delivery=delivery, path=path, case_number=number)
    kept = gate.receive(docx("Befund"), door="upload", path="c.docx", case_number=number)
    discard_attachment(gate.node, attachments(gate.node)[0].id, actor="test")
    assert [each["kind"] for each in shown(gate.node, number)] == ["docx"]
    gone = gate.objects()[:3]
    assert {row.reason for row in gone} == {"discarded by a person (attachment: PDF report)"}
    assert not gate.node.vault.exists(gone[0].blob)
    assert gate.node.vault.exists(kept.blob)
    assert gate.audited()[-1] == ("attachment-discarded", "attachment 1")
    with pytest.raises(NotFound):
        discard_attachment(gate.node, 1, actor="test")


def test_a_discarded_attachment_leaves_another_cases_copy_alone(gate) -> None:
    first, second = gate.case(), gate.case(patient={"name": "Other^Person"})
    for delivery, number in (("1" * 32, first), ("2" * 32, second)):
        row = gate.receive(pdf(ENGLISH), door="upload", delivery=delivery, path="a.pdf", case_number=number)
    discard_attachment(gate.node, 1, actor="test")
    assert (len(shown(gate.node, first)), len(shown(gate.node, second))) == (0, 1)
    assert gate.node.vault.exists(row.blob)


def test_a_person_who_gives_the_studies_another_case_gives_it_the_attachments_too(gate) -> None:
    wrong, right = gate.case(patient={"name": "Other^Person"}), gate.case()
    gate.receive(gate.part10(), door="upload", path="IM1", case_number=wrong)
    gate.receive(pdf(ENGLISH), door="upload", path="a.pdf", case_number=wrong)
    assert len(shown(gate.node, wrong)) == 1
    match_by_person(gate.node, right, gate.study().study_uid, actor="test")
    assert (len(shown(gate.node, wrong)), len(shown(gate.node, right))) == (0, 1)


def test_attachments_go_with_the_last_study_that_they_belong_to(gate) -> None:
    number = gate.case()
    gate.receive(gate.part10(1, StudyInstanceUID="1.2.3"), door="upload", path="IM1", case_number=number)
    gate.receive(pdf(ENGLISH), door="upload", path="a.pdf", case_number=number)
    gate.receive(gate.part10(2, StudyInstanceUID="1.2.4"), delivery="2" * 32)
    late = gate.receive(docx("Befund"), door="upload", delivery="3" * 32, path="b.docx", case_number=number)
    first, second = gate.studies()
    for study in (first, second):
        match_by_person(gate.node, number, study.study_uid, actor="test")
    purge(gate.node, first.study_uid, actor="test")
    assert len(shown(gate.node, number)) == 2
    purge(gate.node, second.study_uid, actor="test")
    assert shown(gate.node, number) == []
    assert not gate.node.vault.exists(late.blob)
    assert gate.objects()[1].reason == "purged with its study (attachment: PDF report)"


def test_attachments_of_a_merged_case_are_those_of_the_case_that_stayed_whenever_they_come(gate) -> None:
    gone = gate.case(patient={"name": "Other^Person", "birth_date": "1961-07-04"})
    kept = gate.case(patient={"name": "Other^Person", "birth_date": "1961-07-05"})
    gate.receive(pdf("hello"), path="sent.pdf", case_number=gone)
    merge_cases(gate.node, kept, gone, actor="test")
    gate.receive(pdf("again"), path="later.pdf", delivery="2" * 32, case_number=gone)
    gate.receive(pdf(f"Case {gone}, also {kept}"), path="named.pdf", delivery="3" * 32)
    assert read_waiting(gate.node)
    assert len(shown(gate.node, kept)) == 3
    assert shown(gate.node, gone) == []
    gate.receive(gate.part10(), delivery="4" * 32, case_number=gone)
    assert gate.study().hints == [kept]
