"""Give the node's key a new version, and say what hangs on each.

The audit trail is written first and the file second: no version is ever in use of which the trail does not know. Who
repeats a rotation that was broken off in between finishes it, and writes nothing twice.
"""

from typing import Any

from sqlalchemy import func, select

from config.key_versions import add_key_version, key_versions_locked
from gateway import audit
from gateway.models import IdentityAudit, Patient, Study
from gateway.node import Node
from gateway.node_keys import lacks_version

_ACTION = "key-rotated"


def rotate_key(node: Node, *, actor: str) -> int:
    """Make a new version of the node's key, which new patients get from now on; return its number.

    What is known of the patients that came before stays under the versions they have.

    Raises:
        Misconfigured: the file lacks a version on which patients hang; another key under its number would give them
            other pseudonyms.
    """
    with key_versions_locked(node.settings.home):
        for lost in lost_key_versions(node):
            raise lacks_version(lost)
        version = node.keys.newest + 1
        with node.identity.write() as session:
            told = select(IdentityAudit.seq).where(
                IdentityAudit.action == _ACTION, IdentityAudit.subject == _subject(version)
            )
            if session.scalar(told.limit(1)) is None:
                audit.note(session, node.clock, actor=actor, action=_ACTION, subject=_subject(version))
        add_key_version(node.settings.home, version)
    return version


def list_key_versions(node: Node) -> list[dict[str, Any]]:
    """Return every version with since when it is there, and how many patients and studies hang on it."""
    made = select(IdentityAudit.subject, func.max(IdentityAudit.at)).where(IdentityAudit.action == _ACTION)
    hanging = select(Patient.key_version, func.count(Patient.id.distinct()), func.count(Study.id))
    hanging = hanging.outerjoin(Study, Study.patient_id == Patient.id).group_by(Patient.key_version)
    with node.identity.read() as session:
        made_at = dict(session.execute(made.group_by(IdentityAudit.subject)).all())
        counted = {version: (patients, studies) for version, patients, studies in session.execute(hanging)}
    newest = node.keys.newest
    return [
        {
            "version": version,
            "made_at": made_at.get(_subject(version)),
            "serves_new_patients": version == newest,
            "patients": counted.get(version, (0, 0))[0],
            "studies": counted.get(version, (0, 0))[1],
        }
        for version in node.keys.versions()
    ]


def lost_key_versions(node: Node) -> list[int]:
    """Return the versions on which patients hang and which the file does not have."""
    with node.identity.read() as session:
        used = set(session.scalars(select(Patient.key_version).distinct()))
    return sorted(used.difference(node.keys.versions()))


def _subject(version: int) -> str:
    return f"key {version}"
