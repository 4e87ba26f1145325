"""Disc images give every file once under its most telling name, and no lie in them reaches further than its file."""

import io
import struct
import tracemalloc
import zipfile

import pytest
from pycdlib import PyCdlib

from config.errors import Malformed, SenderFault, TooLarge
from config.settings import MIB

FILES = {"DICOM/IM1": b"one" * 3000, "DICOM/PAT/IM2": b"two", "AUTORUN.INF": b"", "Long name of a viewer.txt": b"text"}


def _image(*, interchange: int = 3, files: dict[str, bytes] = FILES, **kind: object) -> bytes:
    """Return a disc image with files; `kind` as of pycdlib: joliet, rock_ridge, udf."""
    disc = PyCdlib()
    disc.new(interchange_level=interchange, **kind)
    made: dict[str, str] = {"": ""}
    for number, (path, data) in enumerate(files.items()):
        *folders, name = path.split("/")
        parent = iso = ""
        for folder in folders:
            parent, above = f"{parent}/{folder}", iso
            iso = f"{above}/{folder[:8].upper()}"
            if parent not in made:
                made[parent] = iso
                disc.add_directory(iso, **_names(parent, folder, kind))
        short = f"{name.upper()}.;1" if name.isalnum() and len(name) <= 8 else f"F{number}.TXT;1"
        disc.add_fp(io.BytesIO(data), len(data), f"{iso}/{short}", **_names(f"{parent}/{name}", name, kind))
    target = io.BytesIO()
    disc.write_fp(target)
    disc.close()
    return target.getvalue()


def _names(path: str, name: str, kind: dict[str, object]) -> dict[str, str]:
    every = {"joliet": ("joliet_path", path), "rock_ridge": ("rr_name", name), "udf": ("udf_path", path)}
    return dict(every[each] for each in kind)


@pytest.mark.parametrize(
    "kind",
    [
        {"joliet": 3},
        {"rock_ridge": "1.09"},
        {"udf": "2.60"},
        {"joliet": 3, "rock_ridge": "1.12"},
        {"joliet": 3, "rock_ridge": "1.09", "udf": "2.60"},
    ],
)
def test_every_tree_of_names_gives_every_file_once_with_its_bytes(read, kind):
    assert read(_image(**kind)) == FILES


def test_a_disc_of_short_names_gives_them_without_their_versions(read):
    files = {"DICOM/IM1": b"1", "DICOMDIR": b"2"}
    assert read(_image(interchange=1, files=files)) == files


def test_a_file_that_only_another_tree_names_comes_too(read):
    disc = PyCdlib()
    disc.new(joliet=3)
    disc.add_fp(io.BytesIO(b"both"), 4, "/BOTH.;1", joliet_path="/both")
    disc.add_fp(io.BytesIO(b"hidden"), 6, "/HIDDEN.;1")
    target = io.BytesIO()
    disc.write_fp(target)
    assert read(target.getvalue()) == {"both": b"both", "HIDDEN": b"hidden"}


def test_an_image_inside_an_archive_is_opened(read):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("cd.iso", _image(joliet=3))
    assert read(target.getvalue()) == {f"cd.iso/{path}": data for path, data in FILES.items()}


def test_a_symbolic_link_on_a_disc_has_nothing_of_its_own(read):
    disc = PyCdlib()
    disc.new(rock_ridge="1.09")
    disc.add_fp(io.BytesIO(b"x"), 1, "/A.;1", rr_name="a")
    disc.add_symlink("/LINK.;1", rr_symlink_name="link", rr_path="/etc/passwd")
    target = io.BytesIO()
    disc.write_fp(target)
    found = read(target.getvalue())
    assert found["a"] == b"x"
    assert "link or a special file" in str(found["link"])


def _with_length(image: bytes, name: bytes, length: int) -> bytes:
    """Return an image that claims another length for a file (ECMA-119 9.1.4)."""
    at = image.index(name) - 33
    return image[: at + 10] + struct.pack("<L", length) + struct.pack(">L", length) + image[at + 18 :]


def test_a_file_that_claims_more_than_the_image_holds_is_damaged_and_the_others_are_read(read):
    image = _image(interchange=1, files={"IM1": b"1" * 5000, "IM2": b"2"})
    found = read(_with_length(image, b"IM1.;1", 1 << 31))
    assert "ends too early" in str(found["IM1"])
    assert found["IM2"] == b"2"


def test_a_scratched_image_gives_the_files_before_the_scratch(read):
    image = _image(interchange=1, files={"IM1": b"1" * 5000, "IM2": b"2" * 50_000})
    found = read(image[: image.index(b"2" * 5000) + 10_000])
    assert found["IM1"] == b"1" * 5000
    assert "ends too early" in str(found["IM2"])


def test_a_disc_whose_udf_part_is_scratched_away_is_read_by_the_other_names(read):
    image = _image(joliet=3, udf="2.60", files={"IM1": b"1" * 5000, "IM2": b"2" * 500_000})
    found = read(image[: -200 * 2048])
    assert found["IM1"] == b"1" * 5000


def test_files_that_share_their_bytes_are_counted_each(read):
    image = _image(interchange=1, files={"IM1": bytes(3 * MIB), "IM2": b"x"})
    first, second = image.index(b"IM1.;1") - 33, image.index(b"IM2.;1") - 33
    shared = image[: second + 2] + image[first + 2 : first + 18] + image[second + 18 :]
    assert read(shared) == {"IM1": bytes(3 * MIB), "IM2": bytes(3 * MIB)}
    with pytest.raises(TooLarge, match=r"uploads\.maximum_expanded_bytes"):
        read(shared, maximum_expanded_bytes=5 * MIB)


def test_a_disc_with_more_files_than_allowed_is_refused_by_the_limit_s_name(read):
    image = _image(interchange=1, files={f"IM{number}": b"" for number in range(30)})
    with pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
        read(image, maximum_members=29)


def test_a_directory_that_claims_gibibytes_takes_no_memory(read):
    image = bytearray(_image(interchange=1))
    struct.pack_into("<L", image, 16 * 2048 + 156 + 10, 0xFFFFF800)
    struct.pack_into(">L", image, 16 * 2048 + 156 + 14, 0xFFFFF800)
    tracemalloc.start()
    try:
        with pytest.raises(SenderFault):
            read(bytes(image))
        assert tracemalloc.get_traced_memory()[1] < 64 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("at", [16 * 2048 + 130, 16 * 2048 + 158, 17 * 2048, 20 * 2048 + 3])
def test_damage_in_the_descriptors_is_the_sender_s_fault_or_harmless(read, at):
    image = bytearray(_image(joliet=3, udf="2.60"))
    for value in (0, 1, 0x7F, 0xFF):
        image[at] = value
        try:
            read(bytes(image))
        except SenderFault:
            continue


def test_an_image_without_files_is_malformed(read):
    with pytest.raises(Malformed, match="no files"):
        read(_image(files={}))
