"""What the page ends with: a receipt that is signed and can be kept, and what a disc promised and did not bring."""

import io

import pyzipper
from nacl.signing import SigningKey
from playwright.sync_api import expect
from pydicom import dcmread
from pydicom.fileset import FileSet

from config.keys import read_receipt_seed
from gateway.receipts import check_receipt

ARRIVAL = 120_000


def send(page) -> None:
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("heading", name="Everything has arrived")).to_be_visible(timeout=ARRIVAL)


def test_the_signed_receipt_can_be_kept_and_holds(hospital, visit, begin, choose_folder, disc):
    page = begin(visit(hospital.link()))
    choose_folder(page, disc)
    send(page)
    hospital.work()
    with page.expect_download() as kept:
        page.get_by_role("link", name="Signed receipt").click()
    content = kept.value.path().read_bytes()
    public = bytes(SigningKey(read_receipt_seed(hospital.node.settings.home)).verify_key)
    claims = check_receipt(content, public)
    assert content.startswith(b"%PDF-")
    assert claims["case_number"] == hospital.case_number
    assert kept.value.suggested_filename == f"receipt-{claims['delivery']}.pdf"
    assert {each["path"] for each in claims["other_files"]} == {"disc/VIEWER.EXE", "disc/readme.txt"}
    assert sum(len(study["instances"]) for study in claims["studies"]) == 5


def test_what_becomes_of_the_files_is_followed_on_after_the_stream_broke(hospital, visit, begin, choose_folder, disc):
    page = begin(visit(hospital.link()))
    choose_folder(page, disc)
    breaks = [
        lambda route: route.fulfill(body=": waiting\n\nevent: deliv", content_type="text/event-stream"),
        lambda route: route.abort(),
        lambda route: route.fulfill(status=503),
    ]
    page.route("**/events", lambda route: breaks.pop(0)(route) if breaks else route.continue_())
    send(page)
    hospital.work()
    expect(page.locator("#verdicts")).to_contain_text("Received, being checked", timeout=ARRIVAL)
    assert breaks == []


def test_a_scratched_disc_is_told_by_its_own_table_of_contents(hospital, visit, begin, choose_folder, tmp_path, part10):
    files = FileSet()
    listed = {"StudyDate": "20250301", "StudyTime": "101500", "StudyID": "1", "SeriesNumber": 1}
    for number in (1, 2, 3):
        files.add(dcmread(io.BytesIO(part10(number, InstanceNumber=number, **listed))))
    folder = tmp_path / "scratched"
    files.write(folder)
    lost = min(path for path in folder.rglob("*") if path.is_file() and path.name != "DICOMDIR")
    lost.unlink()
    page = begin(visit(hospital.link()))
    choose_folder(page, folder)
    expect(page.locator("#remark-disc")).to_be_visible()
    send(page)
    hospital.work()
    expect(page.locator("#missing")).to_contain_text("did not come: 1.", timeout=ARRIVAL)
    expect(page.locator("#missing-files")).to_have_text(lost.relative_to(folder).as_posix())


def test_a_locked_archive_asks_for_its_password_which_opens_it(hospital, visit, begin, tmp_path, part10):
    locked = tmp_path / "disc.zip"
    with pyzipper.AESZipFile(locked, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword("fünf Wörter".encode())
        archive.writestr("IM1", part10(1))
    page = begin(visit(hospital.link()))
    page.set_input_files("#files", locked)
    expect(page.locator("#password")).to_be_focused()
    expect(page.locator("#remark-locked")).to_be_visible()
    page.keyboard.type("fünf Wörter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Everything has arrived")).to_be_visible(timeout=ARRIVAL)
    expect(page.locator("#receipt-files")).to_have_text("1")
    page.wait_for_function("() => document.querySelector('#verdicts').textContent.includes('Received')")
    hospital.work()
    assert hospital.received() == {"IM1": len(part10(1))}
    assert page.locator("#password").input_value() == ""


def test_an_archive_without_a_password_asks_for_none(hospital, visit, begin, tmp_path, part10):
    plain = tmp_path / "disc.zip"
    with pyzipper.ZipFile(plain, "w") as archive:
        archive.writestr("IM1", part10(1))
    page = begin(visit(hospital.link()))
    page.set_input_files("#files", plain)
    expect(page.locator("#send-now")).to_be_focused()
    expect(page.locator("#ask-password")).to_be_hidden()
