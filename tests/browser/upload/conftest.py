"""A node with one case, the upload page in a real browser, and a disc to send."""

import functools
import json
import shutil
import threading
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
from gateway.case_reports import import_case
from gateway.http.app import make_app
from gateway.intake import take_in
from gateway.models import ReceivedObject
from gateway.node import Node, open_node
from gateway.portal.links import make_link
from gateway.sites import SiteChange, add_site
from gateway.uploads import pending_uploads, unpack_upload

CASE = {"patient": {"name": "Planted^Identity", "birth_date": "1961-07-04", "ids": [{"id": "PATIENT-1", "type": "MR"}]}}
PATIENCE = 60_000


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


@pytest.fixture
def hospital(tmp_path: Path, empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hospital]:
    monkeypatch.setenv("OVERREAD_DICOM__RESERVE_BYTES", "0")
    shutil.copytree(empty_home, tmp_path / "home")
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
        (folder / "page.html").write_text(
            f'<iframe src="{address}" width="1000" height="800"></iframe>', encoding="utf-8"
        )
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


@pytest.fixture
def begin() -> Callable[[Page], Page]:
    """Return the step from a link to the page that asks for images."""

    def press(page: Page) -> Page:
        page.locator("main button.main").click()
        expect(page.locator("#choose-files")).to_be_enabled()
        return page

    return press


@pytest.fixture
def choose_folder() -> Callable[[Page, Path], None]:
    """Return the step from there to what was found."""

    def choose(page: Page, folder: Path) -> None:
        page.set_input_files("#folder", folder)
        expect(page.locator("#send-now")).to_be_enabled()

    return choose
