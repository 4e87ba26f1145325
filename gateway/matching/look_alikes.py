"""Which facts of a patient decide without a person: those that nobody who looks alike could show.

- **Twins** have birth date, family name and home in common, and another given name, which may be a letter apart. Their
  identifiers may be neighbours or one: the mother's while they are children, a family's, but no number that belongs to
  one grown-up person by law or is kept so by the hospital that issued it.
- **Father and son** may have the whole name, the home and a family's identifier in common, and are born a generation
  apart; where one birth date is not told they are not told apart.
- **Brothers, sisters and spouses** have the family name, the home and a family's identifier in common, and neither
  given name nor birth date.
- **Namesakes** in a large hospital may be born on one day; they live elsewhere and have numbers of their own.
- **Infants** in their first year may bear the mother's number, and a word for a newborn that no list knows where the
  name is to be: twins then share all of it, and no row decides.
- Whose **identifier was taken for another's** has neither name nor birth date of theirs, but for one born on that day.

Each row of the table lets a pair be linked: identifier, given name, family name, birth date and home must all be as it
says. Nobody of the list shows what a row says, not even with a slip in one of the facts, unless the slip itself makes
one name or number the other's. Who was taken under a relative's number is told by the own case alone (`agrees_better`).
"""

import re
from dataclasses import dataclass
from itertools import product

from gateway.matching.birth_dates import GENERATION_YEARS, compare_birth_dates
from gateway.matching.facts import ANY, Fact
from gateway.matching.homes import compare_homes
from gateway.matching.issuers import is_grown_up, is_infant
from gateway.matching.keys import CaseKeys, StudyKeys
from gateway.matching.name_parts import NameParts, compare_parts, told_apart_by_a_mark
from gateway.matching.spelling import slips

_ID = {
    "number of one person equal": Fact.OWN,
    "patient ID equal, of one issuer": Fact.KEPT,
    "patient ID equal": Fact.SHARED,
    "patient ID with one digit off": Fact.NEAR,
    "patient ID equal, the issuers differ": Fact.OTHER,
    "patient ID different": Fact.OTHER,
    "patient ID with one digit off, of the same issuer": Fact.NEAR,
    "patient ID of the same issuer different": Fact.CLASH,
    "number of one person different": Fact.CLASH,
}
_BORN = {
    "birth date equal": Fact.SAME,
    "birth date equal, a 1 January": Fact.YEAR,
    "birth year equal, a 1 January may stand for an unknown day": Fact.YEAR,
    "birth date with day and month swapped": Fact.NEAR,
    "birth date with digits swapped": Fact.NEAR,
    "birth date with one digit different": Fact.NEAR,
    "birth date with a digit off, ten years or more apart": Fact.APART,
    "age a generation from the report's words": Fact.APART,
}
_HOME = {"address equal": Fact.SAME, "telephone equal": Fact.SAME, "address similar": Fact.NEAR}


@dataclass(frozen=True)
class Way:
    """How the facts of two records may agree so that nobody else is meant."""

    identifier: Fact
    given: Fact
    family: Fact
    born: Fact
    home: Fact = ANY

    def admits(self, facts: "Way") -> bool:
        """Say whether a pair's facts are as the row says."""
        return all(
            bool(found & allowed)
            for found, allowed in (
                (facts.identifier, self.identifier),
                (facts.given, self.given),
                (facts.family, self.family),
                (facts.born, self.born),
                (facts.home, self.home),
            )
        )


S, NEAR, U, OTHER = Fact.SAME, Fact.NEAR, Fact.UNTOLD, Fact.OTHER
YEAR = Fact.YEAR
_KEPT = Fact.OWN | Fact.KEPT
_ONE = _KEPT | Fact.ISSUED | Fact.SHARED
_NO_ONE = NEAR | OTHER | U | Fact.CLASH

WAYS = (
    # identifier             given         family          born             home
    Way(_ONE,                S,            ANY,            S),
    Way(Fact.CHILD,          S,            S | NEAR,       S),
    Way(_ONE | Fact.CHILD,   S,            S,              YEAR),
    Way(_KEPT,               S,            S | NEAR,       YEAR | NEAR),
    Way(_KEPT | Fact.ISSUED, S,            S | NEAR,       U),
    Way(_KEPT,               NEAR | U,     S | NEAR | U,   S),
    Way(_KEPT,               S,            S,              OTHER,           S | NEAR | U),
    Way(Fact.OWN,            ANY,          ANY,            S,               S | NEAR),
    Way(Fact.OWN,            S,            ANY,            U | NEAR | YEAR, S | NEAR),
    Way(Fact.OWN,            NEAR,         S | NEAR | U,   U | NEAR | YEAR, S | NEAR),
    Way(Fact.OWN,            S | NEAR,     S | NEAR,       OTHER,           S),
    Way(_NO_ONE,             S,            S | NEAR | U,   S,               S),
    Way(NEAR,                S,            ANY,            S,               S),
    Way(NEAR,                S,            S,              S,               S | NEAR | U),
    Way(NEAR,                S,            NEAR,           S,               S | NEAR),
)  # fmt: skip


def nobody_else(study: StudyKeys, case: CaseKeys, rows: frozenset[str]) -> bool:
    """Say whether what a study and a case tell of the patient, and the rows that they met, are of nobody else."""
    facts = facts_of(study, case, rows)
    return not of_an_infant(study, case) and any(way.admits(facts) for way in WAYS)


def of_an_infant(study: StudyKeys, case: CaseKeys) -> bool:
    """Say whether the patient is in the first year of life by a birth date that is told."""
    return is_infant((study.birth_date, case.birth_date), _day(study, case))


def agrees_better(study: StudyKeys, case: CaseKeys, than: CaseKeys) -> bool:
    """Say whether a case agrees with a study in the name or birth date in which another one does not.

    Who was taken under a relative's number bears the own name and birth date, and the own case is there; under another
    family name perhaps, which a birth date that agrees while the other one's does not makes up for.
    """
    ours, theirs = name_parts(study, case), name_parts(study, than)
    born, other = (compare_birth_dates(study.birth_date, each.birth_date) for each in (case, than))
    if theirs.given is not Fact.SAME and born != "birth date different":
        whole = ours.given is Fact.SAME and ours.family in Fact.SAME | Fact.NEAR
        if whole or (born and ours.given in Fact.SAME | Fact.UNTOLD):
            return True
    named = ours.given in Fact.SAME | Fact.NEAR and ours.family in Fact.SAME | Fact.NEAR
    if named and theirs.given is Fact.OTHER:
        return True
    if named and other == "birth date different" and compare_homes(study.addresses, case.addresses) == "address equal":
        return True
    surely_not = born == "birth date equal" and not other.startswith(born)
    return surely_not and (named or ours.given is Fact.SAME)


def clearly_another(study: StudyKeys, case: CaseKeys, rows: frozenset[str]) -> bool:
    """Say whether a study is of somebody else than a case, or nothing much says who, whatever the probability says.

    So it is where two numbers of one issuer differ, where of identifier, name and birth date two are another's or only
    one agrees, where a letter, a number, Jr or Sr tells two of one name apart, and where a newborn has no name yet, as
    any infant may.
    """
    facts = facts_of(study, case, rows)
    others = (facts.identifier is OTHER, facts.given is OTHER, facts.born in OTHER | Fact.APART)
    named = facts.given in S | NEAR or facts.family in S | NEAR
    agree = (facts.identifier in _ONE | Fact.CHILD | NEAR, named, facts.born in S | NEAR | YEAR)
    names = ([each.name, *each.other_names] for each in (study, case))
    pairs = [(one, other) for one, other in product(*names) if one and other]
    marked = bool(pairs) and all(told_apart_by_a_mark(one, other) for one, other in pairs)
    unsure = marked or of_an_infant(study, case)
    return facts.identifier is Fact.CLASH or sum(others) > 1 or sum(agree) < len(agree) - 1 or unsure


def lives_elsewhere(rows: frozenset[str]) -> bool:
    """Say whether the addresses differ, as those of namesakes do."""
    return _home(rows) is Fact.OTHER


def facts_of(study: StudyKeys, case: CaseKeys, rows: frozenset[str]) -> Way:
    """Return how the facts of a pair agree."""
    parts = name_parts(study, case)
    return Way(_identifier(study, case, rows), parts.given, parts.family, _born(study, case, rows), _home(rows))


def name_parts(study: StudyKeys, case: CaseKeys) -> NameParts:
    """Return how the parts of the names agree, by the pair of all names that agrees best."""
    ours = [name for name in (study.name, *sorted(study.other_names)) if name]
    theirs = [name for name in (case.name, *sorted(case.other_names)) if name]
    found = [compare_parts(one, other) for one in ours for other in theirs]
    order = (Fact.SAME, Fact.NEAR, Fact.UNTOLD, Fact.UNREAD, Fact.OTHER)
    return min(found, key=lambda each: (order.index(each.given), order.index(each.family)), default=NameParts())


def _identifier(study: StudyKeys, case: CaseKeys, rows: frozenset[str]) -> Fact:
    found = next((fact for row, fact in _ID.items() if row in rows), Fact.UNTOLD)
    if found not in _ONE:
        return found
    grown_up = is_grown_up((study.birth_date, case.birth_date), _day(study, case))
    if grown_up is None:
        return Fact.ISSUED if found in _KEPT else found
    return found if grown_up else Fact.CHILD


def _day(study: StudyKeys, case: CaseKeys) -> str:
    return study.study_date or case.study_date or case.report_date


def _born(study: StudyKeys, case: CaseKeys, rows: frozenset[str]) -> Fact:
    """Return how the birth dates agree; one that is no day, as digits were swapped, is told all the same.

    One that is not written as a day at all may be anybody's; zeros stand for what is not known of it.
    """
    found = next((fact for row, fact in _BORN.items() if row in rows), Fact.UNTOLD)
    ours, theirs = study.birth_date, case.birth_date
    if found not in Fact.UNTOLD | Fact.NEAR or not (ours.strip("0") and theirs.strip("0")):
        return found
    if not all(re.fullmatch(r"\d{8}", each) for each in (ours, theirs)):
        return Fact.APART
    in_one_year = ours[:4] == theirs[:4]
    if found is Fact.NEAR or slips(ours, theirs, 1) <= 1:
        return Fact.YEAR if in_one_year else Fact.NEAR
    if in_one_year and "00" in {ours[6:], theirs[6:]}:
        return Fact.YEAR
    return Fact.OTHER if abs(int(ours[:4]) - int(theirs[:4])) < GENERATION_YEARS else Fact.APART


def _home(rows: frozenset[str]) -> Fact:
    return next((fact for row, fact in _HOME.items() if row in rows), Fact.OTHER if "address different" in rows else U)
