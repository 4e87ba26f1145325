"""Lay the members of a bundle into the spool, each as one entry with the same delivery and path whenever it is done.

The intake makes an entry of a known delivery and path a no-op, so that a bundle may be unpacked again after a crash.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from config import metrics
from config.errors import Malformed, SenderFault, StorageFull
from gateway.bundles import Member, members
from gateway.bundles.folders import file_member
from gateway.bundles.names import tidy
from gateway.discs import MOST_BYTES, Promises, is_directory_name
from gateway.node import Node
from scp.spool import Envelope

_CHUNK = 1 << 20
_BETWEEN_CHECKS = 64 << 20
_PART10 = slice(128, 132)

OnMember = Callable[[Member], None]


class MemberSpooler:
    """Lays down the members of one delivery, under paths that differ: the second of a name gets "#2".

    Counts them, and those of which something was lost that the bundle still holds.
    """

    def __init__(
        self, node: Node, envelope: Envelope, on_member: OnMember | None = None, *, password: str | None = None
    ) -> None:
        self._node = node
        self._envelope = envelope
        self._on_member = on_member
        self._password = password
        self._paths: set[str] = set()
        self._asked: Counter[str] = Counter()
        self._promises = Promises()
        self.count = 0
        self.lost = 0

    def lay_down_bundle(self, path: Path, name: str, *, prefix: str = "") -> str | None:
        """Lay down everything in a bundle file or a folder; return what is wrong with it as a whole, if anything.

        A bundle file that was not given whole is laid down itself, behind its members, so that nothing is lost.

        Raises:
            StorageFull: less room is left than the node keeps in reserve.
        """
        lost_before, failure = self.lost, None
        scratch = self._node.settings.home / "scratch"
        scratch.mkdir(mode=0o700, exist_ok=True)
        try:
            limits, password = self._node.settings.uploads, self._password
            for member in members(path, limits, name=name, scratch=scratch, password=password):
                self._lay_down(member.named(prefix + member.path))
        except SenderFault as error:
            failure = str(error)
        lost = self.lost - lost_before
        if not path.is_dir() and (failure or lost):
            problem = failure or f"kept whole, since {lost} of its files could not be unpacked"
            self.lay_down_whole(path, prefix + name, problem=problem)
        return failure

    def lay_down_whole(self, path: Path, name: str, *, problem: str) -> None:
        """Lay down a bundle file as it is, with what is wrong with it.

        Raises:
            StorageFull: less room is left than the node keeps in reserve.
        """
        self._lay_down(replace(file_member(path, name), problem=problem))

    def promised(self) -> dict[str, Any] | None:
        """Return what the directories among the members list and no member is; None without a directory."""
        kept = self._promises.kept()
        return None if kept is None else kept.as_json()

    def _lay_down(self, member: Member) -> None:
        """Lay one member into the spool; one that cannot be read becomes an empty entry that says why."""
        member = member.named(self._distinct(member.path))
        try:
            self._spool(member)
        except Malformed as error:
            member = member.unreadable(str(error))
            self._spool(member)
        self.count += 1
        self._promises.add(member.path)
        self.lost += member.lost
        if self._on_member is not None:
            self._on_member(member)

    def _distinct(self, asked: str) -> str:
        path = found = tidy(asked)
        while found in self._paths:
            self._asked[path] += 1
            found = f"{path}#{self._asked[path] + 1}"
        self._paths.add(found)
        return found

    def _spool(self, member: Member) -> None:
        self._require_room()
        with member.open() as source:
            headed = source.peek(_PART10.stop)[_PART10] == b"DICM"
            envelope = replace(self._envelope, path=member.path, headed=headed, problem=member.problem or "")
            unchecked, directory = 0, bytearray()
            is_directory = is_directory_name(member.path)
            with self._node.spool.create(envelope) as writer:
                while chunk := source.read(_CHUNK):
                    writer.write(chunk)
                    if is_directory and len(directory) <= MOST_BYTES:
                        directory += chunk
                    unchecked += len(chunk)
                    if unchecked >= _BETWEEN_CHECKS:
                        unchecked = 0
                        self._require_room()
                writer.commit()
        if is_directory and len(directory) <= MOST_BYTES:
            self._promises.add_directory(member.path, bytes(directory))
        metrics.RECEIVED.labels(envelope.door).inc()
        metrics.RECEIVED_BYTES.labels(envelope.door).inc(writer.payload_bytes)

    def _require_room(self) -> None:
        if self._node.spool.free_bytes() < self._node.settings.dicom.reserve_bytes:
            raise StorageFull("the disk of the node has no room left to unpack: it goes on when there is")
