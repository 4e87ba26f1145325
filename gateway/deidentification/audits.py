"""Keep the audit of each instance: the profile, the rules that decided, and what became of every attribute.

Slices of a series mostly have the same audit, since it bears no value: each is kept once, under its SHA-256.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from anonymizer import Comparison, Profile, Report
from gateway.deidentification.models import InstanceAudit


def audit_of(report: Report, profile: Profile, comparison: Comparison) -> dict[str, Any]:
    """Return the audit of an instance."""
    return {
        "profile": profile.name,
        "base": profile.base,
        "digest": profile.digest,
        "edition": profile.edition,
        "admitted": [{"what": each.what, "reason": each.reason} for each in profile.admitted],
        "options": list(report.options),
        "sop_class_uid": report.sop_class_uid,
        "notes": list(report.notes),
        "content_items": dict(report.content_items),
        "attributes": [
            [each.path, each.action, each.rule, each.outcome, each.count] for each in comparison.trace
        ],
    }  # fmt: skip


def keep_audits(session: Session, audits: Sequence[Mapping[str, Any] | None]) -> list[str | None]:
    """Keep audits unless they are kept already; return their digests, None for None."""
    bodies = [None if audit is None else json.dumps(audit, sort_keys=True, separators=(",", ":")) for audit in audits]
    digests = {body: sha256(body.encode()).hexdigest() for body in set(bodies) if body is not None}
    kept = set(session.scalars(select(InstanceAudit.digest).where(InstanceAudit.digest.in_(digests.values()))))
    for body, digest in digests.items():
        if digest not in kept:
            _keep(session, digest, body)
    return [None if body is None else digests[body] for body in bodies]


def _keep(session: Session, digest: str, body: str) -> None:
    try:
        with session.begin_nested():
            session.add(InstanceAudit(digest=digest, body=body))
    except IntegrityError:
        session.expire_all()  # another worker kept the same one meanwhile
