"""What the reading rooms are handed: one object, made by whoever composes the node, read by routers and pages."""

from dataclasses import dataclass

from config.blobs import BlobStore
from config.clock import Clock
from config.database import Database
from config.settings import Settings


@dataclass(frozen=True)
class ReadingRoom:
    """The reading database, the published blobs, the clock and the settings."""

    database: Database
    published: BlobStore
    clock: Clock
    settings: Settings
