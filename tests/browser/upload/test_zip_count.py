"""What a zip holds is counted in the browser before it is sent, or it is said that this comes after arrival."""

import os
import zipfile
from pathlib import Path

import pyzipper
from playwright.sync_api import Page, expect

PATIENCE = 30_000


def choose(page: Page, path: Path) -> None:
    """Choose a file on the page, from wherever it is, and wait until it was looked at."""
    if page.locator("#choose-again").is_visible():
        page.locator("#choose-again").click()
    page.set_input_files("#files", path)
    expect(page.locator("#send-now")).to_be_enabled(timeout=PATIENCE)


def expect_counts(page: Page, **counts: int) -> None:
    for what, count in counts.items():
        expect(page.locator(f"#found-{what}")).to_have_text(str(count))
    expect(page.locator("#remark-archive")).to_be_hidden()


def expect_no_count(page: Page) -> None:
    expect(page.locator("#remark-archive")).to_be_visible()
    expect(page.locator("#found-studies")).to_be_hidden()


def test_the_studies_of_a_zip_are_counted_before_it_is_sent(hospital, visit, begin, tmp_path, part10):
    implicit = part10(4, StudyInstanceUID="1.2.4")
    with zipfile.ZipFile(tmp_path / "disc.zip", "w") as archive:
        for number in (1, 2):
            deflated = part10(number, StudyInstanceUID="1.2.3") + os.urandom(200_000)  # far more than its head
            archive.writestr(f"DICOM/IM{number}", deflated, zipfile.ZIP_DEFLATED)
        archive.writestr("DICOM/", "")
        archive.writestr("DICOM/IM3", part10(3, StudyInstanceUID="1.2.3"), zipfile.ZIP_STORED)
        archive.writestr("DICOM/IM4", implicit[implicit.index(b"\x08\x00") :], zipfile.ZIP_DEFLATED)
        archive.writestr("README.TXT", "read me " * 10_000, zipfile.ZIP_DEFLATED)
    page = begin(visit(hospital.link()))
    choose(page, tmp_path / "disc.zip")
    expect_counts(page, studies=2, images=4, others=1)
    expect(page.locator("#remark-none")).to_be_hidden()
    with zipfile.ZipFile(tmp_path / "papers.zip", "w") as archive:
        archive.writestr("letter.txt", "no image")
    choose(page, tmp_path / "papers.zip")
    expect_counts(page, studies=0, images=0, others=1)
    expect(page.locator("#remark-none")).to_be_visible()


def test_of_a_locked_damaged_or_nested_zip_it_is_said_that_images_are_counted_after_arrival(
    hospital, visit, begin, tmp_path, part10
):
    with pyzipper.AESZipFile(tmp_path / "locked.zip", "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"secret")
        archive.writestr("IM1", part10(1))
    with zipfile.ZipFile(tmp_path / "plain.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("IM1", part10(1))
    whole = bytearray((tmp_path / "plain.zip").read_bytes())
    whole[33:60] = b"\xff" * 27  # no Deflate block begins so
    (tmp_path / "damaged.zip").write_bytes(whole)
    with zipfile.ZipFile(tmp_path / "nested.zip", "w") as archive:
        archive.write(tmp_path / "plain.zip", "inside.zip")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "plain.zip").read_bytes()[:-30])
    page = begin(visit(hospital.link()))
    for name in ("locked", "damaged", "nested", "cut"):
        choose(page, tmp_path / f"{name}.zip")
        expect_no_count(page)
