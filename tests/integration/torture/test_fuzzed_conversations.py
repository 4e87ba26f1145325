"""Spoiled conversations with a running door: whatever is said, it answers within bounds, keeps nothing and lives on.

`OVERREAD_EXAMPLES` says how many conversations are tried.
"""

import hashlib
import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydicom.uid import CTImageStorage
from pynetdicom import AE, evt

from config.settings import Settings
from scp.query_statuses import PENDING, SUCCESS

from .conversations import CONVERSATIONS, PLANTED
from .hearing import ANSWERING, answers_to, at_rest, check_answers, nothing_is_left, pdus
from .spoiling import spoiled
from .workstation_conversations import WORKSTATION_CONVERSATIONS, responses

EXAMPLES = int(os.environ.get("OVERREAD_EXAMPLES", "100"))
UNKNOWN_DESTINATION = 0xA801
POOLED = 5 * 3  # connections that the pool of a database may keep, each with its write-ahead log and index
UNWANTED = (PLANTED, "1.2.826.0.1.3680043.10.7", "WARNING:", "Traceback", "association failed", "connection failed")


def converse_with(node, conversations, examples, patience=0.0):
    """Spoil conversations as often as was asked for; return how many instances were acknowledged."""
    acknowledged, outcomes = 0, Counter()

    @settings(
        max_examples=examples,
        phases=(Phase.reuse, Phase.generate),  # nothing to shrink: what comes depends on the moment too
        suppress_health_check=list(HealthCheck),
    )
    @given(spoiled(conversations), st.sampled_from(("waits", "waits", "waits", "hurries", "closes", "resets")))
    def converse(said, leave):
        nonlocal acknowledged
        heard = answers_to(node.port, said, leave, patience)
        acknowledged += check_answers(said, heard)
        outcomes[tuple(ANSWERING[kind] for kind, _ in pdus(heard)[-1:])] += 1
        assert node.lives()

    converse()
    assert len(outcomes) > 1, "the conversations end in different ways"
    return acknowledged


def says_nothing_it_must_not(node):
    log = node.log.read_text()
    for unwanted in UNWANTED:
        assert unwanted not in log


@pytest.mark.timeout(600 + EXAMPLES)
def test_no_spoiled_conversation_breaks_the_door_or_leaves_anything(door):
    node = door(receivers=2, network_timeout_seconds=5)
    acknowledged = sum(check_answers(said, answers_to(node.port, said)) for said in CONVERSATIONS * 4)
    assert acknowledged == 4 * 5
    before = at_rest(node)
    acknowledged += converse_with(node, CONVERSATIONS, EXAMPLES)
    nothing_is_left(node, before)
    assert check_answers(CONVERSATIONS[0], answers_to(node.port, CONVERSATIONS[0])) == 2, "it serves as before"
    assert node.end() == 0
    kept = list(node.spool.entries())
    assert len(kept) >= acknowledged + 2
    for entry in kept:
        with node.spool.open(entry)[1] as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == entry.digest
    says_nothing_it_must_not(node)


@pytest.mark.timeout(600 + EXAMPLES)
def test_no_spoiled_query_or_retrieval_breaks_the_door_or_leaves_anything(door, tmp_path, reading_zone, sink):
    (tmp_path / "home").mkdir()
    room = reading_zone(Settings(home=tmp_path / "home"), sink.port)
    room.database.close()
    node = door(receivers=2, network_timeout_seconds=5)

    def answered(said):
        heard = answers_to(node.port, said, patience=120)
        check_answers(said, heard)
        return list(responses(pdus(heard)))

    unspoiled = [answered(said) for said in WORKSTATION_CONVERSATIONS * 2]
    assert [said[-1] for said in unspoiled[:5]] == [("find", SUCCESS)] * 5
    assert ("find", PENDING) in unspoiled[2]
    assert ("move", UNKNOWN_DESTINATION) in unspoiled[7]
    assert ("get", SUCCESS) in unspoiled[8]
    assert sink.count >= 2
    before = at_rest(node)
    converse_with(node, WORKSTATION_CONVERSATIONS, EXAMPLES // 2, patience=0.05)
    nothing_is_left(node, before, descriptors=POOLED * len(node.processes))
    assert answered(WORKSTATION_CONVERSATIONS[2]) == unspoiled[2], "it serves as before"
    assert node.end() == 0
    assert list(node.spool.entries()) == [], "a workstation brings nothing"
    says_nothing_it_must_not(node)


class Sink:
    """Where a C-MOVE sends to."""

    def __init__(self):
        self.count = 0
        ae = AE("READING_ROOM")
        ae.add_supported_context(CTImageStorage)
        self._server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, self._store)])
        self.port = self._server.server_address[1]

    def _store(self, _event):
        self.count += 1
        return SUCCESS

    def close(self):
        self._server.shutdown()


@pytest.fixture
def sink():
    opened = Sink()
    yield opened
    opened.close()
