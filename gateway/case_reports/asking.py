"""What was asked for stays what the order said; the report of it tells what the order left out.

A report names what was done, often in fewer words ("Knee" where the order said "Left knee"), and only its own part of
the order. What was asked for is what images are judged by: the part of the body, the side, the modality.
"""

from collections.abc import Mapping, Sequence
from typing import Any

_NAMES = ("study_uid", "accession_number")


def with_answered(asked: Sequence[Mapping[str, Any]], done: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what was asked for, with what a report tells of the same studies beside it; others are added behind."""
    known = [dict(each) for each in asked]
    for report in done:
        same = [each for each in known if _is_same(each, report)]
        for each in same:
            each.update({**report, **each})
        if not same:
            known.append(dict(report))
    return known


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two descriptions are of one study: by the first number that both tell."""
    for name in _NAMES:
        if one.get(name) and other.get(name):
            return bool(one[name] == other[name])
    return False
