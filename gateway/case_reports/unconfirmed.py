"""What a correction tells of a case's patient where it may be of somebody else under the same number.

Father and son may share a name and an insurance number, twins all but a name. A case that tells name and birth date is
safe from them (`identities.may_be_corrected`), but for another given name of a grown-up, which may be a twin's. One
that lacks either would become whoever is told first. What stands in for it is asked before: the birth date of studies
that are linked to it, the one that its report tells behind a label, ages in its words, the day of the examination,
which nobody precedes. Where a number belongs to one person, as the hospital's own and a register's do for grown-ups,
nobody else can be meant either.

Else what is told is taken, and what the case itself says is kept beside it (`Case.own_words`): no study is linked
without a person unless it would be by that alone. A person who corrects the case confirms all of it. A document about
the case's own order and a study that a person links confirm what they tell themselves: a number or another name, which
a merge of two identifiers told, may still be a twin's.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.case_reports.dates import find_date, order_in
from gateway.case_reports.document import PatientPart
from gateway.case_reports.texts.labels import find_labelled
from gateway.matching.ages import ages_in, is_another_generation
from gateway.matching.births import birth_of, surely_one
from gateway.matching.days import days_between
from gateway.matching.facts import Fact
from gateway.matching.issuers import is_grown_up, is_of_a_hospital, is_of_one_person, may_be_one_issuer
from gateway.matching.name_parts import compare_parts
from gateway.matching.newborns import is_unnamed
from gateway.models import Case, Match, Study


@dataclass(frozen=True)
class Known:
    """What is known of a case's patient beside a correction: birth dates, ages in words, the day of the examination."""

    birth_dates: tuple[str, ...] = ()
    ages: frozenset[int] = frozenset()
    day: str = ""

    def forbids(self, birth_date: str) -> bool:
        """Say whether nobody born on a date can be the patient, by the examination's day and the report's words."""
        lived = days_between(birth_date, self.day)
        return (lived is not None and lived < 0) or is_another_generation(self.ages, birth_date, self.day)


def known_of(session: Session, case: Case) -> Known:
    """Return what is known of a case's patient: by the case itself, else by its studies and its report's labels."""
    linked = select(Study.birth_date, Study.study_date).join(Match, Match.study_id == Study.id)
    studies = session.execute(linked.where(Match.case_id == case.id, Match.ended_at.is_(None))).all()
    told = [case.birth_date] if case.birth_date else [born for born, _ in studies if born]
    if not told:
        order = order_in(case.report_text, case.report_language)
        told = [day for day in [find_date(find_labelled(case.report_text).get("birth_date", ""), order)] if day]
    days = [case.study_date, *(day for _, day in studies), case.report_date, f"{case.created_at:%Y%m%d}"]
    return Known(tuple(dict.fromkeys(told)), ages_in(case.report_text), next(filter(None, days)))


def is_sure(case: Case, said: PatientPart, known: Known) -> bool:
    """Say whether what is said, and may be taken, can be of nobody else under the number than the case's patient."""
    named = bool(case.patient_name) and not is_unnamed(case.patient_name)
    same_name = not said.name or compare_parts(case.patient_name, said.name).given is Fact.SAME
    if named and same_name and known.birth_dates:
        return True
    if said.birth_date in known.birth_dates and surely_one(birth_of(case.birth), birth_of(said.birth.told())):
        return True
    return bool(is_grown_up((*known.birth_dates, said.birth_date), known.day)) and _has_own_number(case, said)


def _has_own_number(case: Case, said: PatientPart) -> bool:
    """Say whether an identifier that both bear is told to be one person's: a hospital's or a register's."""
    issuers = {each["id"]: each.get("issuer", "") for each in case.patient_ids}
    return any(
        is_of_a_hospital(kind) or is_of_one_person(kind, each.issuer or issuers[each.id])
        for each in said.ids
        if each.id in issuers
        for kind in (each.type or case.id_kinds.get(each.id, ""),)
    )


def words_of(case: Case) -> dict[str, Any]:
    """Return what a case says of its patient now, as far as it identifies them."""
    return {
        "name": case.patient_name,
        "other_names": case.other_names,
        "birth_date": case.birth_date,
        "birth": case.birth,
        "ids": case.patient_ids,
    }


def keep_own_words(case: Case, before: dict[str, Any]) -> None:
    """Keep what a case said of its patient before something that may be of somebody else was told."""
    if not case.own_words and words_of(case) != before:
        case.own_words = before


def unconfirmed_in(case: Case) -> list[str]:
    """Return which of the words that identify a case's patient a correction told and nobody confirmed."""
    return [field for field, told in words_of(case).items() if case.own_words and told != case.own_words[field]]


def confirm(case: Case) -> None:
    """Let all that a case says of its patient be its own words, as a person says so."""
    case.own_words = {}


def confirm_told(case: Case, numbers: Collection[tuple[str, str]], names: Iterable[str] = ()) -> None:
    """Let a case's name, birth date and birth be its own words, and of its numbers and other names those told again.

    `numbers` are identifiers with their issuers, `names` other names than the patient's.
    """
    if not case.own_words:
        return
    own, again = case.own_words, set(names)
    ids = [each for each in case.patient_ids if each in own["ids"] or _is_told(each, numbers)]
    others = [each for each in case.other_names if each in own["other_names"] or each in again]
    told = words_of(case) | {"ids": ids, "other_names": others}
    case.own_words = {} if told == words_of(case) else told


def _is_told(known: dict[str, str], numbers: Collection[tuple[str, str]]) -> bool:
    issuer = known.get("issuer", "")
    return any(number == known["id"] and may_be_one_issuer(issuer, other) for number, other in numbers)


def confirms(study: Study, case: Case) -> bool:
    """Say whether a study that a person linked to a case tells the name and birth date that the case does."""
    return (
        bool(case.own_words and case.birth_date)
        and study.birth_date == case.birth_date
        and compare_parts(study.patient_name, case.patient_name).given is Fact.SAME
    )
