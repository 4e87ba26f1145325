"""7z archives through py7zr, one solid block after the other, each file unpacked as it is read.

The library hands over the directory and the decoders; the loop over them is ours, since the library's own would refuse
an archive for a single name, and unpack into memory in pieces of a hundred megabytes. The directory and the memory
that a decoder claims are bounded before either is allocated. Some decoders break memory on damaged bytes whatever is
done here: so all of this runs in a process of its own (`apart.py`), which also counts what comes out.
"""

import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO, cast

import py7zr
from py7zr.archiveinfo import HeaderStreamsInfo, SignatureHeader
from py7zr.exceptions import PasswordRequired, UnsupportedCompressionMethodError

from config.errors import Malformed, NotOffered, OverreadError, Refused, TooLarge
from gateway.bundles.budget import Budget
from gateway.bundles.member import ENCRYPTED, NOT_OPENED, Member, nothing_of_its_own
from gateway.bundles.names import tidy
from gateway.bundles.streams import member_stream, needs_memory

_DIRECTORY_BYTES_A_MEMBER = 160
_LEAST_DIRECTORY_BYTES = 1 << 20
_CHUNK = 1 << 20
_SIGNATURE_BYTES = 32
_ENCODED_HEADER = b"\x17"
_DAMAGED = "the 7z archive is damaged, or its password is wrong"
# What a decoder allocates, by method, as its properties say: the dictionary or the model.
_MEMORY: Mapping[bytes, Callable[[bytes], int]] = {
    b"\x21": lambda properties: (2 | properties[0] & 1) << (properties[0] // 2 + 11),
    b"\x03\x01\x01": lambda properties: int.from_bytes(properties[1:5], "little"),
    b"\x03\x04\x01": lambda properties: int.from_bytes(properties[1:5], "little"),
}


def read_seven_zip(source: BinaryIO, budget: Budget, password: str | None) -> Iterator[Member]:
    """Return the members of a 7z archive, those without content first.

    Raises:
        Malformed: the archive has no usable directory, or holds no files.
        Refused: even the names are encrypted, and no password is given.
        TooLarge: the directory lists more files than allowed.
    """
    archive = _open(source, budget, password)
    files = [file for file in getattr(archive, "files", ()) if not file.is_directory]
    budget.refuse_count(len(files))
    if not files:
        raise Malformed("the 7z archive holds no files")
    for file in files:
        if file.emptystream:
            yield Member(tidy(file.filename), 0, _nothing)
    streams = archive.header.main_streams
    positions = streams.packinfo.packpositions if streams is not None else []
    for number, folder in enumerate(streams.unpackinfo.folders if streams is not None else ()):
        start = archive.afterheader + positions[number]
        yield from _block(source, folder, start, positions[number + 1] - positions[number], budget)


def seven_zip_asks_for_password(source: BinaryIO, budget: Budget) -> bool:
    """Say whether something in a 7z archive cannot be read without a password."""
    try:
        return bool(_open(source, budget, None).needs_password())
    except Refused:
        return True
    except OverreadError:
        return False
    finally:
        source.seek(0)


def _open(source: BinaryIO, budget: Budget, password: str | None) -> Any:
    try:
        _refuse_directory(source, budget)
        source.seek(0)
        return py7zr.SevenZipFile(cast(Any, source), "r", password=password)
    except OverreadError:
        raise
    except PasswordRequired:
        raise Refused(ENCRYPTED) from None
    except Exception:  # noqa: BLE001 - the parser meets hostile bytes here: any failure of it is the sender's
        raise Malformed(_DAMAGED) from None


def _refuse_directory(source: BinaryIO, budget: Budget) -> None:
    """Refuse a directory, or a packed one that unfolds to more, that is larger than the files allowed can need."""
    most = max(budget.limits.maximum_members * _DIRECTORY_BYTES_A_MEMBER, _LEAST_DIRECTORY_BYTES)
    signature = SignatureHeader.retrieve(source)
    size = signature.nextheadersize
    if size <= most:
        source.seek(_SIGNATURE_BYTES + signature.nextheaderofs)
        header = io.BytesIO(source.read(size))
        if header.read(1) == _ENCODED_HEADER:
            for folder in HeaderStreamsInfo.retrieve(header).unpackinfo.folders:
                _refuse_memory(folder, budget)
                size += max(folder.unpacksizes)
    if size > most:
        raise TooLarge("the directory of the 7z archive is too large for the files allowed (uploads.maximum_members)")


def _refuse_memory(folder: Any, budget: Budget) -> None:
    most = budget.limits.maximum_unpacking_memory_bytes
    for coder in folder.coders:
        claim = _MEMORY.get(coder["method"])
        if claim is not None and claim(coder["properties"]) > most:
            raise needs_memory("the 7z archive", most)


def _block(source: BinaryIO, folder: Any, start: int, packed: int, budget: Budget) -> Iterator[Member]:
    """Return the files of one solid block; from where it is damaged on, they are unreadable."""
    files = list(folder.files or ())
    problem, decoder = "", None
    try:
        _refuse_memory(folder, budget)
        decoder = folder.get_decompressor(packed)
    except PasswordRequired:
        problem = ENCRYPTED
    except UnsupportedCompressionMethodError:
        problem = "the file is packed in a way that is not read here: pack it as an ordinary zip"
    except NotOffered as error:
        problem = str(error)
    except Exception:  # noqa: BLE001 - hostile bytes again
        problem = _DAMAGED
    block = _Block(source, decoder, start, encrypted=folder.password is not None)
    for file in files:
        path = tidy(file.filename)
        if problem:
            yield Member(path, file.uncompressed, _nothing).unreadable(problem)
            continue
        stream = _BlockFile(block, file)
        if file.is_symlink or file.is_junction or file.is_socket:
            yield replace(nothing_of_its_own(path), opener=_opener(stream))  # so that what it unfolds to is counted
        else:
            yield Member(path, file.uncompressed, _opener(stream))
        stream.drain()


def _opener(stream: "_BlockFile") -> Callable[[], io.BufferedReader]:
    return lambda: member_stream(lambda: cast(BinaryIO, stream))


def _nothing() -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO())


class _Block:
    """One solid block while it is unpacked from front to back."""

    def __init__(self, source: BinaryIO, decoder: Any, start: int, *, encrypted: bool) -> None:
        self._source = source
        self._decoder = decoder
        self._position = start
        self._broken = False
        self.damage = NOT_OPENED if encrypted else "the file is damaged: it does not unpack"

    def read(self, size: int) -> bytes:
        """Return up to `size` of the bytes that come next, empty where there are none though there should be."""
        for _ in range(2 if not self._broken else 0):
            before = self._position
            try:
                self._source.seek(before)
                data = bytes(self._decoder.decompress(self._source, size))
                self._position = self._source.tell()
            except Exception:  # noqa: BLE001 - the decoders raise what they like over damaged input
                break
            if data:
                return data
            if self._position == before:
                break
        self._broken = True
        raise Malformed(self.damage)


class _BlockFile(io.RawIOBase):
    """The bytes of one file of a block, compared with their check sum at the end."""

    def __init__(self, block: _Block, file: Any) -> None:
        super().__init__()
        self._block = block
        self._left = int(file.uncompressed)
        self._expected = file.crc32
        self._sum = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if self._left <= 0:
            if self._expected is not None and self._sum != self._expected:
                raise Malformed(self._block.damage)
            return b""
        data = self._block.read(min(self._left, _CHUNK, size if size >= 0 else _CHUNK))
        self._left -= len(data)
        self._sum = zlib.crc32(data, self._sum)
        return data

    def drain(self) -> None:
        """Go on to the file behind this one."""
        try:
            while self._left > 0:
                self.read(_CHUNK)
        except Malformed:
            self._left = 0
