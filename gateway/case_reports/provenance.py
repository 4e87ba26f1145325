"""What of a case's identity only a merge that was taken back told it: numbers, names, and who the patient is.

A case keeps what it told itself, what a person said, and what was told under a number that it keeps. What was told
under numbers alone that it lost is somebody else's, whether the merge itself told it or a correction or an order that
came while it stood. What was told under both is in doubt. What came too late to be taken while somebody else's word
stood, which was made later, is taken once that is gone. What was taken back before tells nothing any more, and a case
that was handed over to another patient begins anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.case_reports.former import (
    BY_EARLIER_MERGE,
    BY_MERGE,
    TAKEN_BACK,
    Number,
    Step,
    history_of,
    identities_of,
    pairs_of,
)
from gateway.case_reports.made_at import made_before
from gateway.models import Case

_LeaveOut = Callable[[dict[str, Any], dict[str, Any]], bool]
_MERGES = frozenset({BY_MERGE, BY_EARLIER_MERGE})
_FIELDS = ("name", "birth_date", "sex", "birth", "jurisdiction")


@dataclass(frozen=True)
class Sides:
    """The numbers of a case that merges joined and one no longer does: those that it keeps, and those that it loses.

    `near` are of those kept only the ones that merges name: a number that both patients bear, as of an insurance,
    tells neither. `gave_way` says that the patient's number had given way to one that is lost.
    """

    near: frozenset[Number]
    lost: frozenset[Number]
    gave_way: bool


def own_numbers(case: Case) -> set[Number]:
    """Return the numbers of a case that something else than a merge told."""
    first, steps = history_of(case)
    own = pairs_of(first["ids"])
    for before, after in steps:
        if before["why"] not in _MERGES:
            own |= _added(before, after)
        own &= pairs_of(after["ids"])
    return own


def numbers_told_beside(case: Case, near: frozenset[Number]) -> set[Number]:
    """Return the numbers that a merge told as its surviving patient's beside one of some that its case keeps."""
    found = set[Number]()
    for before, after in history_of(case)[1]:
        under = pairs_of(before["under"])
        if before["why"] in _MERGES and under & near:
            found |= under & _added(before, after)
    return found & pairs_of(case.patient_ids)


def numbers_told_elsewhere(case: Case, sides: Sides) -> set[Number]:
    """Return the numbers that something else than a merge told under lost ones alone, and nothing beside one kept."""
    added = [_added(*step) for step in _told_elsewhere(case, sides)]
    told = [pairs_of(before["under"]) for before, _ in history_of(case)[1] if not before["void"]]
    here = set[Number]().union(*(under for under in told if under & sides.near)) - sides.lost
    return (set[Number]().union(*added) - here) & pairs_of(case.patient_ids)


def names_told_elsewhere(case: Case, sides: Sides) -> set[str]:
    """Return the other names that merges told, or something else under lost numbers alone."""
    merges = [step for step in history_of(case)[1] if step[0]["why"] in _MERGES]
    return set[str]().union(*(_names_added(*step) for step in (*merges, *_told_elsewhere(case, sides))))


def names_told_here(case: Case, sides: Sides) -> set[str]:
    """Return the other names that a case told itself, or that were told under a number which it keeps."""
    first, steps = history_of(case)
    kept = set(first["other_names"])
    for before, after in steps:
        if before["why"] not in _MERGES and not (before["void"] or _is_elsewhere(before, after, sides)):
            kept |= _names_added(before, after) | {*before["again"].get("other_names", ())}
    return kept


def places_told_elsewhere(case: Case, sides: Sides) -> set[int]:
    """Return which former identities ended by what was told under lost numbers alone."""
    return {before["place"] for before, after in history_of(case)[1] if _is_elsewhere(before, after, sides)}


def called_here(case: Case, sides: Sides) -> dict[str, Any]:
    """Return what a case's patient is called without what was told under lost numbers alone, where that differs."""
    return _without(case, lambda before, after: _is_elsewhere(before, after, sides))


def called_for_sure(case: Case, sides: Sides) -> dict[str, Any]:
    """Return what they are called without what was told under numbers of both sides either, where that differs."""
    return _without(case, lambda before, after: _is_elsewhere(before, after, sides) or _is_of_both(before, sides))


def told_here_at(case: Case, sides: Sides) -> dict[str, str]:
    """Return when the messages were made that told what a case's patient is called without what lost numbers told."""
    return _retell(case, lambda before, after: _is_elsewhere(before, after, sides), [])[1]


def told_instead(case: Case, sides: Sides) -> list[tuple[str, Any, Any]]:
    """Return what was told under lost numbers alone: which field, what it said by that, and what it says without it."""
    found: list[tuple[str, Any, Any]] = []
    _retell(case, lambda before, after: _is_elsewhere(before, after, sides), found)
    return found


def _without(case: Case, is_left_out: _LeaveOut) -> dict[str, Any]:
    said, present = _retell(case, is_left_out, [])[0], identities_of(case)[-1]
    return {field: value for field, value in said.items() if value != present[field]}


def _retell(
    case: Case, is_left_out: _LeaveOut, found: list[tuple[str, Any, Any]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what is said of a case's patient without some of it, and when the messages were made that told it.

    What is left out goes into `found`: which field, what it said, and what was said until then.
    """
    first, steps = history_of(case)
    said, told_at = {field: first[field] for field in _FIELDS}, dict(first["told_at"])
    for before, after in steps:
        changed, made_at = _changed(before, after), before["made_at"]
        if before["void"]:
            continue
        if is_left_out(before, after):
            found += [(field, told, said[field]) for field, told in changed.items()]
            continue
        for field, value in {**before["late"], **changed}.items():
            if not made_before(made_at, told_at.get(field, "")):
                said[field] = value
                told_at |= {field: made_at} if made_at else {}
    return said, told_at


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what a change of an identity told, also what was said already; taking something back tells nothing."""
    if before["why"] == TAKEN_BACK:
        return {}
    again = {field: value for field, value in before["again"].items() if field in _FIELDS}
    return again | {field: after[field] for field in _FIELDS if after[field] != before[field]}


def _told_elsewhere(case: Case, sides: Sides) -> Iterator[Step]:
    steps = (step for step in history_of(case)[1] if step[0]["why"] not in _MERGES)
    return (step for step in steps if _is_elsewhere(*step, sides))


def _is_elsewhere(before: dict[str, Any], after: dict[str, Any], sides: Sides) -> bool:
    """Say whether what ended an identity was told under lost numbers alone; of a merge it may not be kept."""
    under = pairs_of(before["under"])
    if before["void"]:
        return False
    if before["why"] in _MERGES and not under:
        return sides.gave_way and bool(_added(before, after) & sides.lost)
    return bool(under & sides.lost) and not under & sides.near


def _is_of_both(before: dict[str, Any], sides: Sides) -> bool:
    under = pairs_of(before["under"])
    return bool(under & sides.lost) and bool(under & sides.near)


def _added(before: dict[str, Any], after: dict[str, Any]) -> set[Number]:
    return pairs_of(after["ids"]) - pairs_of(before["ids"])


def _names_added(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return set(after["other_names"]) - set(before["other_names"])
