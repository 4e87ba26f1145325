"""A 7z archive that ends who reads it ends a process that reads nothing else, and is damaged like any other."""

import io
import os
import stat
from contextlib import closing
from pathlib import Path
from random import Random

import psutil
import py7zr
import pytest

from config.errors import Malformed, NotOffered, SenderFault, Unavailable
from config.settings import MIB, Uploads
from gateway.bundles import apart, asks_for_password, members
from gateway.uploads import import_paths, receive_upload
from gateway.uploads.attempts import MOST_KILLED
from gateway.uploads.unpacking import GIVEN_UP, unpack_locked
from gateway.uploads.waybill import Places


def seven_zip(files: dict[str, bytes], **options: object) -> bytes:
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w", **options) as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    return target.getvalue()


def ppmd(files: dict[str, bytes]) -> bytes:
    return seven_zip(files, filters=[{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 20}])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of an archive that is in order."""
    (tmp_path / "cd.7z").write_bytes(seven_zip({"first": b"whole"}))
    return tmp_path / "cd.7z"


@pytest.fixture
def harmful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let archives be read by a process that comes to harm."""
    monkeypatch.setattr(apart, "READER", "harmful_reader")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]))


def read(path: Path, password: str | None = None, **limits: int) -> list[tuple[str, bytes | str]]:
    """Return the path of each member with its content, or with what is wrong with it or with the archive."""
    found: list[tuple[str, bytes | str]] = []
    try:
        for member in members(path, Uploads(**limits), name="b", scratch=path.parent, password=password):
            try:
                found.append((member.path, member.problem or member.open().read()))
            except Malformed as error:
                found.append((member.path, str(error)))
    except SenderFault as error:
        found.append((type(error).__name__, str(error)))
    return found


@pytest.mark.parametrize(
    ("harm", "kind", "reason"),
    [
        ("crash", Malformed, "broke off"),
        ("wait", Malformed, "does not come to an end"),
        ("devour", NotOffered, "maximum_unpacking_memory_bytes"),
    ],
)
def test_what_ends_the_process_is_told_and_what_came_before_stays(
    path: Path, harmful: None, harm: str, kind: type[Exception], reason: str
) -> None:
    first, told = read(path, harm)
    assert first == ("first", b"whole")
    assert told[0] == kind.__name__ and reason in str(told[1])


def test_a_file_in_the_middle_of_which_the_process_ends_is_damaged_and_the_archive_too(path: Path, harmful: None):
    assert [(name, "broke off" in str(said)) for name, said in read(path, "within-crash")] == [
        ("first", False), ("second", True), ("Malformed", True),
    ]  # fmt: skip


def test_a_process_stopped_by_others_is_not_the_archive_s_fault(path: Path, harmful: None) -> None:
    with pytest.raises(Unavailable, match="try again"):
        read(path, "stop")


def test_a_process_that_does_not_start_is_not_the_archive_s_fault(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "READER", "no_such_reader")
    with pytest.raises(Unavailable, match="does not start"):
        read(path)
    with pytest.raises(Unavailable, match="does not start"):
        asks_for_password(path, Uploads())


def test_an_archive_whose_reader_is_killed_each_time_is_kept_whole_at_last(
    node, spooled, path: Path, harmful: None
) -> None:
    """The kernel takes the reader first where memory runs out, and the next attempt needs as much."""
    with receive_upload(node, site="north", case_number=None) as sink:
        sink.write(path.read_bytes())
        upload_id = sink.finish("cd.7z", keep_locked=True)
    places = Places(node.uploads, upload_id)
    for _ in range(MOST_KILLED):
        with pytest.raises(Unavailable):
            unpack_locked(node, places, password="stop")
    unpack_locked(node, places, password="stop")
    whole = [(payload, envelope.problem) for envelope, payload in spooled() if "whole" in envelope.path]
    assert whole == [(path.read_bytes(), GIVEN_UP)]


def test_an_archive_that_ends_its_reader_is_kept_whole_behind_what_came(
    node, spooled, path: Path, harmful: None
) -> None:
    report = import_paths(node, [path], site="north", case_number=None, password="crash")
    kept = {envelope.path: (payload, envelope.problem) for envelope, payload in spooled()}
    assert kept["cd.7z"][0] == path.read_bytes() and "broke off" in kept["cd.7z"][1], report
    assert kept["first"] == (b"whole", "")


def test_what_is_packed_as_a_link_is_counted_and_not_given(path: Path) -> None:
    """Unpacked it is, to reach what stands behind it in its block."""
    with py7zr.SevenZipFile(path, "w") as archive:
        for name in ("link", "another"):
            archive.writestr(bytes(3 * MIB), name)
            archive.header.files_info.files[-1]["attributes"] = 0x8000 | (stat.S_IFLNK | 0o777) << 16
        archive.writestr(b"whole", "file")
    assert [(name, said[:6]) for name, said in read(path)] == [
        ("link", "a link"), ("another", "a link"), ("file", b"whole"),
    ]  # fmt: skip
    with closing(members(path, Uploads(), name="b", scratch=path.parent)) as reading:
        assert next(reading).open().read() == b""
    *_, (kind, reason) = read(path, maximum_expanded_bytes=4 * MIB)
    assert kind == "TooLarge" and "maximum_expanded_bytes" in str(reason)


def test_no_process_stays_where_nobody_reads_on(path: Path) -> None:
    path.write_bytes(seven_zip({"a": bytes(3 * MIB), "b": b"b"}))
    reading = members(path, Uploads(), name="b", scratch=path.parent)
    assert next(reading).path == "a"
    before = psutil.Process().children()
    reading.close()
    assert len(psutil.Process().children()) == len(before) - 1


def test_a_ppmd_archive_gives_its_files_and_a_damaged_one_harms_nobody(path: Path) -> None:
    """Its decoder goes on writing to memory that it gave back, once the packed bytes are not what they were."""
    random = Random(3)
    files = {"a": b"text and text and more text " * 400, "b": random.randbytes(40_000)}
    whole = ppmd(files)
    path.write_bytes(whole)
    assert dict(read(path)) == files
    for _ in range(6):
        spoiled = bytearray(whole)
        for _ in range(3):
            spoiled[random.randrange(40, 30_000)] = random.randrange(256)
        path.write_bytes(spoiled)
        assert "damaged" in str(read(path)[-1][1])
