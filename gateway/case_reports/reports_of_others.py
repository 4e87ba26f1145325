"""Reports whose own labels name somebody else than the message, list or document that brought them.

A PDF put into the wrong message tells its patient, number or examination in its head. The case is kept with it, and
whoever sent it and whoever looks at the case are told which labels differ. Until a person says whose the report is, no
study is linked to the case without one, nor do its words reach a reader unapproved. Another report of the same order
that differs in nothing ends it.

Slips, other scripts, nicknames, the order of names, and all that the case was told of its patient before are the same
patient; so is another family name beside the same birth date or number. Of several values behind a label one that
agrees is enough, in each enclosed document by itself. What labels do not tell is not looked for. An enclosed structured
report tells by its header too.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Conflict, Malformed
from gateway import audit
from gateway.attachments.language import guess_language
from gateway.case_reports.dates import Order, find_date, order_in
from gateway.case_reports.former import birth_dates_of, names_of
from gateway.case_reports.parts import Enclosure, Part
from gateway.case_reports.report_history import remember_verdict, take_reports, verdict_on
from gateway.case_reports.texts.labels import find_every
from gateway.case_reports.texts.no_names import is_a_name
from gateway.case_reports.texts.reading import name_in, number_in
from gateway.case_reports.waking import wake_studies
from gateway.headers import NotDicom, read_header
from gateway.links import get_case
from gateway.matching.birth_dates import ANOTHER_DAY, compare_birth_dates
from gateway.matching.facts import Fact
from gateway.matching.name_parts import compare_parts
from gateway.matching.patient_ids import plain_number
from gateway.matching.spelling import slips, strip_marks
from gateway.models import Case, Match, Study
from gateway.node import Node

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "name": "another name",
        "birth_date": "another birth date",
        "patient_id": "another patient number",
        "accession_number": "another accession number",
    }
)
_LONG_NUMBER = 6
_DOCTOR = re.compile(
    r"^(?:dr|dra|prof|pd|priv)\b|[\s,](?:m\.?d\.?|d\.?o\.?|ph\.?d\.?|frcr|facr|franzcr)\W*$|\b(?:radiolog|\w*arzt|\w*ärztin)",
    re.IGNORECASE,
)
_BORN_AS = re.compile(
    r"[\s,(（]+(?:geb\.|geborene[rs]?|née|nee|born|maiden name:?|de soltera|nacida|z domu)[ \t]+"
    r"([^\W\d_][\w'’-]+(?:[ -][A-ZÀ-ÖØ-Þ][\w'’-]+)*)"
)
_WORD = re.compile(r"[^\W\d_]+")
_SAYS = (
    "the report names {0} than the message or document that brought it and may be somebody else's: nothing is linked "
    "by it before a person says on the case's page whose it is"
)


class Beside(NamedTuple):
    """What else than a case says whose a report is: its message, or the images that it came with."""

    numbers: Sequence[str] = ()
    names: Sequence[str] = ()
    birth_dates: Sequence[str] = ()


_NOTHING = Beside()


def look_at_report(session: Session, case: Case, part: Part) -> None:
    """Keep which labels of the report that a part brought name somebody else than its case; flag the case's studies."""
    report = part.document.report if part.document is not None else None
    if report is None or not report.text.strip():
        return
    if case.report_parts.get(report.order) != report.text:
        return  # the case has a later one, and keeps it
    beside = Beside(sorted(part.numbers))
    texts = [text for text in part.texts or (report.text,) if text.strip()]
    found = {field for text in texts for field in named_otherwise(text, case, beside)}
    for enclosure in part.enclosures:
        found |= headed_otherwise(enclosure, case, beside)
    known = {order: fields for order, fields in case.reports_of_others.items() if order != report.order}
    said = verdict_on(case, report.order) if found else None
    if said == "not_theirs":
        take_reports(case, [report.order])
    if said is not None:
        case.reports_of_others = known
        return
    case.reports_of_others = known | ({report.order: [each for each in WORDS if each in found]} if found else {})
    if found:
        linked = select(Match.study_id).where(Match.case_id == case.id, Match.ended_at.is_(None))
        for study in session.scalars(select(Study).where(Study.id.in_(linked), Study.state != "purged")):
            study.flagged = True


def named_otherwise(text: str, case: Case, beside: Beside = _NOTHING) -> set[str]:
    """Return by which labels a text names somebody else than a case and what is told beside it."""
    return _told_otherwise(find_every(text), order_in(text, guess_language(text)), case, beside)


def headed_otherwise(enclosure: Enclosure, case: Case, beside: Beside = _NOTHING) -> set[str]:
    """Return by what the header of an enclosed structured report names somebody else; any other document has none."""
    if enclosure.kind != "sr":
        return set()
    try:
        header = read_header(BytesIO(enclosure.content))
    except (Malformed, NotDicom):
        return set()
    born = header.birth_date
    issuers = {each["issuer"].casefold() for each in case.patient_ids}
    comparable = not header.issuer or header.issuer.casefold() in issuers
    said = {
        "name": [each for each in header.patient_name.split("=") if each.strip("^ ")],
        "birth_date": [f"{born[:4]}-{born[4:6]}-{born[6:8]}"],
        "patient_id": [header.patient_id] if comparable else [],
        "accession_number": [header.accession_number],
    }
    return _told_otherwise(said, "unknown", case, beside)


def _told_otherwise(said: Mapping[str, Sequence[str]], order: Order, case: Case, beside: Beside) -> set[str]:
    days = [day for each in said.get("birth_date", ()) if (day := find_date(each, order))]
    ids = [found for each in said.get("patient_id", ()) if (found := number_in(each))]
    accessions = [found for each in said.get("accession_number", ()) if (found := number_in(each))]
    own_days, own_ids = [*birth_dates_of(case), *beside.birth_dates], [each["id"] for each in case.patient_ids]
    orders = (each["id"] for each in case.orders)
    told = [*own_ids, *case.accession_numbers, *orders, *beside.numbers, case.case_number]
    agrees: dict[str, bool | None] = {
        "birth_date": _agree(days, own_days, _may_be_one_day),
        "patient_id": _agree(ids, told, _are_one_number) if own_ids else None,
        "accession_number": _agree(accessions, told, _are_one_number) if case.accession_numbers else None,
    }
    same = bool(agrees["birth_date"] or agrees["patient_id"])
    names = [each for each in (*names_of(case), *case.other_names, *beside.names) if each.strip("^ ")]
    agrees["name"] = _agree(_names(said), names, lambda a, b: _may_be_one_name(a, b, same=same))
    if agrees["name"] or agrees["birth_date"]:
        agrees["patient_id"] = agrees["patient_id"] or _agree(ids, told, _is_slip)
    return {field for field, each in agrees.items() if each is False}


def note_on_report(case: Case) -> str | None:
    """Return what whoever filed a case should know of its reports, None where each names its patient or nobody."""
    fields = {field for each in case.reports_of_others.values() for field in each}
    return _SAYS.format(" and ".join(says for field, says in WORDS.items() if field in fields)) if fields else None


def say_whose_report(node: Node, number: str, *, theirs: bool, actor: str) -> None:
    """Let the reports of a case that name somebody else be its patient's, or take them from it, as a person says.

    The documents stay among those of the case. Nobody is asked again when the same words come again.

    Raises:
        NotFound: no such case.
        Conflict: none of its reports names somebody else.
    """
    with node.identity.write() as session:
        case = get_case(session, number)
        if not case.reports_of_others:
            raise Conflict(f"no report of case {case.case_number} names somebody else")
        for order in case.reports_of_others:
            remember_verdict(case, order, "theirs" if theirs else "not_theirs")
        if not theirs:
            take_reports(case, list(case.reports_of_others))
        case.reports_of_others = {}
        action = "case-report-confirmed" if theirs else "case-report-taken-away"
        audit.note(session, node.clock, actor=actor, action=action, subject=case.case_number)
        wake_studies(session, [case])


def _names(said: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the values behind labels of names that look like a patient's, not a doctor's and no word of a sentence."""
    told = [each for each in said.get("name", ()) if not _DOCTOR.search(each.strip())]
    parts = zip(said.get("family", ()), said.get("given", ()), strict=False)
    named = (*(name for each in told for name in _names_in(each)), *(name_in(f"{one}^{other}") for one, other in parts))
    return [each for each in named if is_a_name(each)]


def _names_in(value: str) -> list[str]:
    """Return the name behind a label, and what it was before a marriage that is told behind it ("geb. Testa")."""
    name, born = name_in(value), _BORN_AS.search(value)
    if not name or born is None:
        return [name]
    now = name_in(value[: born.start()])
    _, comma, given = now.partition(",")
    words = now.split()
    others = (words[:at] + words[at + 1 :] for at in range(len(words))) if not comma else [given.split()]
    return [now, *(f"{born[1]}, {' '.join(other)}" for other in others if other)]


def _agree(said: Sequence[str], known: Sequence[str], are_one: Callable[[str, str], bool]) -> bool | None:
    """Say whether one of the values said is one that is known; None where either side tells none."""
    return any(are_one(one, other) for one in said for other in known) if said and known else None


def _may_be_one_name(said: str, known: str, *, same: bool) -> bool:
    """Say whether two names may be one patient's; `same` is that they are by what else is said."""
    if (fits := _fit_as_initials(said, known)) is not None:
        return fits
    family, comma, given = said.partition(",")
    found = compare_parts(known, f"{family.strip()}^{given.strip()}" if comma else said)
    if found.given is Fact.OTHER:
        return False
    return found.family is not Fact.OTHER or (same and found.given is Fact.SAME)


def _fit_as_initials(said: str, known: str) -> bool | None:
    """Say whether a name of initials alone may stand for another, in any order; None where it is no such name.

    A middle name may be left out on either side. Initials stand for no name in another script.
    """
    letters = _WORD.findall(said)
    if not letters or any(len(each) > 1 for each in letters):
        return None
    ours, theirs = (
        Counter(strip_marks(word)[:1] for word in words) for words in (letters, _WORD.findall(known.partition("=")[0]))
    )
    if not any(each.isascii() for each in theirs):
        return True
    return not (ours - theirs and theirs - ours)


def _may_be_one_day(one: str, other: str) -> bool:
    return compare_birth_dates(one, other) not in ANOTHER_DAY


def _are_one_number(said: str, known: str) -> bool:
    return plain_number(said) in {"", plain_number(known)}


def _is_slip(said: str, known: str) -> bool:
    one, other = plain_number(said), plain_number(known)
    return len(one) >= _LONG_NUMBER and slips(one, other, 1) <= 1
