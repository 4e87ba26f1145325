"""The node's key in all its versions, as every process of the node sees it.

Each patient keeps the version under which they were first seen (`Patient.key_version`), and with it everything that is
derived of the key for them: pseudonym, UIDs, date shift. Who is new gets the newest. The file is looked at again
whenever it changed, so that a new version serves without a restart, in whatever process.
"""

from pathlib import Path

from anonymizer import NodeKey
from config.errors import Misconfigured
from config.key_versions import NODE_KEY, read_key_versions


class NodeKeys:
    """The versions of one home's key; safe to use from several threads."""

    def __init__(self, home: Path) -> None:
        """Read them.

        Raises:
            Misconfigured: the file is absent, readable by others, or damaged.
        """
        self._home = home
        self._kept = self._read()

    @property
    def newest(self) -> int:
        """Return the version that new patients get."""
        return max(self._current())

    def __getitem__(self, version: int) -> NodeKey:
        """Return the key of a version.

        Raises:
            Misconfigured: the file has no such version, as when an old copy of it was put back.
        """
        try:
            return self._current()[version]
        except KeyError:
            raise lacks_version(version) from None

    def all(self) -> tuple[NodeKey, ...]:
        """Return the keys of all versions, the newest first."""
        return tuple(key for _, key in sorted(self._current().items(), reverse=True))

    def versions(self) -> tuple[int, ...]:
        """Return the numbers of all versions, the oldest first."""
        return tuple(sorted(self._current()))

    def _current(self) -> dict[int, NodeKey]:
        if self._kept[0] != self._stamp():
            self._kept = self._read()
        return self._kept[1]

    def _read(self) -> tuple[object, dict[int, NodeKey]]:
        stamp = self._stamp()  # before reading: a change meanwhile is seen the next time
        return stamp, {version: NodeKey(secret) for version, secret in read_key_versions(self._home).items()}

    def _stamp(self) -> object:
        try:
            state = (self._home / "keys" / NODE_KEY).stat()
        except FileNotFoundError:
            return None
        return state.st_ino, state.st_mtime_ns, state.st_size


def lacks_version(version: int) -> Misconfigured:
    """Return the error for a version that the file does not have any more."""
    return Misconfigured(
        f"keys/{NODE_KEY} lacks version {version}, on which patients hang: put the latest copy of it back"
    )
