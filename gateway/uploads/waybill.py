"""What accompanies a bundle: a small file beside it, so that the bundle alone suffices to go on after a crash.

A waybill bears the file name, which may be a patient's: it has mode 0600 and never reaches a log. The files of an
upload are named after its random identifier, never after anything received.
"""

import json
import os
import re
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Self

from config.errors import Malformed, NotFound

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waybill:
    """The circumstances of one upload."""

    site: str
    case_number: str
    filename: str
    received_at: datetime
    actor: str
    bundle_bytes: int

    def write(self, path: Path) -> None:
        """Write the waybill and make its content durable; its name becomes so with the folder's next sync."""
        values = {**asdict(self), "received_at": self.received_at.isoformat()}
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(values, file)
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote.

        Raises:
            NotFound: there is no such waybill.
            Malformed: something else than a waybill.
        """
        try:
            values = json.loads(path.read_text(encoding="ascii"))
        except FileNotFoundError:
            raise NotFound("an upload has no waybill") from None
        except ValueError:
            raise Malformed("the waybill of an upload is damaged") from None
        if not isinstance(values, dict) or values.keys() != {field.name for field in fields(cls)}:
            raise Malformed("the waybill of an upload is damaged")
        return cls(**{**values, "received_at": datetime.fromisoformat(values["received_at"])})


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files of one upload lie.

    Raises:
        NotFound: the identifier is none that this node gives.
    """

    folder: Path
    upload_id: str

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.upload_id):
            raise NotFound("there is no such upload")

    @property
    def part(self) -> Path:
        """Return where the bundle grows while it is received."""
        return self.folder / f"{self.upload_id}.part"

    @property
    def bundle(self) -> Path:
        """Return where the whole bundle waits."""
        return self.folder / f"{self.upload_id}.bundle"

    @property
    def waybill(self) -> Path:
        """Return where what accompanies the bundle lies."""
        return self.folder / f"{self.upload_id}.json"

    @property
    def attempts(self) -> Path:
        """Return where the attempts at the bundle are counted that nobody lived to end."""
        return self.folder / f"{self.upload_id}.attempts"
