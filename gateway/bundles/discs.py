"""Disc images: ISO 9660 with Joliet or Rock Ridge, and the UDF bridge (ECMA-119, ECMA-167; the media of PS3.12).

One disc names the same file in several trees. The tree with the most telling names is swept first; a file that only
another tree names comes after, so that none is lost. What the image says about places and sizes is a claim: files are
cut out of the bytes that are really there.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from pycdlib import PyCdlib

from config.errors import Malformed, NotOffered, TooLarge
from gateway.bundles.budget import Budget
from gateway.bundles.member import Member, nothing_of_its_own
from gateway.bundles.names import decode_names, tidy
from gateway.bundles.streams import member_stream, readable

_DIRECTORY_BYTES_A_MEMBER = 4096  # a UDF file has a block of its own for its entry
_LEAST_DIRECTORY_BYTES = 16 << 20
_SECTOR = 2048
_DESCRIPTORS = slice(16 * _SECTOR, 32 * _SECTOR)
_VERSION = re.compile(r"\.?;[0-9]+$")
_DEEPEST = 64
_ENDLESS = 1 << 62


def read_disc(source: BinaryIO, budget: Budget) -> Iterator[Member]:
    """Return the files of a disc image.

    Raises:
        Malformed: the image has no usable directory, or holds no files.
        NotOffered: UDF without an ISO 9660 part.
        TooLarge: more directories and files than allowed.
    """
    source.seek(0)
    descriptors = source.read(_DESCRIPTORS.stop)[_DESCRIPTORS]
    if b"CD001" not in (descriptors[at + 1 : at + 6] for at in range(0, len(descriptors), _SECTOR)):
        raise NotOffered(
            "the disc image is UDF without an ISO 9660 part, which is not read by this version:"
            " upload the disc's folder as a zip"
        )
    files = _distinct_files(_trees(_open(source, budget)))
    if not files:
        raise Malformed("the disc image holds no files")
    budget.refuse_count(len(files))
    for file in files:
        yield _member(source, file, budget)


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a disc: where its bytes lie in the image as (offset, length), or None when it has none of its own."""

    path: str
    extents: tuple[tuple[int, int], ...] | None


class _Disc(PyCdlib):
    """The library's reader, kept from quietly shortening files that end behind the end of a truncated image."""

    def _get_iso_size(self) -> int:
        return _ENDLESS


class _Metered(io.RawIOBase):
    """An image whose directories may not be larger than what the files allowed can need; without its UDF part on wish.

    Behind a scratch the ISO 9660 part is often whole where the UDF part is not.
    """

    def __init__(self, source: BinaryIO, most: int, *, udf: bool) -> None:
        super().__init__()
        self._source = source
        self._left = most
        self._udf = udf

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = -1 if size is None else size
        if wanted > self._left:
            raise TooLarge("the directories of the disc image are too large for the files allowed"
                           " (uploads.maximum_members)")  # fmt: skip
        data = self._source.read(min(wanted, self._left) if wanted >= 0 else self._left)
        self._left -= max(len(data), 1)
        if self._left <= 0:
            raise TooLarge("the disc image has more directories and files than allowed (uploads.maximum_members)")
        return data if self._udf or data[1:6] != b"BEA01" else bytes(len(data))

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def _open(source: BinaryIO, budget: Budget) -> Any:
    most = max(budget.limits.maximum_members * _DIRECTORY_BYTES_A_MEMBER, _LEAST_DIRECTORY_BYTES)
    for udf in (True, False):
        disc = _Disc()
        try:
            disc.open_fp(cast(BinaryIO, _Metered(source, most, udf=udf)))
        except TooLarge:
            raise
        except Exception:  # noqa: BLE001, S112 - hostile bytes: any failure of the parser is the sender's
            continue
        return disc
    raise Malformed("the directories of the disc image are damaged")


def _trees(disc: Any) -> list[list[_File]]:
    """Return the files of every tree of a disc, the tree with the most telling names first."""
    block = int(disc.logical_block_size)
    try:
        trees = []
        if disc.joliet_vd is not None:
            trees.append(list(_iso_files(disc.joliet_vd.root_directory_record(), "joliet", block)))
        if disc.udf_root is not None:
            start = disc.udf_main_descs.partitions[0].part_start_location
            trees.append(list(_udf_files(disc.udf_root, start * block, block)))
        names = "rock-ridge" if disc.rock_ridge else "iso"
        plain = list(_iso_files(disc.pvd.root_directory_record(), names, block))
        trees.insert(0 if disc.rock_ridge else len(trees), plain)
    except TooLarge:
        raise
    except Exception:  # noqa: BLE001 - what the parser made of hostile bytes may lack anything
        raise Malformed("the directories of the disc image are damaged") from None
    return trees


def _distinct_files(trees: Iterable[list[_File]]) -> list[_File]:
    """Return the files of the first tree, and those of the others whose bytes none before them has."""
    found: list[_File] = []
    seen: set[int] = set()
    for number, tree in enumerate(trees):
        new = tree if number == 0 else [file for file in tree if _begins(file, but_not_at=seen)]
        found += new
        seen.update(file.extents[0][0] for file in new if file.extents)
    return found


def _begins(file: _File, *, but_not_at: set[int]) -> bool:
    """Say whether a file has bytes, and where none of the places given is."""
    return any(length for _, length in file.extents or ()) and (file.extents or ((0, 0),))[0][0] not in but_not_at


def _iso_files(folder: Any, tree: str, block: int, path: str = "", depth: int = 0) -> Iterator[_File]:
    """Return the files below a directory record in the names of a tree."""
    if depth > _DEEPEST:
        raise Malformed("the disc image has folders within folders without end")
    records = [each for each in folder.children if not (each.is_dot() or each.is_dotdot())]
    names = _iso_names(records, tree)
    continued: set[int] = set()
    for record, name in zip(records, names, strict=True):
        if record.is_dir():
            yield from _iso_files(record, tree, block, f"{path}{name}/", depth + 1)
        elif id(record) not in continued:
            yield _File(path + name, _iso_extents(record, block, continued))


def _iso_names(records: list[Any], tree: str) -> list[str]:
    identifiers = [bytes(record.file_identifier()) for record in records]
    if tree == "joliet":
        found = [identifier.decode("utf-16-be", "replace") for identifier in identifiers]
    elif tree == "rock-ridge":
        alternatives = [bytes(record.rock_ridge.name()) if record.rock_ridge else b"" for record in records]
        found = decode_names([new or old for new, old in zip(alternatives, identifiers, strict=True)])
    else:
        found = decode_names(identifiers)
    return [_VERSION.sub("", name).replace("/", "_") or "unnamed" for name in found]


def _iso_extents(record: Any, block: int, continued: set[int]) -> tuple[tuple[int, int], ...] | None:
    """Return where the bytes of a record and of those that continue it lie; None for what is no plain file."""
    if record.is_symlink() or record.interleave_gap_size or record.file_unit_size:
        return None
    extents = []
    part: Any = record
    while part is not None:
        continued.add(id(part))
        extents.append(((part.orig_extent_loc + part.xattr_len) * block, int(part.data_length)))
        part = part.data_continuation
    return tuple(extents)


def _udf_files(folder: Any, partition: int, block: int, path: str = "", depth: int = 0) -> Iterator[_File]:
    """Return the files below a UDF directory."""
    if depth > _DEEPEST:
        raise Malformed("the disc image has folders within folders without end")
    for described in folder.fi_descs.values():
        entry = described.file_entry
        if described.is_parent() or entry is None:
            continue
        encoding = described.encoding if isinstance(getattr(described, "encoding", None), str) else "utf-8"
        name = bytes(described.fi).decode(encoding, "replace").replace("/", "_") or "unnamed"
        if entry.is_dir():
            yield from _udf_files(entry, partition, block, f"{path}{name}/", depth + 1)
        else:
            yield _File(path + name, _udf_extents(entry, partition, block))


def _udf_extents(entry: Any, partition: int, block: int) -> tuple[tuple[int, int], ...] | None:
    left = int(entry.get_data_length())
    extents = []
    for each in entry.alloc_descs:
        length = min(
            left, int(each.extent_length) & 0x3FFFFFFF
        )  # the upper two bits tell its kind (ECMA-167 4/14.14.1.1)
        if length:
            extents.append((partition + int(each.log_block_num) * block + int(each.offset), length))
        left -= length
    return None if left or entry.is_symlink() else tuple(extents)


def _member(source: BinaryIO, file: _File, budget: Budget) -> Member:
    path = tidy(file.path)
    if file.extents is None:
        return nothing_of_its_own(path)
    spend, extents = budget.meter(), file.extents
    size = sum(length for _, length in extents)
    return Member(path, size, lambda: member_stream(lambda: cast(BinaryIO, _Extents(source, extents)), spend))


class _Extents(io.RawIOBase):
    """The bytes of a file from where they lie in the image.

    Raises:
        EOFError: the image ends before the file does.
    """

    def __init__(self, source: BinaryIO, extents: tuple[tuple[int, int], ...]) -> None:
        super().__init__()
        self._source = source
        self._rest = list(reversed(extents))

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        while self._rest and self._rest[-1][1] == 0:
            self._rest.pop()
        if not self._rest:
            return b""
        offset, length = self._rest.pop()
        with readable("the file"):
            self._source.seek(offset)
            data = self._source.read(length if size < 0 else min(size, length))
        if not data:
            raise EOFError
        self._rest.append((offset + len(data), length - len(data)))
        return data
