"""Who a case's patient was said to be before: what was said, why it ended, and by which numbers the new was told.

Each entry holds what was said until then: `name`, `birth_date`, `sex`, `birth`, `ids`, `other_names`, and where they
lived, `jurisdiction`; `until` when,
`why` it was said otherwise, and `under` which numbers the patient was named by who said so, none where a person did;
`void` where that was taken back; `again` what they told that was said already, once merges may have said it; `late`
what they told that a message made later had told otherwise, so that it never was said of the case. `homes` are
addresses and telephones that the case does not bear any more or never did, `made_at` is when the message that said
otherwise was made, `told_at` when those were that told what was said until then. One that is `name_only` is no
identity, but another name that went with the next one. What an entry lacks was not kept when it was written, and is
taken as what was said after it.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from gateway.models import Case

Number = tuple[str, str]
Step = tuple[dict[str, Any], dict[str, Any]]
BY_MERGE = "merge of two identifiers"
BY_EARLIER_MERGE = f"{BY_MERGE}, told before"
CASES_MERGED = "merge"
HANDED_OVER = "the order was told for the other patient of a merge that was taken back"
TAKEN_BACK = f"{BY_MERGE}, taken back"
_SILENT: dict[str, Any] = {
    "until": "",
    "why": "",
    "under": [],
    "void": False,
    "again": {},
    "late": {},
    "homes": [],
    "told_at": {},
    "name_only": False,
    "made_at": "",
}
_MERGES = frozenset({BY_MERGE, BY_EARLIER_MERGE})
_TELL_NOTHING = frozenset({BY_EARLIER_MERGE, CASES_MERGED, TAKEN_BACK})
_IDENTIFYING = {"name": "patient_name", "birth_date": "birth_date", "sex": "sex", "birth": "birth"}
_FIELDS = _IDENTIFYING | {"jurisdiction": "jurisdiction"}


def identities_of(case: Case) -> list[dict[str, Any]]:
    """Return who a case's patient was said to be, one identity after the other, the present one last."""
    following = _present(case) | _SILENT | {"place": len(case.former_identities)}
    found = [following]
    for place, each in reversed(list(enumerate(case.former_identities))):
        following = following | _SILENT | each | {"place": place}
        found.append(following)
    return found[::-1]


def formerly(case: Case) -> list[dict[str, Any]]:
    """Return who a case's patient was said to be before, the oldest first."""
    return identities_of(case)[:-1]


def history_of(case: Case) -> tuple[dict[str, Any], list[Step]]:
    """Return who a case's patient was said to be first, and each change of that: the identity before and after it.

    A case that was handed over to another patient begins anew.
    """
    identities = [each for each in identities_of(case) if not each["name_only"]]
    begun = max((place for place, each in enumerate(identities, 1) if each["why"] == HANDED_OVER), default=0)
    return identities[begun], list(pairwise(identities[begun:]))


def names_of(case: Case) -> list[str]:
    """Return the names that a case's patient had and has, but what was taken back."""
    return _told(case, "name")


def birth_dates_of(case: Case) -> list[str]:
    """Return the birth dates that were and are said of a case's patient, but what was taken back."""
    return _told(case, "birth_date")


def put_aside(
    case: Case,
    now: datetime,
    why: str,
    *,
    under: Iterable[dict[str, str]] = (),
    names: Sequence[str] = (),
    homes: Sequence[str] = (),
    again: Mapping[str, Any] | None = None,
    late: Mapping[str, Any] | None = None,
    made_at: str = "",
) -> None:
    """Keep who a case's patient is said to be until now; `names` and `homes` are what it will not bear any more.

    `again` is what of it is said once more: the fields, and the other names; `late` what is said and not taken, since
    a message made later said otherwise; `made_at` when the message was made.
    """
    said = as_former(case, now, why)
    others = (said | {"name": name, "name_only": True} for name in names)
    told_at = {field: at for field, at in case.told_at.items() if field in _FIELDS}
    kept = {"homes": list(homes), "again": again, "late": late, "made_at": made_at, "told_at": told_at}
    last = said | {"under": list(under)} | {name: value for name, value in kept.items() if value}
    case.former_identities = [*case.former_identities, *others, last]


def is_said_first(case: Case, why: str, under: Iterable[dict[str, str]], again: Mapping[str, Any]) -> bool:
    """Say whether what a case says already is told for the first time under some numbers, and merges may have told it.

    Once a merge is taken back it tells whose the case's words are.
    """
    if why in _TELL_NOTHING or not any(each["why"] in _MERGES for each in formerly(case)):
        return False
    numbers, told, names = pairs_of(under), dict[str, Any](), set[str]()
    for before, after in history_of(case)[1]:
        if not before["void"] and before["why"] not in _TELL_NOTHING and pairs_of(before["under"]) == numbers:
            told |= {field: after[field] for field in _FIELDS if after[field] != before[field]} | before["again"]
            names |= {*after["other_names"]} - {*before["other_names"]} | {*before["again"].get("other_names", ())}
    told["other_names"] = [each for each in again.get("other_names", ()) if each in names]
    return any(told.get(field) != value for field, value in again.items())


def changed_at(case: Case) -> list[str]:
    """Return when it was said otherwise who a case's patient is, not where they live, the first time first."""
    fields = (*_IDENTIFYING, "ids", "other_names")
    steps = pairwise(identities_of(case))
    changes = (
        any(before[each] != after[each] for each in fields)
        or (not (before["again"] or before["late"]) and before["jurisdiction"] == after["jurisdiction"])
        for before, after in steps
    )
    return [each["until"] for each, changed in zip(formerly(case), changes, strict=True) if changed and each["until"]]


def take_back(case: Case, places: Container[int]) -> None:
    """Say of what ended some identities, by their `place`, that it was taken back."""
    entries = enumerate(case.former_identities)
    case.former_identities = [each | {"void": True} if place in places else each for place, each in entries]


def as_former(case: Case, now: datetime, why: str) -> dict[str, Any]:
    """Return who a case's patient is said to be until now as what they were called before."""
    return _present(case) | {"until": now.isoformat(), "why": why}


def pairs_of(ids: Iterable[dict[str, str]]) -> set[Number]:
    """Return identifiers as pairs of number and issuer."""
    return {pair_of(each) for each in ids}


def pair_of(known: dict[str, str]) -> Number:
    """Return an identifier as number and issuer."""
    return known.get("id", ""), known.get("issuer", "")


def call(case: Case, said: dict[str, Any]) -> None:
    """Give a case's patient the name, birth date, sex or birth that is said."""
    for name, value in said.items():
        setattr(case, _FIELDS[name], value)


def _told(case: Case, field: str) -> list[str]:
    first, steps = history_of(case)
    valid = [step for step in steps if not step[0]["void"]]
    told = [after[field] for before, after in valid if after[field] != before[field]]
    beside = [before[said].get(field, "") for before, _ in valid for said in ("again", "late")]
    return [each for each in dict.fromkeys((first[field], *told, *beside, getattr(case, _FIELDS[field]))) if each]


def _present(case: Case) -> dict[str, Any]:
    told = {name: getattr(case, column) for name, column in _FIELDS.items()}
    return told | {"ids": case.patient_ids, "other_names": case.other_names}
