"""Bundles give every file as a member, whatever they are packed in, and name what is wrong with those they cannot."""

import bz2
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from config.errors import Malformed, NotOffered
from config.settings import MIB, Uploads
from gateway.bundles import Member, members

Packed = list[tuple[str, bytes]]
FILES: Packed = [("CT/IM1", b"one" * 1000), ("CT/IM2", b""), ("readme.txt", b"text")]


def _zip(files: Packed, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return target.getvalue()


def _tar(files: Packed) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def _rename(packed: bytes, name: bytes, raw: bytes) -> bytes:
    assert len(name) == len(raw)
    assert name in packed
    return packed.replace(name, raw)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[tuple[str, bytes | None, str | None]]]:
    """Return a reader of a bundle: (path, content or None, problem) of each member."""

    def run(data: bytes | Path, name: str = "upload.bin", **limits: int) -> list[tuple[str, bytes | None, str | None]]:
        path = data if isinstance(data, Path) else tmp_path / "bundle"
        if isinstance(data, bytes):
            path.write_bytes(data)
        found = members(path, Uploads(**limits), name=name, scratch=tmp_path)
        return [_taken(member) for member in found]

    return run


def _taken(member: Member) -> tuple[str, bytes | None, str | None]:
    try:
        with member.open() as stream:
            return member.path, stream.read(), member.problem
    except Malformed as error:
        return member.path, None, str(error)


def _contents(found: list[tuple[str, bytes | None, str | None]]) -> dict[str, bytes | None]:
    return {path: content for path, content, _ in found}


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(_zip, id="zip"),
        pytest.param(lambda files: _zip(files, zipfile.ZIP_STORED), id="zip-stored"),
        pytest.param(_tar, id="tar"),
        pytest.param(lambda files: gzip.compress(_tar(files)), id="tar.gz"),
        pytest.param(lambda files: bz2.compress(_tar(files)), id="tar.bz2"),
        pytest.param(lambda files: lzma.compress(_tar(files)), id="tar.xz"),
    ],
)
def test_every_archive_gives_every_file_with_its_bytes(read, pack):
    found = read(pack(FILES))
    assert [(path, content) for path, content, _ in found] == FILES
    assert all(problem is None for _, _, problem in found)


def test_a_tar_whose_members_are_not_read_goes_on_to_the_next(tmp_path):
    (tmp_path / "b").write_bytes(_tar([(f"f{n}", bytes(3 * MIB)) for n in range(3)]))
    found = members(tmp_path / "b", Uploads(), name="b", scratch=tmp_path)
    assert [member.path for member in found] == ["f0", "f1", "f2"]


def test_a_zip64_archive_is_read(read):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, archive.open("big.dcm", "w", force_zip64=True) as member:
        member.write(b"sixty-four")
    assert read(target.getvalue()) == [("big.dcm", b"sixty-four", None)]


def test_concatenated_and_padded_xz_streams_are_one(read):
    assert read(lzma.compress(b"one ") + bytes(8) + lzma.compress(b"two")) == [("upload.bin", b"one two", None)]


@pytest.mark.parametrize("packer", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_single_file_is_one_member_under_its_own_name(read, packer):
    assert read(packer(b"\0" * 128 + b"DICM..."), name="scan.dcm.gz") == [
        ("scan.dcm.gz", b"\0" * 128 + b"DICM...", None)
    ]


def test_a_dicom_file_whose_preamble_looks_like_an_archive_is_a_dicom_file(read):
    data = b"PK\x03\x04".ljust(128, b"\0") + b"DICM" + b"rest"
    assert read(data, name="a.dcm") == [("a.dcm", data, None)]


def test_any_other_file_is_one_member(read):
    assert read(b"just words", name="notes.txt") == [("notes.txt", b"just words", None)]


def test_a_folder_is_swept_in_order_without_following_links(read, tmp_path):
    root = tmp_path / "disc"
    (root / "DICOM").mkdir(parents=True)
    (root / "DICOM" / "IM1").write_bytes(b"1")
    (root / ".DS_Store").write_bytes(b"junk")
    (root / "inner.zip").write_bytes(_zip([("a", b"a"), ("deep.zip", b"no zip")]))
    (tmp_path / "secret").write_bytes(b"outside")
    (root / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(root / "pipe")
    found = read(root)
    assert [(path, content) for path, content, _ in found] == [
        (".DS_Store", b"junk"),
        ("DICOM/IM1", b"1"),
        ("inner.zip/a", b"a"),
        ("inner.zip/deep.zip", b"no zip"),
        ("link", b""),
        ("pipe", b""),
    ]
    assert [problem is not None for _, _, problem in found] == [False, False, False, False, True, True]


def test_a_broken_archive_in_a_folder_is_handed_on_whole_and_the_sweep_goes_on(read, tmp_path):
    root = tmp_path / "disc"
    root.mkdir()
    broken = _zip(FILES)[:-30]
    (root / "a.zip").write_bytes(broken)
    (root / "b.rar").write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(100))
    (root / "c").write_bytes(b"fine")
    found = read(root)
    assert found[0][:2] == ("a.zip", broken)
    assert "damaged" in found[0][2]
    assert "RAR archives are not read" in found[1][2]
    assert found[2] == ("c", b"fine", None)


def test_nested_archives_are_opened_to_the_depth_allowed(read):
    inner = _tar([("deep.dcm", b"deep")])
    middle = _zip([("inner.tar", inner)])
    outer = _zip([("middle.zip", middle), ("flat.dcm", b"flat")])
    assert _contents(read(outer)) == {"middle.zip/inner.tar/deep.dcm": b"deep", "flat.dcm": b"flat"}
    found = read(outer, maximum_depth=1)
    assert found[0][:2] == ("middle.zip/inner.tar", inner)
    assert "more than 1 deep" in found[0][2]
    assert _contents(read(outer, maximum_depth=0))["middle.zip"] == middle


def test_a_packed_file_inside_an_archive_keeps_its_place(read):
    outer = _zip([("CT/a.dcm.gz", gzip.compress(b"packed")), ("b.zip.gz", gzip.compress(_zip([("c", b"c")])))])
    assert _contents(read(outer)) == {"CT/a.dcm.gz": b"packed", "b.zip.gz/c": b"c"}


def test_a_damaged_archive_inside_is_handed_on_whole_with_the_reason(read):
    broken = _zip(FILES)[:-40]
    outer = _zip([("inner.zip", broken), ("good.dcm", b"good")])
    found = read(outer)
    assert found[0][:2] == ("inner.zip", broken)
    assert "damaged" in found[0][2]
    assert found[1] == ("good.dcm", b"good", None)


def test_office_documents_and_java_programs_are_files_and_not_archives(read):
    document = _zip([("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")])
    program = _zip([("META-INF/MANIFEST.MF", b"x"), ("Viewer.class", b"x")])
    outer = _zip([("report.docx", document), ("viewer.jar", program)])
    assert _contents(read(outer)) == {"report.docx": document, "viewer.jar": program}
    assert read(document, name="report.docx") == [("report.docx", document, None)]


def test_documents_are_known_by_their_parts_and_not_by_a_mark_alone(read):
    text = _zip(
        [("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<x/>")], zipfile.ZIP_STORED
    )
    book = _zip([("mimetype", b"application/epub+zip"), ("OEBPS/a.xhtml", b"<x/>")], zipfile.ZIP_STORED)
    assert _contents(read(_zip([("a.odt", text), ("b.epub", book)]))) == {"a.odt": text, "b.epub": book}
    for mark in ("META-INF/MANIFEST.MF", "mimetype", "[Content_Types].xml"):
        assert list(_contents(read(_zip([(mark, b"x"), ("notes.txt", b"y")])))) == [mark, "notes.txt"]


@pytest.mark.parametrize(
    "marks",
    [
        [("META-INF/MANIFEST.MF", b"x"), ("Viewer.class", b"x")],
        [("mimetype", b"application/epub+zip")],
        [("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")],
    ],
)
@pytest.mark.parametrize("image", [("IMAGES/1", bytes(128) + b"DICM"), ("dicomdir", b"scratched")])
def test_a_disc_with_the_marks_of_a_document_is_opened(read, marks, image):
    files = [*marks, image]
    assert _contents(read(_zip(files, zipfile.ZIP_STORED))) == dict(files)


def test_names_that_climb_are_names_only_and_nothing_is_written(read, tmp_path):
    before = set(tmp_path.rglob("*"))
    files = [("../../etc/passwd", b"a"), ("/etc/shadow", b"b"), ("C:\\Windows\\system.ini", b"c")]
    assert _contents(read(_zip(files))) == {
        "../../etc/passwd": b"a",
        "/etc/shadow": b"b",
        "C:/Windows/system.ini": b"c",
    }
    assert _contents(read(_tar(files[:2])))["/etc/shadow"] == b"b"
    assert set(tmp_path.rglob("*")) - before == {tmp_path / "bundle"}


def test_control_characters_and_endless_names_are_made_harmless_and_stay_different(read):
    long = "x" * 30_000
    found = read(_zip([("a\x1b[31m\nb", b"1"), (long + "1", b"2"), (long + "2", b"3")]))
    paths = [path for path, _, _ in found]
    assert paths[0] == "a\ufffd[31m\ufffdb"
    assert all(len(path) < 1000 for path in paths)
    assert len(set(paths)) == 3


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("gbk", ["患者王小明/胸部CT/第一页.dcm", "检查报告.txt"]),
        ("cp932", ["山田太郎/検査/ヤマダ.dcm", "胸部レポート.txt"]),
        ("cp437", ["Müller/Schädel.dcm", "Radiología/informe.txt"]),
        ("utf-8", ["Müller/Schädel.dcm", "患者/第一页.dcm"]),
    ],
)
def test_unflagged_zip_names_are_read_in_the_code_page_that_makes_sense(read, page, names):
    stand_ins = [bytes([65 + number]) * len(name.encode(page)) for number, name in enumerate(names)]
    packed = _zip([(stand_in.decode(), b"x") for stand_in in stand_ins])
    for stand_in, name in zip(stand_ins, names, strict=True):
        packed = _rename(packed, stand_in, name.encode(page))
    assert [path for path, _, _ in read(packed)] == names


def test_flagged_utf8_names_are_taken_as_they_are(read):
    assert [path for path, _, _ in read(_zip([("Größe/山.dcm", b"x")]))] == ["Größe/山.dcm"]


def test_tar_names_that_are_no_utf8_are_read_too(read):
    packed = _tar([("A" * 8, b"x")])
    packed = _rename(packed, b"A" * 8, "患者检查".encode("gbk"))
    header = bytearray(packed[:512])
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    assert [path for path, _, _ in read(bytes(header) + packed[512:])] == ["患者检查"]


def test_an_encrypted_member_says_so_and_the_others_are_read(read):
    packed = bytearray(_zip([("secret.dcm", b"x" * 50), ("open.dcm", b"open")], zipfile.ZIP_STORED))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    found = read(bytes(packed))
    assert found[0][1] == b""
    assert "encrypted" in found[0][2]
    assert found[1] == ("open.dcm", b"open", None)


@pytest.mark.parametrize(("method", "name"), [(9, "Deflate64"), (93, "Zstandard"), (77, "method 77")])
def test_a_packing_that_is_not_read_is_named(read, method, name):
    packed = bytearray(_zip([("a.dcm", b"x"), ("b.dcm", b"y")], zipfile.ZIP_STORED))
    struct.pack_into("<H", packed, 8, method)
    struct.pack_into("<H", packed, packed.index(b"PK\x01\x02") + 10, method)
    found = read(bytes(packed))
    assert name in found[0][2]
    assert found[1] == ("b.dcm", b"y", None)


def test_a_member_with_a_wrong_check_sum_is_damaged_and_the_others_are_read(read):
    packed = _zip([("a.dcm", b"AAAA" * 100), ("b.dcm", b"y")], zipfile.ZIP_STORED).replace(b"AAAA", b"AABA", 1)
    found = read(packed)
    assert found[0][1:] in [(None, found[0][2]), (b"", found[0][2])]
    assert "damaged" in found[0][2]
    assert found[1] == ("b.dcm", b"y", None)


def test_a_zip_that_ends_too_early_is_malformed(read):
    with pytest.raises(Malformed, match="zip is damaged"):
        read(_zip(FILES)[:-30])


@pytest.mark.parametrize("packer", [bytes, gzip.compress, lzma.compress, bz2.compress])
def test_a_tar_that_ends_too_early_gives_what_came_before(tmp_path, packer):
    files = [("a.dcm", os.urandom(2000)), ("b.dcm", os.urandom(3000)), ("c.dcm", os.urandom(300_000))]
    packed = packer(_tar(files))
    (tmp_path / "b").write_bytes(packed[: len(packed) * 9 // 10])
    found = []
    with pytest.raises(Malformed):
        found.extend(map(_taken, members(tmp_path / "b", Uploads(), name="b", scratch=tmp_path)))
    expected = [] if packer is bz2.compress else files[:2]
    assert [(path, content) for path, content, _ in found[:2]] == expected


def test_a_damaged_header_inside_a_tar_is_not_taken_for_its_end(read):
    packed = bytearray(_tar([("a.dcm", b"a" * 512), ("b.dcm", b"b"), ("c.dcm", b"c")]))
    packed[1024:1040] = os.urandom(16)
    with pytest.raises(Malformed, match="damaged"):
        read(bytes(packed))


def test_links_and_devices_in_a_tar_are_members_without_content(read):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, kind in [("soft", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("null", tarfile.CHRTYPE)]:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    found = read(target.getvalue())
    assert [(path, content) for path, content, _ in found] == [("soft", b""), ("hard", b""), ("null", b"")]
    assert all("link or a special file" in problem for _, _, problem in found)


def test_a_symbolic_link_in_a_zip_is_a_member_without_content(read):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert read(target.getvalue())[0][1] == b""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Rar!\x1a\x07\x01\x00" + bytes(100), "RAR archives"),
    ],
)
def test_kinds_that_are_not_read_are_named(read, data, words):
    with pytest.raises(NotOffered, match=words):
        read(data)
    found = read(_zip([("inner", data), ("a", b"a")]))
    assert found[0][:2] == ("inner", data)
    assert words in found[0][2]


@pytest.mark.parametrize("empty", [_zip([]), _zip([("folder/", b"")])])
def test_an_archive_without_files_is_malformed(read, empty):
    with pytest.raises(Malformed, match="no files"):
        read(empty)
