"""Who a case's patient is and where they live: corrections and merges, with what was said before kept beside.

What a patient was called before still stands in images and reports: a former name is looked for in texts like the
present one, and a former identifier stays among the identifiers. The audit trail names the fields, never the values.
"""

import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import Any

from sqlalchemy.orm import Session

from config.clock import Clock
from gateway import audit
from gateway.case_reports.document import PatientPart
from gateway.case_reports.former import birth_dates_of, formerly, is_said_first, names_of, put_aside
from gateway.case_reports.told_at import is_overtaken, note_told
from gateway.case_reports.unconfirmed import Known
from gateway.matching.birth_dates import ANOTHER_DAY, compare_birth_dates, is_generation_apart
from gateway.matching.births import are_two, birth_of, order_in_name, surely_one
from gateway.matching.facts import Fact
from gateway.matching.issuers import is_grown_up
from gateway.matching.name_parts import compare_parts
from gateway.matching.newborns import is_unnamed, marked_otherwise
from gateway.models import Case

_FIELDS = {"name": "patient_name", "birth_date": "birth_date", "sex": "sex", "jurisdiction": "jurisdiction"}


@dataclass(frozen=True)
class Identity:
    """What a document says of a patient; what it is silent about is empty.

    `under` are the numbers by which it names them, of a merge the surviving ones; none where a person says it. `homes`
    are addresses and telephones, kept where what is said comes too late to be taken.
    """

    name: str = ""
    birth_date: str = ""
    sex: str = ""
    ids: tuple[dict[str, str], ...] = ()
    other_names: tuple[str, ...] = ()
    birth: dict[str, Any] = field(default_factory=dict)
    under: tuple[dict[str, str], ...] = ()
    jurisdiction: str = ""
    homes: tuple[str, ...] = ()


def told_late(case: Case, said: Identity, made_at: str) -> dict[str, Any]:
    """Return what a message made at some time says otherwise than a case, which messages made later told."""
    told = {field: getattr(said, field) for field in _FIELDS if is_overtaken(case, field, made_at)}
    if _folded(said.name) <= _folded(case.patient_name):
        told.pop("name", None)
    return {field: value for field, value in told.items() if value and value != getattr(case, _FIELDS[field])}


def change_identity(
    session: Session, clock: Clock, case: Case, said: Identity, *, actor: str, why: str, made_at: str = ""
) -> bool:
    """Give a case's patient the identity that is said now; say whether anything changed or is known beside.

    Identifiers are added, never taken away: images that were made before bear the old ones. What messages made after
    `made_at` told stays, and what is said instead is kept among the former identities, once.
    """
    late = told_late(case, said, made_at)
    late = {} if any(each["late"] == late and each["under"] == list(said.under) for each in formerly(case)) else late
    said = _not_overtaken(case, said, made_at)
    present = {name: getattr(case, column) for name, column in _FIELDS.items()}
    new = {name: value for name in _FIELDS if (value := getattr(said, name)) and value != present[name]}
    if "name" in new and _folded(said.name) <= _folded(case.patient_name):
        del new["name"]  # the same name in fewer scripts
    ids = [each for each in said.ids if each not in case.patient_ids]
    names = [each for each in said.other_names if each not in case.other_names]
    born = said.birth or case.birth
    again = _said_again(said, new, names)
    first = any(present.values()) and is_said_first(case, why, said.under, again)
    changed = bool(new or ids or names or born != case.birth)
    if first or late or (changed and any(present.values())):
        put_aside(
            case,
            clock(),
            why,
            under=said.under,
            homes=said.homes if late else (),
            again=again if first else None,
            late=late,
            made_at=made_at,
        )
    note_told(case, [name for name in (*_FIELDS, "birth") if getattr(said, name)], made_at)
    if late:
        detail = {"fields": sorted(late), "why": why}
        audit.note(session, clock, actor=actor, action="case-told-late", subject=case.case_number, detail=detail)
    if not changed:
        return bool(late)
    for name, value in new.items():
        setattr(case, _FIELDS[name], value)
    case.patient_ids = case.patient_ids + ids
    case.other_names = case.other_names + names
    fresh = {"ids": ids, "other_names": names, "birth": born != case.birth}
    case.birth = born
    fields = [*sorted(new), *(field for field, told in fresh.items() if told)]
    detail = {"fields": fields, "why": why}
    audit.note(session, clock, actor=actor, action="case-identity-changed", subject=case.case_number, detail=detail)
    return True


def _not_overtaken(case: Case, said: Identity, made_at: str) -> Identity:
    """Return what is said without what messages made later told; of a birth the two are joined."""
    born = {**case.birth, **said.birth}
    if is_overtaken(case, "birth", made_at):
        born = {**said.birth, **case.birth}
    gone: dict[str, Any] = {field: "" for field in _FIELDS if is_overtaken(case, field, made_at)}
    return replace(said, **gone, birth=born if said.birth else {})


def _said_again(said: Identity, new: Container[str], names: Container[str]) -> dict[str, Any]:
    """Return what is said that a case says already; `new` and `names` are what it does not."""
    again: dict[str, Any] = {name: value for name in _FIELDS if (value := getattr(said, name)) and name not in new}
    others = [each for each in said.other_names if each not in names]
    return again | ({"other_names": others} if others else {})


def same_patient(case: Case, patient: PatientPart) -> bool:
    """Say whether a document is about a case's patient: an identifier agrees and no name and birth date both differ.

    Without identifiers that can be compared, name and birth date must agree.
    """
    shared = any(agree(each, other.id, other.issuer) for each in case.patient_ids for other in patient.ids)
    name = _folded(case.patient_name) & _folded(patient.name)
    dates = (case.birth_date, patient.birth_date)
    if shared:
        names_differ = bool(case.patient_name and patient.name) and not name
        return not (names_differ and all(dates) and dates[0] != dates[1])
    if any(each.get("issuer", "") == other.issuer for each in case.patient_ids for other in patient.ids):
        return False
    return bool(name) and all(dates) and dates[0] == dates[1]


def same_name_and_birth(case: Case, patient: PatientPart) -> bool:
    """Say whether a case's patient, by a name that is or was theirs, has the name and birth date that are said."""
    names = set[str]().union(*map(_folded, names_of(case)))
    return bool(names & _folded(patient.name)) and patient.birth_date in birth_dates_of(case)


def may_be_corrected(case: Case, said: PatientPart, known: Known, day: str) -> bool:
    """Say whether a case's patient may be who is said on a day, so that it is not somebody else of their number.

    A child may bear the mother's number, a son the father's name and insurance number, twins one of both. So a birth
    date a generation apart is somebody else's; so is any other with another name, or a name with another letter or
    number. A name that does not agree is taken with the birth date that is known only, and then of grown-ups or as the
    first that a newborn gets: where several were born, with the place in their order too. A birth date is asked against
    all that is `known`, and the first that a case gets is taken from nobody of the other sex. Who the patient was said
    to be before they may be again.
    """
    if _is_another_birth(case, said) or (not known.birth_dates and known.forbids(said.birth_date)):
        return False
    if same_name_and_birth(case, said) or not (case.patient_name or known.birth_dates):
        return True
    other_sex = {case.sex, said.sex} == {"F", "M"}
    if other_sex and not (said.name and known.birth_dates and said.birth_date):
        return False
    if not (said.name or said.birth_date):
        return True
    return all(_may_be(case.patient_name, each, said, day, other_sex=other_sex) for each in known.birth_dates or ("",))


def _may_be(name: str, birth_date: str, said: PatientPart, day: str, *, other_sex: bool) -> bool:
    if is_generation_apart(birth_date, said.birth_date) or marked_otherwise(name, said.name):
        return False
    parts = compare_parts(name, said.name)
    born = compare_birth_dates(birth_date, said.birth_date)
    if parts.given is Fact.SAME:
        return born not in ANOTHER_DAY or parts.family in Fact.SAME | Fact.NEAR
    unnamed = is_unnamed(name)
    if other_sex or (is_unnamed(said.name) and not unnamed):
        return False
    grown_up = is_grown_up((birth_date, said.birth_date), day)
    slipped = bool(grown_up) and parts.given is Fact.NEAR and bool(born) and born not in ANOTHER_DAY
    may_be_renamed = grown_up or unnamed or not (name and said.name)
    return slipped or (may_be_renamed and born.startswith("birth date equal"))


def _is_another_birth(case: Case, said: PatientPart) -> bool:
    """Say whether somebody born together with a case's patient is meant, or may be as only a name is new."""
    ours, theirs = birth_of(case.birth), birth_of(said.birth.told())
    ours = ours if ours.order else replace(ours, order=order_in_name(case.patient_name))
    theirs = theirs if theirs.order else replace(theirs, order=order_in_name(said.name))
    several = ours.one_of_several or theirs.one_of_several
    first_name = is_unnamed(case.patient_name) and said.name != case.patient_name
    return are_two(ours, theirs) or (several and first_name and not surely_one(ours, theirs))


def may_be_one(names: Sequence[str], birth_date: str, case: Case) -> bool:
    """Say whether a case's patient can be who bears one of some names and a birth date, as far as both are told.

    Another given name is somebody else's, and another birth date too. What stands for a newborn's name agrees where it
    is the same and the birth date is too.
    """
    born = compare_birth_dates(case.birth_date, birth_date)
    if born in ANOTHER_DAY:
        return False
    known = [each for each in (case.patient_name, *case.other_names) if each]
    if not (names and known):
        return True
    if any(compare_parts(one, other).given in Fact.SAME | Fact.NEAR for one in names for other in known):
        return True
    same = any(is_unnamed(one) and _folded(one) & _folded(other) for one in names for other in known)
    return same and born.startswith("birth date equal")


def could_be_one(cases: Sequence[Case]) -> bool:
    """Say whether cases can be of one patient: no two have other given names in all that was known.

    Nor do both name and birth date differ in all of it.
    """
    known = [(set(names_of(case)), set(birth_dates_of(case))) for case in cases]
    return all(
        not (names and others) or _may_name_one(names, others, same_day=bool(days & other_days))
        for (names, days), (others, other_days) in combinations(known, 2)
    )


def _may_name_one(names: set[str], others: set[str], *, same_day: bool) -> bool:
    pairs = list(product(names, others))
    same = any(_folded(one) & _folded(other) for one, other in pairs)
    return same or (same_day and any(compare_parts(one, other).given is not Fact.OTHER for one, other in pairs))


def agree(known: dict[str, str], number: str, issuer: str) -> bool:
    """Say whether an identifier of a case may be a number of an issuer, as far as both issuers are told."""
    issuers = (known.get("issuer", ""), issuer)
    return known.get("id") == number and (not all(issuers) or issuers[0] == issuers[1])


def _folded(name: str) -> set[str]:
    """Return each component group of a name as its letters in a fixed order of its parts."""
    folded = set()
    for group in name.split("="):
        plain = unicodedata.normalize("NFKD", group.casefold())
        parts = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split()
        if parts:
            folded.add(" ".join(sorted(parts)))
    return folded
