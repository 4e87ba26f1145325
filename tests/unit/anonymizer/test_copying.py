"""Large values arrive whole, whatever the two ends are."""

import io

import pytest

from anonymizer import CannotDeidentify
from anonymizer.copying import COPY_CHUNK, copy_range, write_zeros

CONTENT = bytes(range(251)) * 9000


@pytest.fixture
def source(tmp_path):
    (tmp_path / "source").write_bytes(CONTENT)
    with (tmp_path / "source").open("rb") as stream:
        yield stream


@pytest.mark.parametrize("mode", ["wb", "w+b", "ab"])
def test_file_to_file_appends_behind_what_was_written(source, tmp_path, mode):
    with (tmp_path / "sink").open(mode) as sink:
        sink.write(b"before")
        copy_range(source, 7, COPY_CHUNK + 3, sink)
        sink.write(b"behind")
    assert (tmp_path / "sink").read_bytes() == b"before" + CONTENT[7 : 7 + COPY_CHUNK + 3] + b"behind"


def test_memory_to_memory_and_file_to_memory_are_the_same(source):
    for stream in (source, io.BytesIO(CONTENT)):
        sink = io.BytesIO(b"")
        copy_range(stream, 3, COPY_CHUNK, sink)
        assert sink.getvalue() == CONTENT[3 : 3 + COPY_CHUNK]


def test_sink_that_was_read_in_between_goes_on_at_its_position(source, tmp_path):
    with (tmp_path / "sink").open("w+b") as sink:
        sink.write(b"0123456789")
        sink.seek(4)
        sink.read(2)
        copy_range(source, 0, 4, sink)
        sink.seek(0)
        assert sink.read() == b"012345" + CONTENT[:4]


def test_source_that_became_shorter_is_an_error(source, tmp_path):
    with (tmp_path / "sink").open("w+b") as sink, pytest.raises(CannotDeidentify):
        copy_range(source, len(CONTENT) - 5, 6, sink)


def test_zeros_are_written_without_holding_them(tmp_path):
    with (tmp_path / "sink").open("w+b") as sink:
        write_zeros(COPY_CHUNK + 1, sink)
        assert sink.tell() == COPY_CHUNK + 1
