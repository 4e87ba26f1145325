"""Say by what a candidate may be linked without a person, in words that are kept with the link, or what hinders it.

A candidate is certain when no other comes near, nothing forbids it or says another examination, and

- the patient's facts are such that nobody who looks alike could show them (`look_alikes.py`); or
- an identifier of the study or case agrees together with name or birth date, with both where the patient has another
  identifier, and no fact of the patient differs; or
- without any identifier name, birth date and study date agree, the day itself where the patient has another identifier,
  and no other fact of the patient differs; in the first year of life the number and the very day as well.

Nothing decides alone where the given names are two people's, as those of newborn twins are by a letter. By the number
of a case alone, which a family's disc may bear for all who are on it, nobody is linked whose given name is not told, as
no newborn's is, or who is born a generation apart or on a day that cannot be read. In the first year of life neither
that number nor the day of the study decides unless it is told that the child is no twin, or which one (`births.py`).

A deployment may choose (`matching.look_alikes`) that the probability decides where none of the three does. Twins and
relatives whom the table of look-alikes leaves to a person are then told apart by it alone. What contradicts still
forbids: whatever the table of weights marks so, what says another examination, another candidate that comes near or
that agrees better and would be shown by itself, and what is clearly of somebody else (`clearly_another`).
"""

from collections.abc import Sequence
from math import log
from typing import Literal

from gateway.matching.birth_dates import compare_birth_dates
from gateway.matching.births import surely_one
from gateway.matching.evidence import Finding
from gateway.matching.facts import Fact
from gateway.matching.judged import Judged
from gateway.matching.keys import StudyKeys
from gateway.matching.look_alikes import (
    agrees_better,
    clearly_another,
    facts_of,
    lives_elsewhere,
    name_parts,
    nobody_else,
    of_an_infant,
)
from gateway.matching.name_parts import NameParts
from gateway.matching.weights import Part

LookAlikes = Literal["ask", "probability"]

NOBODY_ELSE = "linked without asking: nobody who looks alike could show these facts"
IDENTIFIED = "linked without asking: an identifier of the study or case agrees, and so does the patient"
ON_ONE_DAY = "linked without asking: name, birth date and study date agree, and nothing is against it"
BY_PROBABILITY = "linked without asking by its probability: whether it is a relative who looks alike was not asked"

ASKED = "not linked without asking: "
RIVAL_NEAR = ASKED + "another candidate comes near"
BETTER = ASKED + "another case agrees better in name or birth date"
UNCONFIRMED = ASKED + "name, birth date or number of the case were told by a correction that nobody confirmed"
UNREAD = ASKED + "the names are in scripts that cannot be compared, or do not sound alike"
BIRTH_DATE_UNREAD = ASKED + "a birth date is no day that exists, and does not say the other's year"
COULD_BE_ANOTHER = ASKED + "a twin, a relative or a namesake could show the same"

LESS_PROBABLE = ASKED + "another candidate is more probable"
COMES_NEAR = ASKED + "comes near the candidate that is more probable"
AGREES_BETTER = ASKED + "agrees better in name or birth date than the candidate that is more probable"
BY_OWN_WORDS = ", by what the case told before a correction that nobody confirmed"
NOT_PROBABLE_ENOUGH = ASKED + "less probable than the settings want of a link without a person"
OF_TWO_PATIENTS = ASKED + "two patients came inside this study"

RIVAL = 20.0
_SHOWN_BY_ITSELF = log(0.25)
_WHOLE = NameParts(Fact.SAME, Fact.SAME)
_WHO = Part.NAMED | Part.BORN
_VERY_DAY = "study date equal"
_PLAINLY_ANOTHER = frozenset({"name different", "birth date different", "number of one person different"})
_OF_THE_STUDY = frozenset({"study UID equal", "accession number equal"})


def decided_by(study: StudyKeys, judged: Sequence[Judged], look_alikes: LookAlikes) -> str:
    """Return by what the first of the judged cases may be linked without a person; empty where a person is asked.

    Where a correction told more of its patient that nobody confirmed, what the case itself says must decide as well.
    """
    judged = _with_own_words(judged)
    by = _decided_by(study, judged, look_alikes)
    own = judged[0].own
    return by if own is None or _decided_by(study, [own, *judged[1:]], look_alikes) else ""


def _decided_by(study: StudyKeys, judged: Sequence[Judged], look_alikes: LookAlikes) -> str:
    best, rivals = judged[0], judged[1:]
    parts = Part.NONE
    for finding in best.findings:
        parts |= finding.part
    if Part.FORBIDS in parts or _comes_near(study, judged):
        return ""
    of_the_patient_only = not _of_another_examination(best)
    better = [other for other in rivals if of_the_patient_only and agrees_better(study, other.case, best.case)]
    by_rules = _by_rules(study, best, parts, of_the_patient_only=of_the_patient_only, taken_for_another=bool(better))
    if by_rules or look_alikes == "ask" or not of_the_patient_only:
        return by_rules
    own_case = any(other.log_odds >= _SHOWN_BY_ITSELF for other in better)
    return "" if own_case or clearly_another(study, best.case, _rows(best)) else BY_PROBABILITY


def asked_because(study: StudyKeys, judged: Sequence[Judged], look_alikes: LookAlikes) -> str:
    """Return why a person is asked about the first of the judged cases, which nothing lets be linked without one."""
    judged = _with_own_words(judged)
    if _decided_by(study, judged, look_alikes):
        return UNCONFIRMED
    best, rivals = judged[0], judged[1:]
    against = [finding for finding in best.findings if Part.FORBIDS in finding.part] or _of_another_examination(best)
    if _comes_near(study, judged):
        return RIVAL_NEAR
    if against:
        return ASKED + against[0].says
    if any(agrees_better(study, other.case, best.case) for other in rivals):
        return BETTER
    if differing := [finding.says for finding in best.findings if finding.row in _PLAINLY_ANOTHER]:
        return ASKED + ", ".join(differing)
    return _not_told_apart(study, best)


def _not_told_apart(study: StudyKeys, best: Judged) -> str:
    """Return why a person is asked about a case of which nothing that is found speaks against it."""
    facts = facts_of(study, best.case, _rows(best))
    born = study.birth_date, best.case.birth_date
    if all(born) and not compare_birth_dates(*born) and facts.born in Fact.OTHER | Fact.APART:
        return BIRTH_DATE_UNREAD
    return UNREAD if facts.given is Fact.UNREAD else COULD_BE_ANOTHER


def rivals_of(study: StudyKeys, judged: Sequence[Judged], asked: str) -> dict[int, str]:
    """Return the other cases of which a reason to ask speaks, by their numbers, and what it says of each."""
    found: dict[int, str] = {}
    for other in judged[1:]:
        for each, so_far in ((other, ""), (other.own, BY_OWN_WORDS)):
            if each is None or other.case.case_id in found:
                continue
            if asked == RIVAL_NEAR and _comes_near(study, [judged[0], each]):
                found[other.case.case_id] = COMES_NEAR + so_far
            if asked == BETTER and agrees_better(study, each.case, judged[0].case):
                found[other.case.case_id] = AGREES_BETTER + so_far
    return found


def _with_own_words(judged: Sequence[Judged]) -> list[Judged]:
    """Return cases, the first as it is, the others also by what they say themselves where a correction told more."""
    return [*judged, *(other.own for other in judged[1:] if other.own is not None)]


def _comes_near(study: StudyKeys, judged: Sequence[Judged]) -> bool:
    """Say whether another case comes near; by itself too, where name or birth date of the first may be a relative's."""
    best, rivals = judged[0], judged[1:]
    whole = "birth date equal" in _rows(best) and name_parts(study, best.case) == _WHOLE
    return any(
        best.weight - other.weight < log(RIVAL) or (not whole and best.log_odds - other.log_odds < log(RIVAL))
        for other in rivals
    )


def _of_another_examination(judged: Judged) -> list[Finding]:
    """Return what speaks against a case by what is known of the examination, not by another number of the patient."""
    against = (finding for finding in judged.findings if Part.WEIGHS_AGAINST in finding.part)
    return [finding for finding in against if Part.OTHER_ID not in finding.part]


def _rows(judged: Judged) -> frozenset[str]:
    return frozenset(finding.row for finding in judged.findings)


def _by_rules(
    study: StudyKeys, best: Judged, parts: Part, *, of_the_patient_only: bool, taken_for_another: bool
) -> str:
    rows = _rows(best)
    if of_the_patient_only and not taken_for_another and nobody_else(study, best.case, rows):
        return NOBODY_ELSE
    if parts & (Part.CONTRADICTS | Part.DIFFERS_IN_PART):
        return ""
    facts = facts_of(study, best.case, rows)
    if facts.given in Fact.OTHER | Fact.UNREAD or facts.born in Fact.OTHER | Fact.APART:
        return ""
    named = facts.given is Fact.SAME
    infant, no_twin = of_an_infant(study, best.case), surely_one(study.birth, best.case.birth)
    of_the_number = no_twin and facts.identifier is Fact.CHILD and _VERY_DAY in rows
    if named and of_the_patient_only and (of_the_number or not infant) and _on_one_day(rows):
        return ON_ONE_DAY
    named &= no_twin or not infant
    return IDENTIFIED if _identified(parts) and (named or rows & _OF_THE_STUDY) else ""


def _on_one_day(rows: frozenset[str]) -> bool:
    """Say whether name, birth date and study date decide: the very day where the patient has another identifier."""
    days = {_VERY_DAY} if "patient ID different" in rows else {_VERY_DAY, "study date within three days"}
    return {"name equal", "birth date equal"} <= rows and bool(rows & days) and not lives_elsewhere(rows)


def _identified(parts: Part) -> bool:
    """Say whether an identifier of the study or case and what is known of the patient decide."""
    known = parts & _WHO
    return Part.IDENTIFIES in parts and (known == _WHO or (bool(known) and Part.OTHER_ID not in parts))
