"""Files in the folder of uploads that a crash left between two steps and that nobody will ever ask for.

A growing file is made before its row is committed, a waybill goes after its bundle, and so may the count of attempts:
without the row, or without the bundle, each is good for nothing. A waybill may name a patient, so it must not stay.
"""

from sqlalchemy import select

from gateway.node import Node
from gateway.upload_models import ResumableUpload
from gateway.uploads.verified import SUFFIX


def sweep_strays(node: Node) -> int:
    """Remove such files; return how many."""
    if not node.uploads.is_dir():
        return 0
    with node.identity.write() as session:  # nobody opens an upload meanwhile
        known = set(session.scalars(select(ResumableUpload.id)))
        strays = [path for path in node.uploads.glob("*.growing") if path.stem not in known]
        for path in strays:
            path.unlink(missing_ok=True)
    for path in list(node.uploads.glob(f"*{SUFFIX}")):
        if not path.with_suffix(".growing").exists():
            path.unlink(missing_ok=True)
            strays.append(path)
    for path in list(node.uploads.glob("*.attempts")):
        if not path.with_suffix(".bundle").exists():
            path.unlink(missing_ok=True)
            strays.append(path)
    for path in list(node.uploads.glob("*.json")):
        # In the order in which a file that grows becomes a bundle, so that none is missed while it is renamed.
        if not any(path.with_suffix(suffix).exists() for suffix in (".part", ".growing", ".bundle", ".orphan")):
            path.unlink(missing_ok=True)
            strays.append(path)
    return len(strays)
