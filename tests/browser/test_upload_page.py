"""The upload page in a real browser: a disc is counted, sent, resumed after a broken connection, and receipted."""

import contextlib
import functools
import io
import json
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from config.settings import Settings
from gateway.cases import close_case, import_case
from gateway.home import make_home
from gateway.http.app import make_app
from gateway.intake import take_in
from gateway.models import ReceivedObject
from gateway.node import Node, open_node
from gateway.portal.branding import BrandChange, set_brand
from gateway.portal.links import make_link
from gateway.sites import SiteChange, add_site
from gateway.uploads import pending_uploads, unpack_upload

CASE = {"patient": {"name": "Planted^Identity", "birth_date": "1961-07-04", "ids": [{"id": "PATIENT-1"}]}}
PATIENCE = 15_000
LARGE = bytes(range(256)) * 4 * 1024 * 11  # more than one part of an upload
ARRIVAL = 60_000


@dataclass
class Hospital:
    """A running node with one case, as the hospital's clerk has it."""

    node: Node
    url: str
    case_number: str

    def link(self, *, single_use: bool = False) -> str:
        """Return the path of a fresh link to the case."""
        made = make_link(self.node, self.case_number, days=14, single_use=single_use, actor="test")
        return "/upload/link/" + made["url"].rpartition("/")[2]

    def work(self) -> None:
        """Do what the worker does with uploads: unpack and take in."""
        for upload_id in pending_uploads(self.node):
            unpack_upload(self.node, upload_id)
        while entries := list(islice(self.node.spool.entries(), 32)):
            take_in(self.node, entries)

    def received(self) -> dict[str, int]:
        """Return path and size of everything that was taken in."""
        with self.node.identity.read() as session:
            return {row.path: row.bytes for row in session.scalars(select(ReceivedObject))}


def is_breach(text: str) -> bool:
    """Say whether a message tells of a breach of the policy, but for a frame that was rightly refused."""
    return "Security Policy" in text and "frame-ancestors" not in text


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


@pytest.fixture
def hospital(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hospital]:
    monkeypatch.setenv("OVERREAD_DICOM__RESERVE_BYTES", "0")
    make_home(tmp_path / "home")
    with open_node(Settings.load(tmp_path / "home")) as node:
        add_site(node, "north", SiteChange(display_name="Northfield Hospital"), actor="test")
        payload = json.dumps(CASE).encode()
        case = import_case(node, site="north", payload=payload, content_type="application/json", actor="test")
        server = uvicorn.Server(uvicorn.Config(make_app(node), host="127.0.0.1", port=0, log_level="critical"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            thread.join(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Hospital(node, f"http://127.0.0.1:{port}", case.case_number)
        server.should_exit = True
        thread.join(15)


@pytest.fixture
def visit(browser: Browser, hospital: Hospital) -> Iterator[Callable[..., Page]]:
    """Open a page of the node; a script error or a breach of the content security policy fails the test."""
    troubles: list[str] = []
    contexts = []

    def open_page(path: str, *, language: str = "en-GB", width: int = 1280, height: int = 900) -> Page:
        context = browser.new_context(
            base_url=hospital.url, locale=language, viewport={"width": width, "height": height}
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: is_breach(message.text) and troubles.append(message.text))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def framing(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Return a maker of pages on another site that show an address in a frame."""
    folder = tmp_path / "other-site"
    folder.mkdir()
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def make(address: str) -> str:
        (folder / "page.html").write_text(f'<iframe src="{address}"></iframe>', encoding="utf-8")
        return f"http://localhost:{server.server_port}/page.html"

    yield make
    server.shutdown()
    server.server_close()


@pytest.fixture
def disc(tmp_path: Path, part10: Callable[..., bytes]) -> Path:
    """Write a disc with two studies of three and two images, a viewer and a text."""
    folder = tmp_path / "disc"
    (folder / "DICOM" / "Süd").mkdir(parents=True)
    for number in range(3):
        (folder / "DICOM" / f"IM{number}").write_bytes(part10(number + 1))
    for number in range(2):
        study = part10(number + 11, StudyInstanceUID="1.2.826.0.1.3680043.10.9", transfer_syntax="1.2.840.10008.1.2")
        (folder / "DICOM" / "Süd" / f"IM{number}").write_bytes(study)
    (folder / "VIEWER.EXE").write_bytes(b"MZ" + bytes(5000))
    (folder / "readme.txt").write_text("nothing but words", encoding="utf-8")
    return folder


def begin(page: Page) -> Page:
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Where are the images?")).to_be_visible()
    expect(page.locator("#choose-files")).to_be_enabled()
    return page


def choose_folder(page: Page, folder: Path) -> None:
    page.set_input_files("#folder", folder)
    expect(page.locator("#send-now")).to_be_enabled()


def files_below(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder.parent).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()
    }


def test_a_disc_is_counted_sent_whole_and_every_file_gets_its_verdict(hospital, visit, disc):
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


def test_a_broken_connection_is_survived_and_sending_goes_on_where_it_stopped(hospital, visit, disc):
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


def test_a_page_that_was_closed_half_way_goes_on_when_the_same_disc_is_chosen_again(hospital, visit, disc):
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


def test_a_zip_is_sent_as_it_is(hospital, visit, tmp_path, part10):
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


def test_images_of_two_people_are_remarked_before_they_are_sent(hospital, visit, disc, part10):
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


def test_everything_can_be_done_with_the_keyboard(hospital, visit, disc):
    page = visit(hospital.link())
    page.get_by_role("button", name="Begin").press("Enter")
    expect(page.locator("#choose-folder")).to_be_enabled()
    with page.expect_file_chooser() as chooser:
        page.locator("#choose-folder").press("Enter")
    chooser.value.set_files(disc)
    expect(page.locator("#send-now")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Everything has arrived")).to_be_focused()


@pytest.mark.parametrize(
    ("language", "heading"),
    [("de-DE", "Wo sind die Bilder?"), ("es-MX", "¿Dónde están las imágenes?"), ("zh-CN", "影像在哪里？")],
)
def test_the_browsers_language_is_spoken_and_fits_a_phone(hospital, visit, language, heading):
    page = visit(hospital.link(), language=language, width=360, height=740)
    page.locator("main button.main").click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_every_control_has_a_name_and_words_stand_out_from_what_is_behind_them(hospital, visit):
    page = begin(visit(hospital.link()))
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input:not([type=hidden]), progress')]"
        ".filter(e => !(e.textContent.trim() || e.labels?.length || e.getAttribute('aria-label')"
        " || e.getAttribute('aria-labelledby'))).length"
    )
    assert nameless == 0
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_closed_case_is_told_in_plain_words(hospital, visit, disc):
    page = begin(visit(hospital.link()))
    choose_folder(page, disc)
    close_case(hospital.node, hospital.case_number, actor="test")
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("alert")).to_contain_text("takes no more uploads")


def test_a_foreign_page_may_frame_it_only_when_allowed_and_gets_a_button_to_a_window(hospital, visit, framing):
    link = hospital.link()
    page = visit(framing(hospital.url + link))
    button = page.frame_locator("iframe").get_by_role("link", name="Open in a new window")
    page.wait_for_timeout(500)
    expect(button).to_have_count(0)
    origin = page.evaluate("location.origin")
    set_brand(hospital.node, "north", BrandChange(frame_ancestors=(origin,)), actor="test")
    page.goto(framing(hospital.url + link))
    expect(button).to_be_visible()
