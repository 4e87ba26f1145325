"""An order reaches the decoder whole, with its file, however long it is."""

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from viewer_api.decoding.wire import receive_order, send_order
from viewer_api.rendering.image import read_octets


@pytest.fixture
def link() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(60)
        theirs.settimeout(60)
        yield ours, theirs


@pytest.mark.parametrize("length", [0, 65_000, 70_000, 3_000_000])
def test_an_order_arrives_with_its_file(link, tmp_path, length):
    ours, theirs = link
    (tmp_path / "file").write_bytes(b"pixels")
    with (tmp_path / "file").open("rb") as file:
        arguments = (1, "x" * length)
        sender = threading.Thread(target=send_order, args=(ours, file.fileno(), read_octets, "key", arguments))
        sender.start()
        descriptor, work, key, received = receive_order(theirs)
        sender.join(60)
    with os.fdopen(descriptor, "rb") as file:
        assert file.read() == b"pixels"
    assert (work, key, received) == (read_octets, "key", arguments)


def test_orders_come_one_after_the_other(link, tmp_path):
    ours, theirs = link
    with (tmp_path / "file").open("wb") as file:
        for number in range(3):
            send_order(ours, file.fileno(), read_octets, str(number), (number,))
            descriptor, _, key, arguments = receive_order(theirs)
            os.close(descriptor)
            assert (key, arguments) == (str(number), (number,))


def test_the_end_of_the_other_side_is_the_end_of_orders(link):
    ours, theirs = link
    ours.close()
    assert receive_order(theirs) is None
