"""A whole node on a temporary folder, with two sites and a case, and a clock that stands still."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.clock import FixedClock
from config.settings import Settings
from gateway.case_reports import import_case
from gateway.home import make_home
from gateway.intake import take_in
from gateway.models import IdentityAudit, ReceivedObject, Study
from gateway.node import Node, open_node
from gateway.pipeline.outcome import Outcome
from gateway.pipeline.stages import STAGES
from gateway.sites import SiteChange, add_site
from scp.spool import Entry, Envelope
from tests.unit.gateway.desk_app import make_app
from worklist.access.readers import add_reader, list_readers
from worklist.access.tokens import create_token
from worklist.drafts import save_draft
from worklist.items import claim
from worklist.models import PublishedInstance, WorklistItem
from worklist.principal import Principal
from worklist.signing import sign

NOW = datetime(2025, 3, 14, 9, 0, tzinfo=UTC)
PATIENT = {"name": "Planted^Identity", "ids": [{"id": "PATIENT-1", "type": "MR"}]}


@pytest.fixture(scope="session")
def fresh_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home that knows the sites `north` and `south` once, to be copied."""
    home = tmp_path_factory.mktemp("fresh") / "home"
    make_home(home)
    with open_node(Settings.load(home), FixedClock(NOW)) as opened:
        add_site(opened, "north", SiteChange(), actor="test")
        add_site(opened, "south", SiteChange(), actor="test")
    return home


@pytest.fixture
def node(tmp_path: Path, fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """Open a node that knows the sites `north` and `south` and keeps no disk space in reserve."""
    monkeypatch.setenv("OVERREAD_DICOM__RESERVE_BYTES", "0")
    home = tmp_path / "home"
    shutil.copytree(fresh_home, home)
    with open_node(Settings.load(home), FixedClock(NOW)) as opened:
        yield opened


@pytest.fixture
def case_number(node: Node) -> str:
    """Return the number of an open case of the site `north`."""
    payload = json.dumps({"patient": {"name": "Planted^Identity"}}).encode()
    return import_case(node, site="north", payload=payload, content_type="application/json", actor="test").case_number


@pytest.fixture
def spooled(node: Node) -> Callable[[], list[tuple[Envelope, bytes]]]:
    """Return a look at everything in the spool: envelope and payload, oldest first."""

    def look() -> list[tuple[Envelope, bytes]]:
        found = []
        for entry in node.spool.entries():
            envelope, payload = node.spool.open(entry)
            with payload:
                found.append((envelope, payload.read()))
        return found

    return look


@dataclass(frozen=True)
class Gate:
    """A node as its doors and its worker use it, without the doors and the worker."""

    node: Node
    part10: Callable[..., bytes]

    def spool(self, payload: bytes, *, site: str = "north", delivery: str = "1" * 32, **envelope: Any) -> Entry:
        """Lay an object into the spool as a door would, and return its entry."""
        circumstances = {"door": "cstore", "site": site, "delivery": delivery, "received_at": self.node.clock()}
        with self.node.spool.create(Envelope(**(circumstances | envelope))) as writer:
            writer.write(payload)
            return writer.commit()

    def receive(self, payload: bytes, **circumstances: Any) -> ReceivedObject:
        """Spool an object, take it in, and return what was recorded of it."""
        assert take_in(self.node, [self.spool(payload, **circumstances)]) == 1
        return self.objects()[-1]

    def objects(self) -> list[ReceivedObject]:
        """Return everything received, in its order."""
        with self.node.identity.read() as session:
            return list(session.scalars(select(ReceivedObject).order_by(ReceivedObject.id)))

    def dispositions(self) -> list[tuple[str | None, str | None]]:
        """Return disposition and reason code of everything received, in its order."""
        return [(each.disposition, each.reason_code) for each in self.objects()]

    def study(self, number: int = 1) -> Study:
        """Return a study by its internal number."""
        with self.node.identity.read() as session:
            return session.get_one(Study, number)

    def studies(self) -> list[Study]:
        """Return every study, in the order of arrival."""
        with self.node.identity.read() as session:
            return list(session.scalars(select(Study).order_by(Study.id)))

    def run(self, number: int = 1) -> str:
        """Run the stages over a study after a quiet while; return the name of the last one that ran."""
        self.pass_time(seconds=60)
        for stage in STAGES:
            if stage.run(self.node, number) is Outcome.WAIT:
                return stage.name
        return STAGES[-1].name

    def pass_time(self, **span: float) -> None:
        """Let time pass on the node's clock."""
        assert isinstance(self.node.clock, FixedClock)
        self.node.clock.advance(timedelta(**span))

    def case(self, *, site: str = "north", **document: Any) -> str:
        """File a case report and return its number; without words it is that of the patient whom `part10` makes."""
        payload = json.dumps({"patient": PATIENT} | document).encode()
        return import_case(
            self.node, site=site, payload=payload, content_type="application/json", actor="test"
        ).case_number

    def publish(self, **elements: Any) -> Study:
        """Take a study the whole way to the worklist and return it."""
        self.case()
        self.receive(self.part10(**elements))
        assert self.run() == "enlist"
        return self.study()

    def item(self, study_uid: str) -> WorklistItem | None:
        """Return the worklist item of a study."""
        with self.node.reading.read() as session:
            return session.scalar(select(WorklistItem).where(WorklistItem.study_uid == study_uid))

    def claim(self, study_uid: str, *, reader: str = "Dr Ada") -> Principal:
        """Let a reader claim a study; return who that is."""
        node, item = self.node, self.item(study_uid)
        assert item is not None
        with node.reading.write() as session:
            principal = Principal(reader, "reader", self._reader(session, reader), "token")
            claim(session, node.clock, principal, item.id, rules=node.settings.worklist)
        return principal

    def sign(self, study_uid: str, *, reader: str = "Dr Ada", key_images: bool = False) -> str:
        """Let a reader claim, fill in and sign a study; return the read's id."""
        node, rules, billing = self.node, self.node.settings.worklist, self.node.settings.billing
        item, principal = self.item(study_uid), self.claim(study_uid, reader=reader)
        assert item is not None
        with node.reading.write() as session:
            images = list(session.scalars(select(PublishedInstance).where(PublishedInstance.study_uid == study_uid)))
            chosen = [{"sop_instance_uid": each.sop_instance_uid, "frame": 1} for each in images if key_images]
            changes: Any = {"findings": "No bleeding.", "impression": "Normal.", "key_images": chosen}
            save_draft(session, node.clock, principal, item.id, changes=changes, rules=rules)
            return sign(session, node.clock, principal, item.id, rules=rules, billing=billing).read_id

    def audited(self) -> list[tuple[str, str]]:
        """Return action and subject of every entry of the identified zone's audit trail."""
        with self.node.identity.read() as session:
            entries = session.scalars(select(IdentityAudit).order_by(IdentityAudit.seq))
            return [(each.action, each.subject) for each in entries]

    def _reader(self, session: Session, name: str) -> int:
        known = {each.name: each.id for each in list_readers(session)}
        return known.get(name) or add_reader(session, self.node.clock, name=name, email="reader@example.org")


@pytest.fixture
def gate(node: Node, part10: Callable[..., bytes]) -> Gate:
    """Return the node with what a test does to it."""
    return Gate(node, part10)


@pytest.fixture
def desk(gate: Gate) -> Iterator[TestClient]:
    """Return a client of the desk that holds a coordinator's token."""
    with gate.node.reading.write() as session:
        token = create_token(session, gate.node.clock, role="coordinator", name="casey")
    with TestClient(make_app(gate.node), headers={"Authorization": f"Bearer {token}"}) as client:
        yield client
