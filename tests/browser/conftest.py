"""A running reading zone with sample studies, and a real Chromium in front of it."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pydicom import dcmread

from config.blobs import LocalFolder
from config.clock import system_clock
from config.database import Database
from config.settings import Settings
from gateway.home import make_home
from sample_studies import SampleStudy, generate
from viewer_api.dicomweb import make_router as make_dicomweb_router
from viewer_api.indexing import InstanceHeader, instance_record_parts
from viewer_api.ohif import make_router as make_ohif_router
from worklist.access.log_ins import COOKIE, open_log_in
from worklist.access.readers import add_reader, reader_named, set_password
from worklist.api import make_router as make_api_router
from worklist.models import Base
from worklist.pages.router import make_router as make_pages_router
from worklist.problems import install_problem_handlers
from worklist.publishing import (
    InstanceRecord,
    SeriesRecord,
    StudyRecord,
    enlist,
    publish_study,
    set_case_context,
    set_site_terms,
)
from worklist.room import ReadingRoom

READER = "Dr Ada Example"
READERS = (READER, "Dr Ben Example", "Dr Cleo Example")
PASSWORD = "a long enough password"
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

CASE = {
    "case_number": None,
    "question": "Is surgery or transfer needed?",
    "report": "No acute intracranial haemorrhage. Age-related change only.",
    "report_language": "en",
    "blind": False,
    "jurisdiction": None,
}
CHROMIUM_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OWN_SURFACES = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup"
_WITHOUT_THEM = """\
#!/bin/sh
for word do
    shift
    case $word in --disable-features=*) word="$word,{features}" ;; esac
    set -- "$@" "$word"
done
exec "{program}" "$@"
"""


@dataclass(frozen=True)
class RunningNode:
    """A node on a free port; `publish(slug)` puts a fresh copy of a sample study on the worklist."""

    url: str
    room: ReadingRoom
    publish: Callable[..., str]


def make_app(room: ReadingRoom) -> FastAPI:
    """Compose what a reader meets: the API, the pages and the images."""
    app = FastAPI()
    app.include_router(make_api_router(room))
    app.include_router(make_dicomweb_router(room))
    app.include_router(make_ohif_router(room))
    app.include_router(make_pages_router(room))
    install_problem_handlers(app)
    return app


def open_room(home: Path) -> ReadingRoom:
    """Make a reading room with two readers on an empty folder."""
    database = Database(f"sqlite:///{home / 'reading.sqlite'}")
    Base.metadata.create_all(database.engine)
    room = ReadingRoom(database, LocalFolder(home / "published"), system_clock, Settings(home=home))
    with database.write() as session:
        for name in READERS:
            add_reader(session, room.clock, name=name, email="reader@example.org")
            set_password(session, name=name, password=PASSWORD)
        set_site_terms(session, site="northfield", display_name="Northfield", rate_minor=30000, currency="USD")
    return room


def publish_sample(room: ReadingRoom, study: SampleStudy, copy: int, **case: object) -> str:
    """Publish a sample study under UIDs of its own and return the worklist item's id.

    `copy` distinguishes copies, so that a test may claim and sign without disturbing another.
    """
    published = [_publish_file(room, path, copy) for path in study.files]
    first = published[0][0]
    record = StudyRecord(
        study_uid=first.study_uid,
        site=study.site,
        pseudonym=first.pseudonym,
        modality=first.modality,
        received_at=room.clock() - timedelta(hours=5),
        sex=first.sex,
        age=first.age,
        study_date=first.study_date,
        body_part=first.body_part,
        description=first.study_description,
        attributes=first.study_attributes,
    )
    words = CASE | case
    with room.database.write() as session:
        publish_study(session, room.clock, record, _series(published), [instance for _, instance in published])
        set_case_context(session, record.study_uid, **words)
        return enlist(session, room.clock, study_uid=record.study_uid, due_at=room.clock() + timedelta(hours=20))


def _publish_file(room: ReadingRoom, path: Path, copy: int) -> tuple[InstanceHeader, InstanceRecord]:
    dataset = dcmread(path)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        setattr(dataset, keyword, f"{dataset[keyword].value}.{copy}")
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.PatientID = f"OR-{int(sha256(dataset.PatientID.encode()).hexdigest()[:6], 16) % 10**6:06d}"
    dataset.PatientName = dataset.PatientID
    buffer = BytesIO()
    dataset.save_as(buffer)
    content = buffer.getvalue()
    blob = sha256(content).hexdigest()
    room.published.put(blob, BytesIO(content))
    header = instance_record_parts(BytesIO(content))
    return header, InstanceRecord(
        sop_instance_uid=header.sop_instance_uid,
        series_uid=header.series_uid,
        sop_class_uid=header.sop_class_uid,
        transfer_syntax_uid=header.transfer_syntax_uid,
        blob=blob,
        bytes=len(content),
        number=header.instance_number,
        rows=header.rows,
        columns=header.columns,
        frames=header.frames,
        attributes=header.attributes,
    )


def _series(published: list[tuple[InstanceHeader, InstanceRecord]]) -> list[SeriesRecord]:
    by_uid = {header.series_uid: header for header, _ in published}
    return [
        SeriesRecord(
            series_uid=uid,
            modality=header.modality,
            number=header.series_number,
            description=header.series_description,
            attributes=header.series_attributes,
        )
        for uid, header in by_uid.items()
    ]


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the home of a whole node once, to be copied."""
    home = tmp_path_factory.mktemp("empty") / "home"
    make_home(home)
    return home


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    """Run the reading zone in a thread, with the small sample studies at hand."""
    home = tmp_path_factory.mktemp("node")
    samples = generate(home / "samples", small=True)
    room = open_room(home)
    server = uvicorn.Server(uvicorn.Config(make_app(room), host="127.0.0.1", port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    copies = iter(range(1, 10_000))

    def publish(slug: str, **case: object) -> str:
        return publish_sample(room, samples.study(slug), next(copies), **case)

    yield RunningNode(f"http://127.0.0.1:{port}", room, publish)
    server.should_exit = True
    thread.join(10)
    room.database.close()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what starts Chromium; absent it skips on a laptop and fails when CI=true.

    Each window of it renders pages of its own for its address bar, which nobody sees without a screen, and that is most
    of the work of a short test. Of two lists of what is switched off the last one counts, and one is Playwright's.
    """
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("the foreign program chromium is missing")
        pytest.skip("the foreign program chromium is not installed")
    path = tmp_path_factory.mktemp("chromium") / "chromium"
    path.write_text(_WITHOUT_THEM.format(features=OWN_SURFACES, program=program), encoding="utf-8")
    path.chmod(0o700)
    return path


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS, timeout=180_000)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, node: RunningNode) -> Iterator[BrowserContext]:
    """Open a browser window of its own: no cookie, no storage."""
    context = browser.new_context(base_url=node.url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Return an empty page; a script error or a breach of the content security policy fails the test."""
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: "Security Policy" in message.text and troubles.append(message.text))
    yield page
    assert troubles == []


@pytest.fixture
def fill_log_in(page: Page) -> Callable[[str], None]:
    """Return a function that fills in the log-in form and sends it."""

    def fill(password: str = PASSWORD) -> None:
        page.get_by_label("Reader").fill(READER)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()

    return fill


@pytest.fixture
def log_in(page: Page, node: RunningNode) -> Callable[..., Page]:
    """Return a function that gives the page a log-in without the form and opens the worklist."""

    def enter(name: str = READER) -> Page:
        with node.room.database.write() as session:
            reader_id = reader_named(session, name).id
            opened = open_log_in(session, node.room.clock, reader_id, node.room.settings.http.session_hours)
        page.context.add_cookies([{"name": COOKIE, "value": opened.cookie, "url": node.url, "httpOnly": True}])
        page.goto("/worklist")
        return page

    return enter
