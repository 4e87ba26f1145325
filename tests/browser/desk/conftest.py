"""A node with a coordinator at its desk, studies and cases, and a real browser in front of it."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from config.settings import Settings
from gateway.case_reports import import_case
from gateway.desk.coordinators import add_coordinator, coordinator_named, set_coordinator_password
from gateway.desk.log_ins import COOKIE, open_log_in
from gateway.http.app import make_app
from gateway.intake import take_in
from gateway.models import Study
from gateway.node import Node, open_node
from gateway.pipeline.outcome import Outcome
from gateway.pipeline.stages import STAGES
from gateway.sites import SiteChange, add_site
from scp.spool import Envelope

COORDINATOR, PASSWORD = "Casey Coordinator", "a long enough password"
PATIENCE = 60_000
REPORT = (
    "NORTHFIELD VALE HOSPITAL - DEPARTMENT OF RADIOLOGY\nPatient: Hannah Mueller   DOB: 03/07/1959\n\n"
    "CT HEAD WITHOUT CONTRAST\n\nFindings: No haemorrhage.\n\nReported by A. Kildare, MD"
)
PATIENT = {"name": "Mueller^Hannah", "birth_date": "1959-03-07", "sex": "F", "ids": [{"id": "PATIENT-1", "type": "MR"}]}


@dataclass
class Desk:
    """A running node, and what a test does to it behind the coordinator's back."""

    node: Node
    url: str
    part10: Callable[..., bytes]

    def receive(self, number: int = 1, **elements: Any) -> None:
        """Take an object in as a door and the worker would."""
        envelope = Envelope(door="cstore", site="north", delivery="1" * 32, received_at=self.node.clock())
        with self.node.spool.create(envelope) as writer:
            writer.write(self.part10(number, **elements))
            writer.commit()
        while entries := list(islice(self.node.spool.entries(), 32)):
            take_in(self.node, entries)

    def run(self) -> None:
        """Run the stages over every study."""
        with self.node.identity.read() as session:
            numbers = list(session.scalars(select(Study.id)))
        for number in numbers:
            for stage in STAGES:
                if stage.run(self.node, number) is Outcome.WAIT:
                    break

    def case(self, **document: Any) -> str:
        """File a case report and return its number."""
        payload = json.dumps({"patient": PATIENT} | document).encode()
        made = import_case(self.node, site="north", payload=payload, content_type="application/json", actor="test")
        return made.case_number

    def study(self, number: int = 1) -> Study:
        """Return a study by its internal number."""
        with self.node.identity.read() as session:
            return session.get_one(Study, number)


@pytest.fixture
def desk(
    tmp_path: Path, empty_home: Path, monkeypatch: pytest.MonkeyPatch, part10: Callable[..., bytes]
) -> Iterator[Desk]:
    """Run a node with one hospital and one coordinator."""
    monkeypatch.setenv("OVERREAD_DICOM__RESERVE_BYTES", "0")
    monkeypatch.setenv("OVERREAD_SETTLE__QUIET_SECONDS", "0")
    shutil.copytree(empty_home, tmp_path / "home")
    with open_node(Settings.load(tmp_path / "home")) as node:
        add_site(node, "north", SiteChange(display_name="Northfield Hospital"), actor="test")
        with node.identity.write() as session:
            add_coordinator(session, node.clock, name=COORDINATOR, email="desk@example.org")
            set_coordinator_password(session, name=COORDINATOR, password=PASSWORD)
        server = uvicorn.Server(uvicorn.Config(make_app(node), host="127.0.0.1", port=0, log_level="critical"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            thread.join(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Desk(node, f"http://127.0.0.1:{port}", part10)
        server.should_exit = True
        thread.join(15)


@pytest.fixture
def visit(browser: Browser, desk: Desk) -> Iterator[Callable[..., Page]]:
    """Open a page of the desk, logged in; a script error or a breach of the content security policy fails the test."""
    troubles: list[str] = []
    contexts = []

    def open_page(path: str, *, logged_in: bool = True, width: int = 1280, height: int = 900) -> Page:
        context = browser.new_context(base_url=desk.url, viewport={"width": width, "height": height})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if logged_in:
            with desk.node.identity.write() as session:
                opened = open_log_in(session, desk.node, coordinator_named(session, COORDINATOR).id)
            cookie = {"name": COOKIE, "value": opened.cookie, "domain": "127.0.0.1", "path": "/desk", "httpOnly": True}
            context.add_cookies([cookie])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: "Security Policy" in message.text and troubles.append(message.text))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []
