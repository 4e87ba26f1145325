"""Whom a case's answer is for, and when each may have it: the release policy of the case, as one table.

The policy is that of the case when the read was signed. The hospital's doctors have the answer at signing; where the
policy is for the hospital alone and names days, they have it that much later. Where it is for the patient too, the days
are those that the doctors have before the patient: the hospital has it at once, and the desk says from when on it may
be handed to the patient, for which the node has no door of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from gateway.models import Case


@dataclass(frozen=True)
class Policy:
    """Whether the hospital waits for the days that a case names, and whether the patient may have the answer."""

    hospital_waits: bool
    patient_may: bool


POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        "hospital": Policy(hospital_waits=True, patient_may=False),
        "patient": Policy(hospital_waits=False, patient_may=True),
    }
)


def released_at(case: Case | None, signed_at: datetime) -> datetime:
    """Return when the answer to a read that was signed then may go to the hospital."""
    if case is None or not POLICIES[case.release_to].hospital_waits:
        return signed_at
    return signed_at + timedelta(days=case.release_after_days or 0)


def release_in_words(case: Case) -> str:
    """Return a case's policy as the desk shows it."""
    days = case.release_after_days or 0
    later = f"{days} days after signing" if days else "at signing"
    if POLICIES[case.release_to].patient_may:
        return f"hospital at signing, patient {later}"
    return f"hospital {later}"
