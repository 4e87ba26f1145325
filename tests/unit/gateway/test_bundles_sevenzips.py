"""7z archives and encrypted zips give what a password opens, and say what it does not."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

import py7zr
import pytest
import pyzipper

from config.errors import Malformed, Refused, SenderFault, TooLarge
from config.settings import MIB, Uploads
from gateway.bundles import asks_for_password, members
from gateway.bundles.budget import Budget
from gateway.bundles.sevenzips import read_seven_zip
from tests.in_a_child import in_a_child

FILES = {"DICOM/IM1": b"one" * 5000, "DICOM/IM2": b"two", "empty": b"", "../../etc/passwd": b"climbs", "a": b"last"}
Found = list[tuple[str, bytes | str]]


def _seven(files: dict[str, bytes] = FILES, **options: object) -> bytes:
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w", **options) as archive:
        for name, data in files.items():
            archive._writestr(data, name)  # the library's own would refuse names that climb
    return target.getvalue()


def _aes_zip(password: str) -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        archive.writestr("IM1", b"one" * 5000)
    return target.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Found]:
    """Return a reader of a bundle: the path of each member with its content, or with what is wrong with it."""

    def run(data: bytes, password: str | None = None, **limits: int) -> Found:
        path = tmp_path / "bundle"
        path.write_bytes(data)
        found: Found = []
        for member in members(path, Uploads(**limits), name="b", scratch=tmp_path, password=password):
            try:
                with member.open() as stream:
                    found.append((member.path, member.problem or stream.read()))
            except Malformed as error:
                found.append((member.path, str(error)))
        return found

    return run


def test_every_file_of_a_7z_comes_with_its_bytes(read):
    files = {name: data for name, data in FILES.items() if not name.startswith("..")}
    assert sorted(read(_seven(files))) == sorted(files.items())


def test_a_7z_whose_members_are_not_read_goes_on_to_the_next(tmp_path):
    (tmp_path / "b").write_bytes(_seven({"a": bytes(3 * MIB), "b": bytes(3 * MIB)}))
    assert [each.path for each in members(tmp_path / "b", Uploads(), name="b", scratch=tmp_path)] == ["a", "b"]


def test_a_7z_inside_a_7z_is_opened(read):
    assert read(_seven({"inner.7z": _seven({"IM1": b"deep"})})) == [("inner.7z/IM1", b"deep")]


def test_names_that_climb_are_names_only(read):
    assert ("../../etc/passwd", b"climbs") in read(_seven())


def test_an_encrypted_7z_asks_for_its_password_and_opens_with_it(read, tmp_path):
    data = _seven({"IM1": b"one" * 5000}, password="secret")
    ((path, reason),) = read(data)
    assert path == "IM1"
    assert "send it again with its password" in str(reason)
    assert asks_for_password(tmp_path / "bundle", Uploads())
    assert read(data, "secret") == [("IM1", b"one" * 5000)]
    assert "password given" in str(read(data, "wrong")[0][1])


def test_a_7z_whose_names_are_encrypted_asks_for_its_password_too(read, tmp_path):
    data = _seven({"IM1": b"one"}, password="secret", header_encryption=True)
    with pytest.raises(Refused, match="send it again with its password"):
        read(data)
    assert asks_for_password(tmp_path / "bundle", Uploads())
    assert read(data, "secret") == [("IM1", b"one")]
    with pytest.raises(Malformed, match="password is wrong"):
        read(data, "wrong")


def test_a_damaged_file_of_a_7z_says_so_and_what_came_before_stays(read):
    random = Random(7)
    files = {"a": random.randbytes(300_000), "b": random.randbytes(300_000), "c": random.randbytes(300_000)}
    data = bytearray(_seven(files))
    data[450_000] ^= 0xFF
    found = dict(read(bytes(data)))
    assert found["a"] == files["a"]
    assert "damaged" in str(found["b"])


def test_a_7z_that_claims_a_dictionary_of_gibibytes_is_not_unpacked(read):
    data = _seven({"a": b"x" * 1000}, filters=[{"id": py7zr.FILTER_LZMA2, "dict_size": 1 << 30}])
    ((_, reason),) = read(data)
    assert "uploads.maximum_unpacking_memory_bytes" in str(reason)


def test_a_7z_bomb_stops_at_the_limit_in_little_memory(read, tmp_path):
    data = _seven({"bomb": bytes(64 * MIB)})
    assert len(data) * 1000 < 64 * MIB
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match=r"uploads\.maximum_expanded_bytes"):
            (tmp_path / "bomb").write_bytes(data)
            for member in members(
                tmp_path / "bomb", Uploads(maximum_expanded_bytes=48 * MIB), name="b", scratch=tmp_path
            ):
                with member.open() as stream:
                    while stream.read(MIB):
                        pass
        assert tracemalloc.get_traced_memory()[1] < 24 * MIB
    finally:
        tracemalloc.stop()


def test_a_7z_directory_of_too_many_files_is_refused_before_it_is_unfolded(read):
    data = _seven({f"a rather long name for an empty file, number {number}": b"" for number in range(14_000)})
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
            read(data, maximum_members=10)
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()
    with pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
        read(_seven({str(number): b"" for number in range(11)}), maximum_members=10)


def _read_spoiled(whole: bytes) -> int:
    """Read an archive spoiled in many ways, without the processes that stand around it; return how many were refused.

    Half of them bear the right check sums of their spoiled directory, so that it is believed.
    """
    random, refused = Random(3), 0
    for number in range(150):
        spoiled = bytearray(whole)
        for _ in range(random.choice([1, 3])):
            spoiled[random.randrange(6, len(spoiled))] = random.choice([0, 1, 127, 255])
        if number % 2:
            _seal(spoiled)
        cut = bytes(spoiled[: random.randrange(20, len(spoiled) * 2)])
        try:
            for member in read_seven_zip(io.BytesIO(cut), Budget(Uploads(maximum_expanded_bytes=MIB), len(cut)), None):
                with member.open() as stream:
                    stream.read()
        except SenderFault:
            refused += 1
    return refused


def _seal(archive: bytearray) -> None:
    """Write the check sums of the directory and of where it is."""
    begin, size = struct.unpack_from("<QQ", archive, 12)
    struct.pack_into("<L", archive, 28, zlib.crc32(archive[32 + begin : 32 + begin + size]))
    struct.pack_into("<L", archive, 8, zlib.crc32(archive[12:32]))


def test_damage_anywhere_in_a_7z_is_the_sender_s_fault_and_nothing_else():
    assert 50 < in_a_child(_read_spoiled, _seven({"a": b"x" * 400, "b": b"y" * 30})) <= 150


def test_a_zip_under_aes_asks_for_its_password_and_opens_with_it(read, tmp_path):
    data = _aes_zip("schlüssel")
    ((_, reason),) = read(data)
    assert "send it again with its password" in str(reason)
    assert asks_for_password(tmp_path / "bundle", Uploads())
    assert read(data, "schlüssel") == [("IM1", b"one" * 5000)]
    assert "password given" in str(read(data, "wrong")[0][1])


def test_a_password_that_is_not_needed_does_no_harm(read, tmp_path):
    target = io.BytesIO()
    with pyzipper.ZipFile(target, "w") as archive:
        archive.writestr("IM1", b"open")
    assert read(target.getvalue(), "secret") == [("IM1", b"open")]
    assert not asks_for_password(tmp_path / "bundle", Uploads())
