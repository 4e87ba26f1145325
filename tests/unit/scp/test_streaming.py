"""The order of fragments: whatever comes, the provider refuses or acts, and never keeps more than it may."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.presentation import build_context

from config.errors import Malformed
from scp.command_set import StoreRequest, encode_store_response
from scp.reception import Caller, Reception
from scp.spool import Spool
from scp.statuses import STORED
from scp.streaming import StreamingDimse
from scp.wire import Fragment

CALLER = Caller(site="north", delivery="d" * 32, calling_ae="NORTH", called_ae="OVERREAD", peer_host="10.0.0.7")
CT = "1.2.840.10008.5.1.4.1.1.2"
ECHO = b"\0\0\2\0\x12\0\0\0001.2.840.10008.1.1\0\0\0\0\1\2\0\0\0\x30\0\0\0\x10\1\2\0\0\0\1\0\0\0\0\x08\2\0\0\0\1\1"


class Door:
    """A provider on an association that has no socket; what it would send is kept."""

    def __init__(self, folder, caller=CALLER):
        association = Association(ApplicationEntity("OVERREAD"), "acceptor")
        for number, uid in ((1, CT), (3, "1.2.840.10008.1.1")):
            context = build_context(uid, "1.2.840.10008.1.2.1")
            context.context_id = number
            association._accepted_cx[number] = context
        association.requestor.maximum_length = 0
        self.sent = []
        self.spool = Spool(folder)
        self.reception = Reception(self.spool, reserve_bytes=0)
        self.dimse = StreamingDimse(
            association,
            reception=self.reception,
            caller=lambda: caller,
            send=self.sent.append,
            wake=lambda: None,
        )

    def take(self, context_id, control, body):
        self.dimse.receive_fragment(Fragment(context_id, control, memoryview(body)))

    @property
    def litter(self):
        return list((self.spool.root / "tmp").iterdir())


@pytest.fixture
def door(tmp_path):
    return Door(tmp_path / "spool")


def test_a_store_is_answered_with_its_last_fragment_and_not_before(door, command, ct_data_set):
    door.take(1, 3, command())
    door.take(1, 0, ct_data_set[:10])
    assert door.sent == []
    assert door.spool.count() == 0
    door.take(1, 2, ct_data_set[10:])
    response = encode_store_response(StoreRequest(1, CT, "1.2.826.0.1.3680043.10.1.1", True), STORED)
    assert [sent[12:] for sent in door.sent] == [response]
    assert door.spool.count() == 1


def test_an_echo_goes_to_the_library(door):
    door.take(3, 3, ECHO)
    context_id, message = door.dimse.get_msg()
    assert (context_id, type(message).__name__, message.MessageID) == (3, "C_ECHO", 1)


def test_an_echo_between_two_stores(door, command, ct_data_set):
    for _ in range(2):
        door.take(1, 3, command())
        door.take(1, 2, ct_data_set)
        door.take(3, 3, ECHO)
    assert door.spool.count() == 2
    assert door.dimse.msg_queue.qsize() == 2


def test_more_requests_than_granted_end_the_association(door):
    with pytest.raises(Malformed):
        for _ in range(1000):
            door.take(3, 3, ECHO)
    assert door.dimse.msg_queue.qsize() < 100


def test_an_endless_data_set_of_another_message_ends_the_association(door):
    with_data = ECHO[:-2] + b"\0\0"
    door.take(3, 3, with_data)
    with pytest.raises(Malformed):
        for _ in range(1000):
            door.take(3, 0, bytes(100_000))


def test_an_association_that_was_not_admitted_stores_nothing(tmp_path, command):
    door = Door(tmp_path / "spool", caller=None)
    with pytest.raises(Malformed):
        door.take(1, 3, command())
    assert door.litter == []


def test_what_is_under_way_is_given_up_with_the_association(door, command, ct_data_set):
    door.take(1, 3, command())
    door.take(1, 0, ct_data_set)
    assert len(door.litter) == 1
    door.dimse.abandon()
    door.dimse.abandon()
    assert door.litter == []
    assert door.reception.running == 0


FRAGMENTS = st.tuples(
    st.sampled_from([1, 3, 5]),
    st.integers(0, 255),
    st.one_of(st.binary(max_size=40), st.just("store"), st.just(ECHO), st.just("data")),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FRAGMENTS, max_size=12))
def test_any_fragments_are_taken_or_refused_and_leave_nothing_half(tmp_path_factory, command, ct_data_set, fragments):
    door = Door(tmp_path_factory.mktemp("fuzz") / "spool")
    try:
        for context_id, control, body in fragments:
            door.take(context_id, control, {"store": command(), "data": ct_data_set}.get(body, body))
    except Malformed:
        pass
    door.dimse.abandon()
    assert door.litter == []
    assert door.reception.running == 0
    assert door.spool.count() <= len(door.sent)
