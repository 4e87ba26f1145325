"""The PDF: what it prints, in which fonts, and what it must not hold."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader
from reportlab.pdfbase import pdfmetrics

from worklist.reports import AddendumView, KeyImage, Subject, build_pdf
from worklist.reports.fonts import EAST_ASIAN

ADDENDUM = AddendumView("Nach Rücksprache bestätigt.", "Karl Groß", datetime(2026, 3, 10, 8, tzinfo=UTC))


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def text(pdf: bytes) -> str:
    return "\n".join(pages(pdf))


def test_the_report_prints_everything_a_reader_filed(make_view):
    printed = text(build_pdf(make_view()))
    for words in (
        "Second-read report", "Overread Reading Centre", "Klinikum Nord", "Weiß, Jürgen", "P-1 (HIS)", "1961-02-03",
        "Male, 65 years", "CT Thorax", "CT · CHEST", "2026-01-05 10:11", "ACC1", "Groß, Käthe", "1234567897",
        "Malignität?", "Solider Rundherd, 12 mm.", "Kein Erguss.", "Verdacht auf ein Bronchialkarzinom.", "PET-CT.",
        "Major discrepancy with the original report", "3b: Discrepancy that should be made most of the time",
        "Series 1, image 1", "Dr. Anna Müller, MD",
        "Thoracic radiology", "2026-03-09 14:32 UTC", "Page 1 of 1", "read-1",
    ):  # fmt: skip
        assert words in printed


def test_what_was_not_filed_has_no_heading(make_view):
    printed = text(build_pdf(make_view(question="", recommendation="", key_images=(), agreement=None, radpeer=None,
                                       diagnosis_changed=None, treatment_changed=None)))  # fmt: skip
    for heading in ("CLINICAL QUESTION", "RECOMMENDATION", "COMPARISON", "KEY IMAGES", "ADDENDUM"):
        assert heading not in printed


def test_chinese_is_printed_and_can_be_found(make_view):
    findings = "右上肺叶后段见一枚实性结节，大小约12×9 mm，边缘可见毛刺。"
    printed = text(build_pdf(make_view(findings=findings, subject=Subject("Zhang^Wei=张^伟", "P-9"))))
    assert findings in printed
    assert "Zhang, Wei · 张 伟" in printed


@pytest.mark.parametrize(
    "findings",
    [
        "α ≤ 5 µm → grün, Größe ½",
        "Лёгкие без очагов",
        "phổi bình thường",
        "İğne şüphesi",
        "肺に結節あり、カルテ参照",
        "폐 결절 의심",
    ],
)
def test_other_scripts_are_printed_and_can_be_found(make_view, findings):
    printed = text(build_pdf(make_view(findings=findings)))
    assert findings in printed
    assert "cannot be printed" not in printed


def test_every_font_is_embedded_as_a_subset(make_view, program, tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(build_pdf(make_view(findings="右上肺叶\n1. Punkt")))
    listing = subprocess.run([program("pdffonts"), str(file)], capture_output=True, text=True, check=True).stdout
    fonts = [line.split() for line in listing.splitlines()[2:]]
    assert {font[0].partition("+")[2] for font in fonts} == {
        "SourceSansPro-Regular",
        "SourceSansPro-Semibold",
        "NotoSansCJK-Regular",
    }
    assert all(font[-5:-2] == ["yes", "yes", "yes"] for font in fonts)


def test_chinese_glyphs_leave_ink_where_they_stand(make_view, program, tmp_path):
    ink = []
    for findings in ("右上肺叶" * 20, "\u3000" * 80 + "右"):
        (tmp_path / "report.pdf").write_bytes(build_pdf(make_view(findings=findings)))
        command = [program("pdftoppm"), "-gray", "-r", "100", "report.pdf", "page"]
        subprocess.run(command, cwd=tmp_path, check=True)
        (page,) = tmp_path.glob("page*.pgm")
        ink.append(sum(level < 128 for level in page.read_bytes()))
        page.unlink()
    assert ink[0] > ink[1] + 1000


def test_markup_in_a_text_is_printed_and_not_obeyed(make_view):
    hostile = '<b>fett</b> & <font name="x">&lt;</font> <img src="file:///etc/passwd"/> {{x}}'
    printed = text(build_pdf(make_view(findings=hostile, subject=Subject("<i>A</i>^B&C", "<1>"))))
    assert hostile in printed
    assert "<i>A</i>, B&C" in printed


def test_control_characters_are_dropped(make_view):
    assert "Text und mehr" in text(build_pdf(make_view(findings="Te\x00xt\x1b und\u202e mehr")))


def test_a_character_without_a_glyph_is_marked_and_said(make_view):
    printed = text(build_pdf(make_view(findings="Befund 👍 مرحبا")))
    assert "Befund □ □□□□□" in printed
    assert "cannot be printed here; the DICOM structured report holds them" in printed


def test_a_long_report_goes_over_pages_that_each_name_the_subject(make_view):
    view = make_view(
        findings="\n".join(f"- Zeile {number} mit einigen Worten dahinter." for number in range(120)),
        impression="\n\n".join(f"{number}. Beurteilung." for number in range(60)),
        recommendation="x" * 3000,
        addenda=(ADDENDUM,) * 3,
        key_images=tuple(KeyImage("1.2", f"1.2.3.{number}") for number in range(40)),
    )
    printed = pages(build_pdf(view))
    assert len(printed) > 3
    for number, page in enumerate(printed, 1):
        assert f"Page {number} of {len(printed)}" in page
        assert "Weiß, Jürgen" in page
        assert "read-1" in page
    joined = "\n".join(printed)
    for expected in ("Zeile 0 ", "Zeile 119 ", "59.", "1.2.3.39", "ADDENDUM 3"):
        assert expected in joined


def test_a_long_chinese_impression_goes_over_pages_and_loses_nothing(make_view):
    impression = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 2500))
    printed = text(build_pdf(make_view(impression=impression)))
    assert set(impression) <= set(printed)


def test_addenda_are_announced_and_signed(make_view):
    printed = text(build_pdf(make_view(addenda=(ADDENDUM,))))
    assert "This report has 1 addendum" in printed
    assert "Nach Rücksprache bestätigt." in printed
    assert "Electronically signed by Karl Groß on 2026-03-10 08:00 UTC" in printed


def test_the_pseudonymous_copy_says_so_on_every_page(make_view):
    view = make_view(identified=False, findings="Zeile\n" * 120)
    assert all("Pseudonymous copy" in page for page in pages(build_pdf(view)))
    assert "Pseudonymous" not in text(build_pdf(make_view()))


def test_the_metadata_hold_no_identity_and_the_time_of_signing(make_view):
    metadata = PdfReader(BytesIO(build_pdf(make_view()))).metadata
    assert metadata.title == "Second-read report"
    assert metadata.creation_date == datetime(2026, 3, 9, 14, 32, 5, tzinfo=UTC)
    for word in ("Weiß", "Jürgen", "P-1", "1961", "ACC1", "Müller"):
        assert word not in str(metadata)


def test_the_same_view_gives_the_same_bytes(make_view):
    view = make_view(findings="右上肺叶")
    assert build_pdf(view) == build_pdf(view)


def test_documents_built_at_once_do_not_mix_their_glyphs(make_view):
    views = [make_view(findings=findings) for findings in ("右上肺叶", "폐 결절", "肺に結節", "kein Befund")] * 3
    expected = [build_pdf(view) for view in views]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(build_pdf, views)) == expected


def test_no_font_stays_registered_after_a_document(make_view):
    build_pdf(make_view(findings="右上肺叶"))
    assert EAST_ASIAN not in pdfmetrics.getRegisteredFontNames()
