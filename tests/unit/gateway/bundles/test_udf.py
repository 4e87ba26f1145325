"""A disc that is UDF alone gives every file, however it was burned; no lie in it reaches further than its file."""

import io
import struct
import subprocess
import tracemalloc
import zipfile
from contextlib import suppress
from random import Random

import pytest

from config.errors import Malformed, SenderFault, TooLarge
from config.settings import MIB, Uploads
from gateway.bundles import members

FILES = {
    "DICOMDIR": b"x" * 2048 * 7 + b"end",
    "DICOM/IM1": bytes(range(1, 251)) * 200,
    "DICOM/PAT/IM2": b"two",
    "Befund Übersicht 中文.txt": b"text",
    "AUTORUN.INF": b"",
    "HOLES": b"A" * 6144 + bytes(20_000) + b"Z",
} | {f"MANY/IM{number:04}": b"%d" % number for number in range(60)}
KINDS = ("plain", "virtual", "sparable", "metadata")
PARTITION = 300 * 2048


def _damaged(image: bytes, at: int, data: bytes = bytes(16)) -> bytes:
    return image[:at] + data + image[at + len(data) :]


def _entry_of(image: bytes, content: bytes) -> int:
    """Return where the entry begins of the file whose embedded content is given."""
    return image.index(content) // 2048 * 2048


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["short", "long", "embedded", "continued"])
@pytest.mark.parametrize("extended", [False, True])
def test_every_file_comes_with_its_bytes_however_the_disc_was_burned(udf, read, kind, form, extended):
    assert read(udf(kind=kind, form=form, extended=extended).image(FILES)) == FILES


@pytest.mark.parametrize("block", [512, 1024, 4096])
def test_media_of_other_block_sizes_are_read(udf, read, block):
    assert read(udf(block=block).image(FILES)) == FILES


def test_a_virtual_allocation_table_of_the_older_kind_is_read(udf, read):
    assert read(udf(kind="virtual", table_1_50=True).image(FILES)) == FILES


def test_seven_zip_reads_what_the_writer_of_these_tests_writes(udf, foreign_program, tmp_path):
    files = {path: content for path, content in FILES.items() if path != "HOLES"}
    (tmp_path / "image").write_bytes(udf(form="long").image(files))
    command = [foreign_program("7z"), "x", "-y", f"-o{tmp_path}/out", str(tmp_path / "image")]
    subprocess.run(command, capture_output=True, check=False, env={"LC_ALL": "C.UTF-8"})
    out = tmp_path / "out"
    assert {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()} == files


@pytest.mark.parametrize(
    ("medium", "revision"),
    [
        *[("hd", "1.02"), ("dvdram", "2.01"), ("cdrw", "1.50"), ("dvdrw", "2.01"), ("cdr", "1.50")],
        *[("dvdr", "2.01"), ("bdr", "2.50"), ("bdr", "2.60")],
    ],
)
def test_the_volumes_that_mkudffs_makes_are_understood(read, foreign_program, tmp_path, medium, revision):
    path = tmp_path / "made"
    command = [foreign_program("mkudffs"), "--new-file", "-b", "2048", "-m", medium, "-r", revision, str(path), "12288"]
    subprocess.run(command, capture_output=True, check=True)
    with pytest.raises(Malformed, match="holds no files"):
        read(path.read_bytes())


def test_an_image_inside_an_archive_is_opened(udf, read):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("dvd.udf", udf().image({"DICOM/IM1": b"1"}))
    assert read(target.getvalue()) == {"dvd.udf/DICOM/IM1": b"1"}


def test_names_that_climb_are_names_only_and_links_have_nothing_of_their_own(udf, read, tmp_path):
    found = read(udf().image({"..": b"1", "C:\\evil": b"2", "/etc/passwd": b"3", "link": None}))
    assert "link or a special file" in str(found.pop("link"))
    assert sorted(map(str, found.values())) == ["b'1'", "b'2'", "b'3'"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image"]


@pytest.mark.parametrize("at", [260, 261, 262])
def test_behind_a_damaged_main_sequence_the_reserve_is_read(udf, read, at):
    image = _damaged(udf().image(FILES), at * 2048)
    assert read(image) == FILES


def test_a_damaged_entry_names_its_file_and_the_others_are_read(udf, read):
    image = udf(form="embedded").image({"IM1": b"first", "IM2": b"second", "DIR/IM3": b"third"})
    found = read(_damaged(image, _entry_of(image, b"second")))
    assert (found.pop("IM1"), found.pop("DIR/IM3")) == (b"first", b"third")
    assert "damaged" in str(found["IM2"])


def test_a_damaged_folder_is_named_and_the_others_are_read(udf, read):
    image = udf(form="embedded").image({"IM1": b"first", "DIR/IM3": b"third"})
    found = read(_damaged(image, _entry_of(image, b"third") - 2048))
    assert found.pop("IM1") == b"first"
    assert "files in it are lost" in str(found["DIR/"])


def test_a_file_that_claims_more_than_its_extents_hold_is_damaged(udf, read):
    image = udf(form="short").image({"IM1": b"1" * 5000})
    at = image.index(struct.pack("<Q", 5000), PARTITION)
    entry = at - 56
    size, (body_length,) = 1 << 40, struct.unpack_from("<H", image, entry + 10)
    body = image[entry + 16 : at] + struct.pack("<Q", size) + image[at + 8 : entry + 16 + body_length]
    (location,) = struct.unpack_from("<L", image, entry + 12)
    assert "less of it than it claims" in str(read(_damaged(image, entry, udf.tagged(261, location, body)))["IM1"])


def test_a_file_behind_the_end_of_the_image_ends_too_early(udf, read):
    image = udf().image({"IM1": b"1" * 5000, "IM2": b"2" * 500_000})
    found = read(image[: image.index(b"2" * 5000) + 10_000])
    assert found["IM1"] == b"1" * 5000
    assert "ends too early" in str(found["IM2"])


def test_holes_that_were_never_written_count_as_what_they_unfold_to(udf, tmp_path):
    image = udf().image({"BOMB": bytes(3 * 2048)})
    packed = struct.pack("<L", 2 << 30 | 3 * 2048)
    at = image.index(packed)
    entry = at - 176
    (location,) = struct.unpack_from("<L", image, entry + 12)
    size = (1 << 30) - 2048
    body = image[entry + 16 : entry + 56] + struct.pack("<Q", size) + image[entry + 64 : at]
    bomb = _damaged(
        image, entry, udf.tagged(261, location, body + struct.pack("<L", 2 << 30 | size) + image[at + 4 : at + 8])
    )
    (tmp_path / "bomb").write_bytes(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match=r"uploads\.maximum_ratio"):
            for member in members(
                tmp_path / "bomb", Uploads(maximum_ratio=2, ratio_allowance_bytes=8 * MIB), name="cd", scratch=tmp_path
            ):
                with member.open() as stream:
                    while stream.read(MIB):
                        continue
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()


def test_a_folder_that_contains_itself_is_refused(udf, read):
    image = udf(form="embedded").image({"DIR/IM": b"1"})
    root, folder = image.index(b"DIR", PARTITION) // 2048, 0
    identifier = image.rindex(struct.pack("<H", 257), root * 2048, image.index(b"DIR", PARTITION))
    (length,) = struct.unpack_from("<H", image, identifier + 10)
    body = bytearray(image[identifier + 16 : identifier + 16 + length])
    struct.pack_into("<L", body, 8, root - 300 + folder)
    looped = _damaged(image, identifier, udf.tagged(257, 0, bytes(body)))
    entry = root * 2048
    (length,) = struct.unpack_from("<H", looped, entry + 10)
    again = udf.tagged(261, root - 300, looped[entry + 16 : entry + 16 + length])
    with pytest.raises(Malformed, match="contains itself"):
        read(_damaged(looped, entry, again))


def test_a_disc_with_more_files_than_allowed_is_refused_by_the_limit_s_name(udf, read):
    image = udf().image({f"IM{number}": b"" for number in range(30)})
    with pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
        read(image, maximum_members=29)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_anywhere_is_the_sender_s_fault_and_nothing_else(udf, read, kind):
    random = Random(kind)
    image = udf(kind=kind, form="continued").image({"DICOM/IM1": b"1" * 50_000, "DICOM/PAT/IM2": b"2"})
    spots = [at for at in range(0, len(image), 512) if any(image[at : at + 512])]
    for _ in range(60):
        damaged = bytearray(image)
        for _ in range(random.choice([1, 3, 9])):
            at = random.choice(spots) + random.choice([0, 2, 16, 20, 27, 56, 168, 176, 188, 212, 248, 264, 440, 441])
            damaged[at : at + 1] = bytes([random.choice([0, 1, 127, 255])])
            start = at // 2048 * 2048
            (length,) = struct.unpack_from("<H", damaged, start + 10)
            tag = struct.unpack_from("<H", damaged, start)[0]
            location = struct.unpack_from("<L", damaged, start + 12)[0]
            if length <= 2032 and random.random() < 0.8:  # with check sums that hold
                damaged[start : start + 16 + length] = udf.tagged(
                    tag, location, bytes(damaged[start + 16 : start + 16 + length])
                )
        with suppress(SenderFault):
            read(bytes(damaged[: random.choice([len(image), random.randrange(1, len(image))])]))
