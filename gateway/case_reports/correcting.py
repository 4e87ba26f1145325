"""Corrections and merges of patients: every case of the patient learns who they are now.

A case is the patient's where an identifier of the same issuer agrees. What one side leaves unsaid is no agreement where
the site's cases bear the same number of a named issuer, unless name and birth date agree too. Somebody else of whom the
message shows only a shared number, such as a family's insurance number, is left alone; where the cases found cannot be
of one patient, nobody gets a name and the sender is told so. So it is where what is said may be of somebody else under
the number, a child, a father or a twin (`may_be_corrected`): a person corrects that at the desk. What a message made
later told is not put back by one that comes late: what that says is known beside (`told_at.py`). What a case did not
tell itself is taken, and no link rests on it until it is confirmed (`unconfirmed.py`); it moves nobody to another
state, which says who may read the case. Cases keep the
identifiers they had, since images that were made before bear them; links of studies are the matcher's and the
coordinator's to move. A merge is kept for the cases that come later, too (`known_merges.py`).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy.orm import Session

from config.errors import Conflict
from gateway.case_reports.case_keys import cases_bearing, patient_keys, remember_keys
from gateway.case_reports.document import Identifier, PatientPart
from gateway.case_reports.filing import Source, remember_source
from gateway.case_reports.former import BY_MERGE
from gateway.case_reports.identities import (
    Identity,
    change_identity,
    could_be_one,
    may_be_corrected,
    same_name_and_birth,
    told_late,
)
from gateway.case_reports.known_merges import adopt_merges
from gateway.case_reports.parts import Part
from gateway.case_reports.residence import Told
from gateway.case_reports.told_at import told_home
from gateway.case_reports.unconfirmed import is_sure, keep_own_words, known_of, words_of
from gateway.models import Case
from gateway.node import Node

_WHY = {"correct": "correction of the patient", "merge": BY_MERGE}
_BESIDE = (
    "what this one says is searched for in texts and images, and not taken; where it holds, send it with a new time"
)
_WORDS = {"name": "name", "birth_date": "birth date", "sex": "sex", "jurisdiction": "home"}


class Corrected(NamedTuple):
    """A case that a message concerns, whether it says more of its patient now, and what of it came too late."""

    case: Case
    changed: bool
    late: tuple[str, ...]


def correct_cases(session: Session, node: Node, site: str, part: Part, source: Source, home: Told) -> list[Corrected]:
    """Give the cases of a patient the identity that the part says; return those that it concerns.

    Raises:
        Conflict: it cannot be told whose cases the identifiers name.
    """
    if part.document is None:
        return []
    patient = part.document.patient
    return _change(session, node, _cases_of(session, site, patient.ids, patient), part, source, home)


def merge_patients(session: Session, node: Node, site: str, part: Part, source: Source, home: Told) -> list[Corrected]:
    """Let the cases under an old or the surviving identifier have both, and the patient's identity.

    Raises:
        Conflict: it cannot be told whose cases the identifiers name.
    """
    if part.document is None:
        return []
    patient = part.document.patient
    old = _cases_of(session, site, part.old_ids, patient)
    surviving = [each for each in _cases_of(session, site, patient.ids, patient) if each not in old]
    return _change(session, node, [*old, *surviving], part, source, home)


def note_on_late(late: Collection[str]) -> str | None:
    """Return what the sender should know of what came too late to be taken, None where nothing did."""
    words = " and ".join(says for field, says in _WORDS.items() if field in late)
    return f"a message made later told the patient's {words} otherwise: {_BESIDE}" if words else None


def _change(session: Session, node: Node, cases: list[Case], part: Part, source: Source, home: Told) -> list[Corrected]:
    if part.document is None:
        return []
    patient = part.document.patient
    ids = tuple({"id": each.id, "issuer": each.issuer} for each in (*patient.ids, *part.old_ids))
    others = tuple(dict.fromkeys((*patient.other_names, *(each for each in part.old_names if each != patient.name))))
    under = tuple({"id": each.id, "issuer": each.issuer} for each in patient.ids)
    homes = (*patient.addresses, *patient.telephones)
    born = patient.birth.told()
    said = Identity(patient.name, patient.birth_date, patient.sex, ids, others, born, under, homes=homes)
    today = f"{node.clock():%Y%m%d}"
    known = [known_of(session, case) for case in cases]
    if not all(may_be_corrected(case, patient, each, today) for case, each in zip(cases, known, strict=True)):
        raise Conflict("name and birth date are not those of the case's patient: correct both at the desk")
    found = []
    for case, each in zip(cases, known, strict=True):
        before, sure, state = words_of(case), is_sure(case, patient, each), case.home_state
        here = replace(said, jurisdiction=told_home(case, home, source.made_at, moves=sure))
        late = tuple(told_late(case, here, source.made_at))
        why = _WHY[part.does]
        told = change_identity(session, node.clock, case, here, actor=source.actor, why=why, made_at=source.made_at)
        if not sure:
            keep_own_words(case, before)
        if adopt_merges(session, node, case, actor=source.actor) or told or case.home_state != state:
            remember_keys(session, case)
            remember_source(session, node, case, source)
            found.append(Corrected(case, changed=True, late=late))
        elif late:
            found.append(Corrected(case, changed=False, late=late))
    return found


def _cases_of(session: Session, site: str, ids: Sequence[Identifier], patient: PatientPart) -> list[Case]:
    """Return the cases of a site that are those of the patient who has some identifiers.

    Raises:
        Conflict: only the issuer could tell and one side does not name it, or the cases are of several patients.
    """
    numbered = cases_bearing(session, site, patient_keys(ids))
    bearing = [case for case in numbered if _shares(case, ids, exactly=False)]
    own = [case for case in bearing if _shares(case, ids, exactly=True)]
    unsure = [case for case in bearing if case not in own]
    if any(each.get("issuer") for case in numbered for each in case.patient_ids if _numbers(ids, each)):
        sure = [case for case in unsure if same_name_and_birth(case, patient)]
        if unsure and not sure and not own:
            raise Conflict("the patient's identifier needs its issuer: cases of the site bear it from a named one")
        own += sure
    else:
        own = bearing
    own = [case for case in own if not _contradicts(case, ids) or same_name_and_birth(case, patient)]
    if not could_be_one(own):
        raise Conflict("cases of different patients bear this identifier: correct each at the desk")
    return own


def _numbers(ids: Sequence[Identifier], known: dict[str, str]) -> bool:
    return any(known.get("id") == each.id for each in ids)


def _shares(case: Case, ids: Sequence[Identifier], *, exactly: bool) -> bool:
    """Say whether a case bears one of some identifiers, of the same issuer or, not `exactly`, of none that differs."""
    pairs = [(each, known) for each in ids for known in case.patient_ids if known.get("id") == each.id]
    return any(
        each.issuer == known.get("issuer", "") or not (exactly or (each.issuer and known.get("issuer")))
        for each, known in pairs
    )


def _contradicts(case: Case, ids: Sequence[Identifier]) -> bool:
    """Say whether some issuer gave the case's patient another number than the one who is meant.

    Where no issuer is named the numbers may be of several; then each side must lack one of the other's.
    """
    for issuer in {each.issuer for each in ids}:
        meant = {each.id for each in ids if each.issuer == issuer}
        known = {each.get("id", "") for each in case.patient_ids if each.get("issuer", "") == issuer}
        if known and (not meant & known if issuer else bool(meant - known) and bool(known - meant)):
            return True
    return False
