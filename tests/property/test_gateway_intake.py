"""Whatever arrives in whatever order, however often a crash repeats it: every receipt is on record once, no two objects
are the first of one SOP Instance UID, and no site adds to another's study."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from config.clock import FixedClock
from config.settings import Settings
from gateway.home import make_home
from gateway.intake import take_in
from gateway.models import ReceivedObject, Study
from gateway.node import Node, open_node
from gateway.sites import SiteChange, add_site
from scp.spool import Envelope

NOW = datetime(2025, 3, 14, 9, 0, tzinfo=UTC)

ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from(["north", "south"]),
        st.integers(min_value=1, max_value=3),  # which SOP Instance UID
        st.sampled_from(["", "changed"]),  # which bytes
        st.booleans(),  # whether the intake crashes before it removes the spool entry
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def fresh_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("property") / "home"
    make_home(home)
    return home


def arrive(node: Node, payload: bytes, site: str, *, crash: bool) -> None:
    envelope = Envelope(door="cstore", site=site, delivery=site[0] * 32, received_at=node.clock())
    with node.spool.create(envelope) as writer:
        writer.write(payload)
        entry = writer.commit()
    left = entry.path.read_bytes()
    take_in(node, [entry])
    if crash:
        entry.path.write_bytes(left)
        take_in(node, [entry])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ARRIVALS)
def test_every_arrival_is_recorded_once_and_has_one_place(
    tmp_path: Path, fresh_home: Path, part10: Callable[..., bytes], arrivals: list[tuple[str, int, str, bool]]
) -> None:
    home = tmp_path / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(fresh_home, home)
    with open_node(Settings(home=home), FixedClock(NOW)) as node:
        for site in ("north", "south"):
            add_site(node, site, SiteChange(), actor="test")
        for site, number, words, crash in arrivals:
            arrive(node, part10(number, StudyDescription=words), site, crash=crash)
        with node.identity.read() as session:
            rows = list(session.scalars(select(ReceivedObject).order_by(ReceivedObject.id)))
            studies = {each.id: each for each in session.scalars(select(Study))}
        assert len(rows) == len(arrivals)
        assert len(studies) == len({site for site, *_ in arrivals})
        seen: dict[tuple[str, str], str] = {}
        for row in rows:
            assert studies[row.study_id].site == row.site
            assert node.vault.exists(row.blob)
            known = seen.setdefault((row.site, row.sop_instance_uid), row.content_digest)
            assert row.first == (row.disposition is None)
            assert row.disposition in ({None, "duplicate"} if known == row.content_digest else {"conflict"})
        assert sum(row.first for row in rows) == len(seen)
        assert node.spool.count() == 0
