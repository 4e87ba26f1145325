"""Lay the members of a bundle into the spool, each as one entry with the same delivery and path whenever it is done.

The intake makes an entry of a known delivery and path a no-op, so that a bundle may be unpacked again after a crash.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from config import metrics
from config.errors import Malformed, SenderFault, StorageFull
from gateway.bundles import Member, members
from gateway.bundles.folders import file_member
from gateway.bundles.names import tidy
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

    def __init__(self, node: Node, envelope: Envelope, on_member: OnMember | None = None) -> None:
        self._node = node
        self._envelope = envelope
        self._on_member = on_member
        self._paths: set[str] = set()
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
            for member in members(path, self._node.settings.uploads, name=name, scratch=scratch):
                self._lay_down(member.named(prefix + member.path))
        except SenderFault as error:
            failure = str(error)
        lost = self.lost - lost_before
        if not path.is_dir() and (failure or lost):
            problem = failure or f"kept whole, since {lost} of its files could not be unpacked"
            self._lay_down(replace(file_member(path, prefix + name), problem=problem))
        return failure

    def _lay_down(self, member: Member) -> None:
        """Lay one member into the spool; one that cannot be read becomes an empty entry that says why."""
        member = member.named(self._distinct(member.path))
        try:
            self._spool(member)
        except Malformed as error:
            member = member.unreadable(str(error))
            self._spool(member)
        self.count += 1
        self.lost += member.lost
        if self._on_member is not None:
            self._on_member(member)

    def _distinct(self, asked: str) -> str:
        path = tidy(asked)
        found, number = path, 1
        while found in self._paths:
            number += 1
            found = f"{path}#{number}"
        self._paths.add(found)
        return found

    def _spool(self, member: Member) -> None:
        self._require_room()
        with member.open() as source:
            headed = source.peek(_PART10.stop)[_PART10] == b"DICM"
            envelope = replace(self._envelope, path=member.path, headed=headed, problem=member.problem or "")
            unchecked = 0
            with self._node.spool.create(envelope) as writer:
                while chunk := source.read(_CHUNK):
                    writer.write(chunk)
                    unchecked += len(chunk)
                    if unchecked >= _BETWEEN_CHECKS:
                        unchecked = 0
                        self._require_room()
                writer.commit()
        metrics.RECEIVED.labels(envelope.door).inc()
        metrics.RECEIVED_BYTES.labels(envelope.door).inc(writer.payload_bytes)

    def _require_room(self) -> None:
        if self._node.spool.free_bytes() < self._node.settings.dicom.reserve_bytes:
            raise StorageFull("the disk of the node has no room left to unpack: it goes on when there is")
