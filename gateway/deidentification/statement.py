"""Say of a study what its de-identification was: the statement an ethics board can read and check.

It is put together from the audits of the instances and bears neither a value nor a UID of the originals.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from anonymizer import attribute_name, option_code
from config.errors import Conflict
from gateway.deidentification.models import InstanceAudit
from gateway.links import get_study
from gateway.models import ReceivedObject

STANDARD = "DICOM PS3.15 Annex E, Basic Application Level Confidentiality Profile"
CHECKS = (
    "no name, identifier or birth date that the object, its study or its case knows is left, in any character set",
    "no UID of the original is left, and every reference leads where it led",
    "pixel data is the same byte for byte, but where it was cleaned",
    "no attribute was lost that the kind of object requires",
)
LIMITS = (
    "A header can be cleaned by rule; a face that no profile asks to cut, a rare disease or an unusual implant cannot.",
    "The pseudonym can be resolved by the node that made it, and each time that is written down.",
)


def deidentification_of(session: Session, study_uid: str) -> dict[str, Any]:
    """Return what was done to the instances of a study, under its pseudonymous UID.

    Raises:
        NotFound: no such study.
        Conflict: nothing of it was de-identified yet.
    """
    study = get_study(session, study_uid)
    rows = session.execute(
        select(ReceivedObject.derived_uid, ReceivedObject.disposition, ReceivedObject.reason_code, ReceivedObject.audit)
        .where(ReceivedObject.study_id == study.id, ReceivedObject.first)
        .order_by(ReceivedObject.id)
    ).all()
    used = Counter(row.audit for row in rows if row.audit and row.derived_uid)
    if not used:
        raise Conflict(f"nothing of the study {study_uid} was de-identified yet")
    audits = {digest: json.loads(session.get_one(InstanceAudit, digest).body) for digest in used}
    return {
        "study_uid": study_uid,
        "standard": STANDARD,
        "profiles": _profiles(audits, used),
        "instances": {
            "de-identified": sum(used.values()),
            "with cleaned pixels": sum(used[digest] for digest, audit in audits.items() if "pixels" in audit),
            "published": sum(row.disposition == "published" for row in rows),
            "withheld": dict(sorted(_withheld((row.disposition, row.reason_code) for row in rows).items())),
        },
        "checks": list(CHECKS),
        "limits": list(LIMITS),
        "content_items": dict(sorted(_content_items(audits, used).items())),
        "attributes": _attributes(audits, used),
        "objects": [
            {"sop_instance_uid": row.derived_uid, "audit": row.audit} for row in rows if row.audit and row.derived_uid
        ],
    }


def _withheld(found: Iterable[tuple[str | None, str | None]]) -> Counter[str]:
    return Counter(f"{kind}: {code}" for kind, code in found if kind in {"quarantined", "kept"})


def _profiles(audits: dict[str, dict[str, Any]], used: Counter[str]) -> list[dict[str, Any]]:
    """Return the profiles by which the instances were treated, with the options that were applied to how many."""
    counts: Counter[str] = Counter()
    options: dict[str, Counter[str]] = defaultdict(Counter)
    said: dict[str, dict[str, Any]] = {}
    for digest, audit in audits.items():
        key = audit["digest"]
        said[key] = {name: audit[name] for name in ("profile", "base", "digest", "edition", "admitted")}
        counts[key] += used[digest]
        for option in audit["options"]:
            options[key][option] += used[digest]
    return [
        {
            **said[key],
            "instances": counts[key],
            "options": [
                {"option": option, "code": option_code(option)[0], "meaning": option_code(option)[1], "instances": n}
                for option, n in sorted(options[key].items())
            ],
        }
        for key in sorted(said)
    ]


def _content_items(audits: dict[str, dict[str, Any]], used: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for digest, audit in audits.items():
        for action, count in audit["content_items"].items():
            found[action] += count * used[digest]
    return found


def _attributes(audits: dict[str, dict[str, Any]], used: Counter[str]) -> list[dict[str, Any]]:
    """Return what became of each attribute, by path, with the number of instances and of occurrences."""
    instances: Counter[tuple[str, ...]] = Counter()
    occurrences: Counter[tuple[str, ...]] = Counter()
    for digest, audit in audits.items():
        for path, action, rule, outcome, count in audit["attributes"]:
            instances[path, action, rule, outcome] += used[digest]
            occurrences[path, action, rule, outcome] += count * used[digest]
    return [
        {
            "path": path, "name": attribute_name(path), "action": action, "rule": rule, "outcome": outcome,
            "instances": instances[key], "occurrences": occurrences[key],
        }
        for key in sorted(instances)
        for path, action, rule, outcome in (key,)
    ]  # fmt: skip
