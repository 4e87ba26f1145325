"""Zip archives, zip64 included, through the standard library; PS3.12 annex V carries DICOM media in them too.

Everything a zip claims about itself is a claim: the directory is bounded before it is read, sizes are counted while
unpacking, and a member that cannot be unpacked says so instead of stopping the rest.
"""

import io
import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, cast

import pyzipper

from config.errors import Malformed, NotOffered, TooLarge
from gateway.bundles.budget import Budget
from gateway.bundles.kinds import is_part10
from gateway.bundles.member import ENCRYPTED, NOT_OPENED, Member, nothing_of_its_own
from gateway.bundles.names import decode_names, tidy
from gateway.bundles.streams import member_stream, readable
from gateway.bundles.views import PassedOn
from gateway.bundles.zip_methods import DECODERS, UnpackedMember

_DIRECTORY_BYTES_A_MEMBER = 256
_ENTRIES_A_MEMBER = 2  # folders are entries too, and no members
_ENTRY = b"PK\1\2"
_MANY = "the directory of the zip lists more than the files allowed (uploads.maximum_members): send it in several parts"
_PEEKED = 132  # preamble and prefix (PS3.10 section 7.1)
_LEAST_DIRECTORY_BYTES = 1 << 20
_ENCRYPTED = 0x1 | 0x40
_UTF8 = 0x800
_READ = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # by the library itself
_METHODS: Mapping[int, str] = {
    9: "Deflate64",
    12: "bzip2 and encrypted",
    14: "LZMA and encrypted",
    93: "Zstandard",
    95: "XZ",
    98: "PPMd",
    99: "AES encryption",
}
_OFFICE_PARTS = ("word/", "xl/", "ppt/")
_MIMETYPES = (b"application/vnd.oasis.opendocument.", b"application/epub+zip")


def read_zip(source: BinaryIO, budget: Budget, password: str | None) -> Iterator[Member]:
    """Return the members of a zip in the order of its directory, encrypted ones by means of a password.

    Raises:
        Malformed: there is no usable directory.
        TooLarge: the directory lists more members than allowed.
    """
    archive = _open(source, budget, password)
    files = [info for info in archive.infolist() if not _is_folder(info)]
    budget.refuse_count(len(files))
    if not files:
        raise Malformed("the zip holds no files")
    for info, name in zip(files, _names(files), strict=True):
        yield _member(archive, info, tidy(name), budget)


def is_document(source: BinaryIO, budget: Budget) -> bool:
    """Say whether a zip is a document or a program of its own (Office, OpenDocument, EPUB, Java): a file by itself.

    A whole disc may hold the marks of such, since viewers are written in Java and folders are packed as they are. So
    only what has the parts of one too counts, and nothing counts in which there is a DICOM file. An archive that cannot
    be read is none.
    """
    try:
        archive = _open(source, budget)
        return _has_parts_of_a_document(archive, budget) and not _holds_dicom(archive, budget)
    except (Malformed, TooLarge):
        return False
    finally:
        source.seek(0)


def _has_parts_of_a_document(archive: zipfile.ZipFile, budget: Budget) -> bool:
    names = set(archive.namelist())
    if "[Content_Types].xml" in names:
        return any(name.startswith(_OFFICE_PARTS) for name in names)
    if "META-INF/MANIFEST.MF" in names:
        return any(name.endswith(".class") for name in names)
    first = min(archive.infolist(), key=lambda info: info.header_offset, default=None)
    if first is None or first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED:
        return False  # OpenDocument 1.3 part 2, 3.3; EPUB OCF 3.3, 4.3
    return _begins(archive, first, budget).startswith(_MIMETYPES)


def _holds_dicom(archive: zipfile.ZipFile, budget: Budget) -> bool:
    files = [info for info in archive.infolist() if not _is_folder(info)]
    budget.refuse_count(len(files))
    if any(re.split(r"[/\\]", info.filename)[-1].upper().startswith("DICOMDIR") for info in files):
        return True
    return any(is_part10(_begins(archive, info, budget)) for info in files)


def _begins(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> bytes:
    """Return the first bytes of a member, enough to know a DICOM file; none where it cannot be read."""
    try:
        with (
            readable("the file"),
            io.BufferedReader(
                cast(Any, _content(archive, info, budget.limits.maximum_unpacking_memory_bytes)), _PEEKED
            ) as stream,
        ):
            return stream.read(_PEEKED)
    except (Malformed, NotOffered):
        return b""


def zip_asks_for_password(source: BinaryIO, budget: Budget) -> bool:
    """Say whether a file in a zip cannot be read without a password."""
    try:
        return any(info.flag_bits & _ENCRYPTED for info in _open(source, budget).infolist())
    except (Malformed, TooLarge):
        return False
    finally:
        source.seek(0)


class _Bounded(PassedOn):
    """A file of which no single read, such as that of a whole directory, may be larger than a bound or list too much.

    The library makes an object of some 500 bytes of each entry before anybody can count them.
    """

    def __init__(self, source: BinaryIO, members: int) -> None:
        super().__init__(source)
        self._entries = members * _ENTRIES_A_MEMBER
        self._bound = max(members * _DIRECTORY_BYTES_A_MEMBER, _LEAST_DIRECTORY_BYTES)

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self._bound:
            raise TooLarge(_MANY)
        data = self._source.read(-1 if size is None else size)
        if data.startswith(_ENTRY) and data.count(_ENTRY) > self._entries:
            raise TooLarge(_MANY)
        return data


def _open(source: BinaryIO, budget: Budget, password: str | None = None) -> zipfile.ZipFile:
    """Open a zip: with the standard library, or where there is a password with one that knows WinZip's AES as well."""
    bounded = cast(BinaryIO, _Bounded(source, budget.limits.maximum_members))
    with readable("the zip"):
        if password is None:
            return zipfile.ZipFile(bounded)
        archive = pyzipper.AESZipFile(bounded)
        archive.setpassword(password.encode())
        return cast(zipfile.ZipFile, archive)


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith(("/", "\\")) and info.file_size == 0


def _names(files: list[zipfile.ZipInfo]) -> list[str]:
    """Return the names; those in the packer's code page are decoded anew, all together."""
    raw = [_raw_name(info) for info in files]
    decoded = iter(decode_names([name for name in raw if name is not None]))
    return [info.filename if name is None else next(decoded) for info, name in zip(files, raw, strict=True)]


def _raw_name(info: zipfile.ZipInfo) -> bytes | None:
    """Return a name undone from CP437, as which the library decodes it, or None where it was given in Unicode."""
    if info.flag_bits & _UTF8:
        return None
    try:
        return info.filename.encode("cp437")
    except UnicodeEncodeError:
        return None  # from the Unicode path field of Info-ZIP, which newer versions of the library heed


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, budget: Budget) -> Member:
    if stat.S_ISLNK(info.external_attr >> 16):
        return nothing_of_its_own(path)
    spend = budget.meter(info.compress_size)
    memory = budget.limits.maximum_unpacking_memory_bytes
    member = Member(path, info.file_size, lambda: member_stream(lambda: _content(archive, info, memory), spend))
    if info.flag_bits & _ENCRYPTED and archive.pwd is None:
        return member.unreadable(ENCRYPTED)
    if info.compress_type not in _READ and (info.compress_type not in DECODERS or info.flag_bits & _ENCRYPTED):
        method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
        return member.unreadable(
            f"the file is packed with {method}, which is not read here: pack it as an ordinary zip"
        )
    return member


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, memory: int) -> BinaryIO:
    try:
        if info.compress_type in DECODERS:
            return cast(BinaryIO, UnpackedMember(archive, info, memory))
        return cast(BinaryIO, archive.open(cast(Any, info)))
    except RuntimeError as error:
        if isinstance(error, NotImplementedError | RecursionError):
            raise
        raise Malformed(NOT_OPENED) from None
