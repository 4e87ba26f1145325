"""Foreign programs find our reports well: dciodvfy no error in the SR, Poppler every font in the PDF."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydicom import dcmread

pytestmark = [pytest.mark.foreign, pytest.mark.slow, pytest.mark.timeout(900)]

LANGUAGES = {"ct-head": "English", "mr-brain": "German", "ct-chest": "Chinese"}
WORDS = {"ct-head": "haemorrhage", "mr-brain": "periventrikuläre Läsionen", "ct-chest": "右上肺实性结节"}
SIDES = ("pseudonymous", "identified")


@pytest.fixture
def dciodvfy(foreign_program):
    """Find the validator, which lies beside the interpreter where it was installed by pip."""
    beside = Path(sys.executable).with_name("dciodvfy")
    return str(beside) if beside.exists() else foreign_program("dciodvfy")


@pytest.fixture(params=[(slug, side) for slug in LANGUAGES for side in SIDES], ids="-".join)
def report(request, told, tmp_path):
    """Return the slug, the SR's file and the PDF's file of a read, as the reader and as the hospital has it."""
    slug, side = request.param
    sr, pdf = tmp_path / "report.dcm", tmp_path / "report.pdf"
    if side == "pseudonymous":
        with told.node.http("reader") as client:
            for path in (sr, pdf):
                answer = client.get(f"/api/reads/{told.reads[slug]['id']}/{path.name}")
                path.write_bytes(answer.raise_for_status().content)
    else:
        received = {each.Modality: each for each in told.hospital.received(told.sample(slug).study_instance_uid)}
        received["SR"].save_as(sr, enforce_file_format=True)
        pdf.write_bytes(received["DOC"].EncapsulatedDocument)
    return slug, side, sr, pdf


def test_the_structured_report_conforms_to_its_iod(report, dciodvfy):
    _, _, sr, _ = report
    said = subprocess.run([dciodvfy, "-new", str(sr)], capture_output=True, text=True, check=False, errors="replace")
    assert "SR" in said.stderr + said.stdout, "the validator recognises the IOD"
    errors = [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")]
    assert errors == []


def test_the_structured_report_says_what_the_reader_wrote(report):
    slug, side, sr, _ = report
    said = dcmread(sr)
    texts = [str(element.value) for element in said.iterall() if element.keyword == "TextValue"]
    assert any(WORDS[slug] in text for text in texts)
    assert said.VerificationFlag == "VERIFIED"
    assert (said.get("PatientIdentityRemoved") == "YES") == (side == "pseudonymous")


def test_the_pdf_opens_with_every_font_embedded(report, foreign_program, tmp_path):
    _, _, _, pdf = report
    drawn = subprocess.run([foreign_program("pdftoppm"), "-png", "-r", "40", str(pdf), str(tmp_path / "page")],
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert drawn.stderr == ""
    assert list(tmp_path.glob("page*.png"))
    listed = subprocess.run([foreign_program("pdffonts"), str(pdf)], capture_output=True, text=True, check=True)
    fonts = [line.split() for line in listed.stdout.splitlines()[2:]]
    assert fonts
    assert all(font[-5] == "yes" for font in fonts), listed.stdout


def test_the_pdf_says_what_the_reader_wrote(report, foreign_program):
    slug, _, _, pdf = report
    done = subprocess.run([foreign_program("pdftotext"), str(pdf), "-"], capture_output=True, text=True, check=True)
    assert "".join(WORDS[slug].split()) in "".join(done.stdout.split())
