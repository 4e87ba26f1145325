"""Zip archives, zip64 included, through the standard library; PS3.12 annex V carries DICOM media in them too.

Everything a zip claims about itself is a claim: the directory is bounded before it is read, sizes are counted while
unpacking, and a member that cannot be unpacked says so instead of stopping the rest.
"""

import io
import stat
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, cast

import pyzipper

from config.errors import Malformed, TooLarge
from gateway.bundles.budget import Budget
from gateway.bundles.member import ENCRYPTED, NOT_OPENED, Member, nothing_of_its_own
from gateway.bundles.names import decode_names, tidy
from gateway.bundles.streams import member_stream, readable

_DIRECTORY_BYTES_A_MEMBER = 256
_LEAST_DIRECTORY_BYTES = 1 << 20
_ENCRYPTED = 0x1 | 0x40
_UTF8 = 0x800
_READ = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # the library unpacks the others without bound on memory
_METHODS: Mapping[int, str] = {
    9: "Deflate64",
    12: "bzip2",
    14: "LZMA",
    93: "Zstandard",
    95: "XZ",
    98: "PPMd",
    99: "AES encryption",
}
_DOCUMENTS = frozenset({"[Content_Types].xml", "META-INF/MANIFEST.MF", "mimetype"})


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
    """Say whether a zip is a document or a program of its own (Office, OpenDocument, Java) and not an archive of files.

    An archive that cannot be read is none.
    """
    try:
        return not _DOCUMENTS.isdisjoint(_open(source, budget).namelist())
    except (Malformed, TooLarge):
        return False
    finally:
        source.seek(0)


def zip_asks_for_password(source: BinaryIO, budget: Budget) -> bool:
    """Say whether a file in a zip cannot be read without a password."""
    try:
        return any(info.flag_bits & _ENCRYPTED for info in _open(source, budget).infolist())
    except (Malformed, TooLarge):
        return False
    finally:
        source.seek(0)


class _Bounded(io.RawIOBase):
    """A file of which no single read, such as that of a whole directory, may be larger than a bound."""

    def __init__(self, source: BinaryIO, bound: int) -> None:
        super().__init__()
        self._source = source
        self._bound = bound

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self._bound:
            raise TooLarge("the directory of the zip is too large for the files allowed (uploads.maximum_members)")
        return self._source.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def _open(source: BinaryIO, budget: Budget, password: str | None = None) -> zipfile.ZipFile:
    """Open a zip: with the standard library, or where there is a password with one that knows WinZip's AES as well."""
    bound = max(budget.limits.maximum_members * _DIRECTORY_BYTES_A_MEMBER, _LEAST_DIRECTORY_BYTES)
    with readable("the zip"):
        if password is None:
            return zipfile.ZipFile(cast(BinaryIO, _Bounded(source, bound)))
        archive = pyzipper.AESZipFile(cast(BinaryIO, _Bounded(source, bound)))
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
    member = Member(path, info.file_size, lambda: member_stream(lambda: _content(archive, info), spend))
    if info.flag_bits & _ENCRYPTED and archive.pwd is None:
        return member.unreadable(ENCRYPTED)
    if info.compress_type not in _READ:
        method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
        return member.unreadable(
            f"the file is packed with {method}, which is not read here: pack it as an ordinary zip"
        )
    return member


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    try:
        return cast(BinaryIO, archive.open(cast(Any, info)))
    except RuntimeError as error:
        if isinstance(error, NotImplementedError | RecursionError):
            raise
        raise Malformed(NOT_OPENED) from None
