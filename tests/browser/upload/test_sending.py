"""The upload page in a real browser: a disc is counted, sent, resumed after a broken connection, and receipted."""

import contextlib
import io
import socket
import threading
import zipfile
from pathlib import Path

from playwright.sync_api import expect

from gateway.cases import close_case
from gateway.uploads import pending_uploads

PATIENCE = 60_000
ARRIVAL = 120_000
LARGE = bytes(range(256)) * 4 * 1024 * 11  # more than one part of an upload


class BreakingLine:
    """A line to a server that breaks for good once so many bytes went up, until it is mended."""

    def __init__(self, url: str, *, cut_after: int) -> None:
        self._server = ("127.0.0.1", int(url.rpartition(":")[2]))
        self._left = cut_after
        self._whole = threading.Event()
        self._whole.set()
        self._mended = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> "BreakingLine":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._cut()

    def mend(self) -> None:
        """Let everything through again."""
        self._mended = True
        self._whole.set()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._whole.is_set():
                near.close()
                continue
            far = socket.create_connection(self._server)
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, target, source is near), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
                self._left -= len(data) if up else 0
                if self._left <= 0 and not self._mended:
                    self._cut()
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _cut(self) -> None:
        self._whole.clear()
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def files_below(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder.parent).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()
    }


def test_a_disc_is_counted_sent_whole_and_every_file_gets_its_verdict(hospital, visit, disc, begin, choose_folder):
    page = begin(visit(hospital.link()))
    choose_folder(page, disc)
    assert [page.locator(f"#found-{what}").inner_text() for what in ("studies", "images", "others")] == ["2", "5", "2"]
    expect(page.locator("#remark-patients")).to_be_hidden()
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("heading", name="Everything has arrived")).to_be_visible(timeout=ARRIVAL)
    hospital.work()
    assert hospital.received() == files_below(disc)
    expect(page.locator("#verdicts")).to_contain_text("Received, being checked", timeout=PATIENCE)
    expect(page.locator("#receipt-files")).to_have_text("7")
    page.get_by_text("What became of each file").click()
    expect(page.get_by_role("cell", name="disc/DICOM/Süd/IM0")).to_be_visible()


def test_a_broken_connection_is_survived_and_sending_goes_on_where_it_stopped(
    hospital, visit, disc, begin, choose_folder
):
    (disc / "large.bin").write_bytes(LARGE)
    with BreakingLine(hospital.url, cut_after=9 << 20) as line:
        page = begin(visit(line.url + hospital.link()))
        choose_folder(page, disc)
        page.get_by_role("button", name="Send now").click()
        expect(page.locator("#broken")).to_contain_text("connection is broken", timeout=ARRIVAL)
        line.mend()
        expect(page.get_by_role("heading", name="Everything has arrived")).to_be_visible(timeout=ARRIVAL)
        expect(page.locator("#broken")).to_be_hidden()
    hospital.work()
    assert hospital.received() == files_below(disc)


def test_a_page_that_was_closed_half_way_goes_on_when_the_same_disc_is_chosen_again(
    hospital, visit, disc, begin, choose_folder
):
    (disc / "large.bin").write_bytes(LARGE)
    link = hospital.link()
    with BreakingLine(hospital.url, cut_after=9 << 20) as line:
        page = begin(visit(line.url + link))
        choose_folder(page, disc)
        page.get_by_role("button", name="Send now").click()
        expect(page.locator("#broken")).to_be_visible(timeout=ARRIVAL)
        page.close(run_before_unload=False)
    again = begin(visit(link))
    offsets: list[int] = []
    again.on("request", lambda r: r.method == "PATCH" and offsets.append(int(r.headers["upload-offset"])))
    choose_folder(again, disc)
    expect(again.locator("#remark-resume")).to_be_visible()
    again.get_by_role("button", name="Send now").click()
    expect(again.get_by_role("heading", name="Everything has arrived")).to_be_visible(timeout=ARRIVAL)
    assert offsets[0] >= 8 << 20
    hospital.work()
    assert hospital.received() == files_below(disc)


def test_a_zip_is_sent_as_it_is(hospital, visit, tmp_path, part10, begin):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("IM1", part10(1))
    (tmp_path / "disc.zip").write_bytes(target.getvalue())
    page = begin(visit(hospital.link()))
    page.set_input_files("#files", tmp_path / "disc.zip")
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("heading", name="Everything has arrived")).to_be_visible(timeout=ARRIVAL)
    [upload_id] = pending_uploads(hospital.node)
    assert (hospital.node.uploads / f"{upload_id}.bundle").read_bytes() == target.getvalue()


def test_images_of_two_people_are_remarked_before_they_are_sent(hospital, visit, disc, part10, begin, choose_folder):
    (disc / "other").write_bytes(part10(99, PatientID="PATIENT-2", PatientName="Somebody^Else"))
    page = begin(visit(hospital.link()))
    choose_folder(page, disc)
    expect(page.locator("#remark-patients")).to_be_visible()
    assert "Somebody" not in page.content()


def test_the_number_and_birth_date_open_the_case_and_a_wrong_date_does_not(hospital, visit):
    page = visit("/upload")
    page.get_by_label("Case number").fill(hospital.case_number)
    page.get_by_label("date of birth").fill("1961-07-05")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    page.get_by_label("Case number").fill(f"{hospital.case_number[:3]} {hospital.case_number[3:]}")
    page.get_by_label("date of birth").fill("1961-07-04")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Where are the images?")).to_be_visible()
    assert page.context.cookies()[0]["httpOnly"]


def test_a_closed_case_is_told_in_plain_words(hospital, visit, disc, begin, choose_folder):
    page = begin(visit(hospital.link()))
    choose_folder(page, disc)
    close_case(hospital.node, hospital.case_number, actor="test")
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("alert")).to_contain_text("takes no more uploads")
