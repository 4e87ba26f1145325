"""The ISO 9660 part of a disc image through pycdlib: its own names, Rock Ridge, Joliet (ECMA-119, media of PS3.12)."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, cast

from config.errors import Malformed, TooLarge
from gateway.bundles.bounded_disc import BoundedDisc
from gateway.bundles.images import DiscFile, Metered, Piece, refuse_depth
from gateway.bundles.names import decode_names
from gateway.bundles.udf_descriptors import DAMAGED
from gateway.bundles.views import PassedOn

_VERSION = re.compile(r"\.?;[0-9]+$")


def iso_trees(source: Metered, deepest: int) -> tuple[list[list[DiscFile]], bool]:
    """Return the files by each of the names that the ISO 9660 part gives them, and whether the first names are long.

    Raises:
        Malformed: there is no such part, or it is damaged.
        TooLarge: raised by `source`.
    """
    try:
        disc: Any = BoundedDisc(source.records)
        disc.open_fp(cast(BinaryIO, _FilesOnly(cast(BinaryIO, source))))
        block = int(disc.logical_block_size)
        trees = []
        if disc.joliet_vd is not None:
            trees.append(list(_files(disc.joliet_vd.root_directory_record(), "joliet", block, deepest)))
        names = "rock-ridge" if disc.rock_ridge else "iso"
        plain = list(_files(disc.pvd.root_directory_record(), names, block, deepest))
        trees.insert(0 if disc.rock_ridge else len(trees), plain)
    except TooLarge:
        raise
    except Exception:  # noqa: BLE001 - hostile bytes: any failure of the parser, or of what it made, is the sender's
        raise Malformed(DAMAGED) from None
    return trees, len(trees) > 1 or names == "rock-ridge"


class _FilesOnly(PassedOn):
    """An image of which the library sees the ISO 9660 part: not the system area before it, nor the UDF part.

    What starts a computer from the disc is nobody's file (ECMA-119 6.2.1 leaves the system area alone). UDF is read by
    itself: where that is damaged the other is often whole.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        at_start = self.tell() == 0
        data = self._source.read(-1 if size is None else size)
        return bytes(len(data)) if at_start or data[1:6] == b"BEA01" else data


def _files(folder: Any, tree: str, block: int, deepest: int, path: str = "") -> Iterator[DiscFile]:
    """Return the files below a directory record in the names of a tree."""
    refuse_depth(path, deepest)
    records = [each for each in folder.children if not (each.is_dot() or each.is_dotdot())]
    names = _names(records, tree)
    continued: set[int] = set()
    for record, name in zip(records, names, strict=True):
        if record.is_dir():
            yield from _files(record, tree, block, deepest, f"{path}{name}/")
        elif id(record) not in continued:
            extents = _extents(record, block, continued)
            size = sum(length for _, length in extents or ())
            yield DiscFile(path + name, size, None if extents is None else partial(iter, extents))


def _names(records: list[Any], tree: str) -> list[str]:
    identifiers = [bytes(record.file_identifier()) for record in records]
    if tree == "joliet":
        found = [identifier.decode("utf-16-be", "replace") for identifier in identifiers]
    elif tree == "rock-ridge":
        alternatives = [bytes(record.rock_ridge.name()) if record.rock_ridge else b"" for record in records]
        found = decode_names([new or old for new, old in zip(alternatives, identifiers, strict=True)])
    else:
        found = decode_names(identifiers)
    return [_VERSION.sub("", name).replace("/", "_") or "unnamed" for name in found]


def _extents(record: Any, block: int, continued: set[int]) -> tuple[Piece, ...] | None:
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
