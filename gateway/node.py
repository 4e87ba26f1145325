"""What a node consists of: both databases, the vault, the blob stores, the spool, the key and the clock, opened once.

Nothing here acts; the roles (`gateway.roles`), the command line and the tests open a node and hand it on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from anonymizer import Profile
from config.blobs import LocalFolder, open_blob_store
from config.clock import Clock, system_clock
from config.database import Database
from config.errors import Misconfigured
from config.key_versions import NODE_KEY
from config.settings import Settings
from gateway.hands import Hands
from gateway.node_keys import NodeKeys
from gateway.profiles import node_profile
from gateway.vault import Vault
from scp.spool import Spool
from viewer_api.made import Made, open_made
from worklist.room import ReadingRoom


@dataclass(frozen=True)
class Node:
    """An open node."""

    settings: Settings
    clock: Clock
    keys: NodeKeys
    profile: Profile
    identity: Database
    reading: Database
    spool: Spool
    vault: Vault
    staging: LocalFolder
    published: LocalFolder
    hands: Hands

    @property
    def room(self) -> ReadingRoom:
        """Return what the reading zone may see of the node."""
        return ReadingRoom(self.reading, self.published, self.clock, self.settings)

    @property
    def made(self) -> Made:
        """Return what was made of published blobs: whoever deletes a blob drops that after it."""
        return open_made(self.settings)

    def profile_of(self, name: str | None) -> Profile:
        """Return the profile that a site is bound to by name, the node's when it is bound to none."""
        return node_profile(name, self.settings.home) if name else self.profile

    @property
    def uploads(self) -> Path:
        """Return the folder where bundles wait to be unpacked."""
        return self.settings.home / "uploads"

    def close(self) -> None:
        """Close the databases, and end the processes that were started."""
        self.hands.close()
        self.identity.close()
        self.reading.close()


@contextmanager
def open_node(settings: Settings, clock: Clock = system_clock) -> Iterator[Node]:
    """Open the node of a home that `overread init` made.

    Raises:
        Misconfigured: the home was not initialised, its keys are not as they must be, or no such profile.
    """
    home = settings.home
    if not (home / "keys" / NODE_KEY).exists():
        raise Misconfigured(f"{home} is not the home of a node: run `overread init --home {home}` first")
    node = Node(
        settings=settings,
        clock=clock,
        keys=NodeKeys(home),
        profile=node_profile(settings.deidentify.profile, home),
        identity=Database(settings.identity_url),
        reading=Database(settings.reading_url),
        spool=Spool(settings.spool),
        vault=Vault(open_blob_store(settings.vault_url), home),
        staging=LocalFolder(home / "staging"),
        published=open_blob_store(settings.published_url),
        hands=Hands(settings, open_node),
    )
    try:
        yield node
    finally:
        node.close()
