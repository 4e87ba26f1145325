"""The hospitals' side: a storage SCP that takes the answers, with a mailbox to look into."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset, dcmread

from config.identifiers import AETitle
from config.settings import Dicom, Settings
from scp.peers import SiteRule, write_peers
from scp.server import run_scp
from scp.spool import Spool

AE_TITLE = "HOSPITAL_PACS"
_START_SECONDS = 20


@dataclass(frozen=True)
class Mailbox:
    """A running storage SCP and what it received."""

    port: int
    spool: Spool

    def received(self) -> list[Dataset]:
        """Return everything received so far, oldest first."""
        objects: list[Dataset] = []
        for entry in self.spool.entries():
            _, payload = self.spool.open(entry)
            with payload:
                objects.append(dcmread(payload))
        return objects


@contextmanager
def running_hospital(folder: Path, node_ae: str) -> Iterator[Mailbox]:
    """Run the storage SCP of the hospitals on a free port."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    dicom = Dicom(port=0, ae_title=AE_TITLE, reserve_bytes=0)
    settings = Settings.model_construct(home=folder, dicom=dicom)
    write_peers(settings.peers_file, [SiteRule("overread", (AETitle(node_ae),))])
    stop, started, port = threading.Event(), threading.Event(), [0]

    def ready(number: int) -> None:
        port[0] = number
        started.set()

    thread = threading.Thread(target=run_scp, args=(settings,), kwargs={"stop": stop, "ready": ready}, daemon=True)
    thread.start()
    if not started.wait(_START_SECONDS):
        raise TimeoutError("the hospital's storage SCP did not start")
    try:
        yield Mailbox(port[0], Spool(settings.spool))
    finally:
        stop.set()
        thread.join(timeout=15)
