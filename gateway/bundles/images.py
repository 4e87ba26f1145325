"""What the readers of disc images share: files as pieces of the image, and a bound on what is read of its directories.

What an image says about places and sizes is a claim. A file is cut out of the bytes that are really there, piece by
piece as it is read, and one that ends behind the end of the image says so.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from config.errors import Malformed, TooLarge
from gateway.bundles.budget import Budget
from gateway.bundles.member import Member, empty, nothing_of_its_own
from gateway.bundles.names import tidy
from gateway.bundles.streams import member_stream, readable
from gateway.bundles.views import PassedOn

_DIRECTORY_BYTES_A_MEMBER = 4096  # a UDF file has a block of its own for its entry
_LEAST_DIRECTORY_BYTES = 16 << 20
_RECORDS_A_MEMBER = 2  # the file's own, and a share of those of its folders
_LEAST_RECORDS = 4096
_TREES = 4  # names of two kinds, and the sessions that list the files of earlier ones again
_CHUNK = 1 << 20

Piece = tuple[int | None, int]
"""Where bytes of a file lie in the image and how many; without a place they were never written, and are zeros."""


@dataclass(frozen=True, slots=True)
class DiscFile:
    """A file of a disc; without `pieces` it has no content of its own, `problem` says why it cannot be given."""

    path: str
    size: int
    pieces: Callable[[], Iterator[Piece]] | None
    problem: str = ""

    def begins_at(self) -> int | None:
        """Return where its first byte lies, None where it has none or nobody knows."""
        if self.pieces is None or self.size == 0:
            return None
        try:
            with readable("the file"):
                return next((offset for offset, length in self.pieces() if length), None)
        except Malformed:
            return None

    def member(self, source: BinaryIO, budget: Budget) -> Member:
        """Return the file as a member, its bytes counted while they are read."""
        path, pieces = tidy(self.path), self.pieces
        if self.problem:
            return Member(path, self.size, empty).unreadable(self.problem)
        if pieces is None:
            return nothing_of_its_own(path)
        spend = budget.meter()
        return Member(path, self.size, lambda: member_stream(lambda: cast(BinaryIO, Pieces(source, pieces())), spend))


def refuse_depth(path: str, deepest: int) -> None:
    """Refuse a folder that lies too deep.

    Raises:
        TooLarge: deeper than uploads.maximum_folder_depth.
    """
    if path.count("/") > deepest:
        raise TooLarge(f"the disc image has folders more than {deepest} deep (uploads.maximum_folder_depth)")


class Pieces(io.RawIOBase):
    """The bytes of a file from where they lie in the image, one after the other.

    Raises:
        EOFError: the image ends before the file does.
    """

    def __init__(self, source: BinaryIO, pieces: Iterator[Piece]) -> None:
        super().__init__()
        self._source = source
        self._pieces = pieces
        self._offset: int | None = 0
        self._left = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        while self._left == 0:
            try:
                self._offset, self._left = next(self._pieces)
            except StopIteration:
                return b""
        wanted = min(self._left, size if size >= 0 else self._left)
        data = bytes(min(wanted, _CHUNK)) if self._offset is None else self._cut(self._offset, wanted)
        self._left -= len(data)
        if self._offset is not None:
            self._offset += len(data)
        return data

    def _cut(self, offset: int, size: int) -> bytes:
        with readable("the file"):
            self._source.seek(offset)
            data = self._source.read(size)
        if not data:
            raise EOFError
        return data


class Records:
    """The account of the directory records of one image, over all its trees and sessions.

    A record of a few bytes becomes objects of many more, so a bound on bytes is none on memory.
    """

    def __init__(self, budget: Budget) -> None:
        self.most_in_a_tree = max(budget.limits.maximum_members * _RECORDS_A_MEMBER, _LEAST_RECORDS)
        self._left = self.most_in_a_tree * _TREES

    def spend(self, count: int) -> None:
        """Account for records of a directory.

        Raises:
            TooLarge: more than the files allowed can need.
        """
        self._left -= count
        if self._left < 0:
            raise TooLarge("the disc image has more directories and files than allowed (uploads.maximum_members)")

    def refuse_tree(self, count: int) -> None:
        """Refuse a number of records that no tree of the files allowed has.

        Raises:
            TooLarge: more than the files allowed can need.
        """
        if count > self.most_in_a_tree:
            raise TooLarge("the disc image has more directories and files than allowed (uploads.maximum_members)")


class Metered(PassedOn):
    """An image whose directories may not be larger than what the files allowed can need.

    `records` is the account of the image where this is one of its sessions.

    Raises:
        TooLarge: more was read of it than that.
    """

    def __init__(self, source: BinaryIO, budget: Budget, records: Records | None = None) -> None:
        super().__init__(source)
        self.records = Records(budget) if records is None else records
        self._left = max(budget.limits.maximum_members * _DIRECTORY_BYTES_A_MEMBER, _LEAST_DIRECTORY_BYTES)

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = -1 if size is None else size
        if wanted > self._left:
            raise TooLarge("the directories of the disc image are too large for the files allowed"
                           " (uploads.maximum_members)")  # fmt: skip
        data = self._source.read(min(wanted, self._left) if wanted >= 0 else self._left)
        self._left -= max(len(data), 1)
        if self._left <= 0:
            raise TooLarge("the disc image has more directories and files than allowed (uploads.maximum_members)")
        return data
