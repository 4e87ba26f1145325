"""The letter that asks the hospital for what a case or a study lacks, in the hospital's language.

A letter about a case bears a fresh upload link (`gateway.portal.links`), good for that case alone. One about a study
without a case can bear none: it asks for the report.
"""

from typing import Any

from sqlalchemy.orm import Session

from config.errors import Conflict, Malformed
from gateway import audit
from gateway.desk.comparison import readable_date
from gateway.desk.missing import is_unfit, missing_records, studies_of_case
from gateway.desk.waiting import days_since
from gateway.letters import LANGUAGES, fitness_letter, words
from gateway.links import case_of, get_case, get_study
from gateway.models import Study
from gateway.node import Node
from gateway.portal.links import make_link
from gateway.studies import language_of_site


def case_reminder(node: Node, number: str, *, language: str | None, actor: str) -> dict[str, Any]:
    """Return the letter that asks for what a case lacks, with a new upload link.

    Raises:
        NotFound: no such case.
        Malformed: no letters are written in that language.
        Conflict: the case is closed, or lacks nothing.
    """
    with node.identity.read() as session:
        case = get_case(session, number)
        missing = missing_records(session, case, licensed=node.settings.worklist.require_licence)
        if not missing:
            raise Conflict(f"case {number} lacks nothing")
        spoken = _spoken(session, case.site, language)
        letter = next((_letter(spoken, study) for study in studies_of_case(session, case) if is_unfit(study)), "")
        days = words(spoken, "reminder.days", count=days_since(case.created_at, node.clock()))
    key = "images_and_report" if {"images", "report"} <= set(missing) else "again" if letter else missing[0]
    made = make_link(node, number, days=node.settings.desk.link_days, single_use=False, actor=actor)
    until, link = f"{made['expires_at']:%Y-%m-%d}", made["url"]
    text = words(spoken, f"reminder.{key}", case=number, days=days, until=until, link=link, letter=letter)
    besides = [each for each in ("report", "home") if each in missing and each not in key]
    text = "\n\n".join([text, *(words(spoken, f"reminder.and_{each}") for each in besides)])
    return {"case_number": number, "language": spoken, "missing": missing, "text": text, "link": link, "until": until}


def study_reminder(node: Node, study_uid: str, *, language: str | None, actor: str) -> dict[str, Any]:
    """Return the letter that asks for the report of a study without a case.

    Raises:
        NotFound: no such study.
        Malformed: no letters are written in that language.
        Conflict: the study has a case: the letter is about that.
    """
    with node.identity.write() as session:
        study = get_study(session, study_uid)
        if case_of(session, study.id) is not None:
            raise Conflict("the study has a case; ask for what the case lacks")
        spoken = _spoken(session, study.site, language)
        none = words(spoken, "reminder.none")
        text = words(
            spoken,
            "reminder.case",
            modality=study.modality or none,
            date=readable_date(study.study_date) or none,
            accession=study.accession_number or none,
            days=words(spoken, "reminder.days", count=days_since(study.received_at, node.clock())),
        )
        audit.note(session, node.clock, actor=actor, action="reminder-written", subject=study.study_uid)
    return {"study_uid": study_uid, "language": spoken, "missing": ["report"], "text": text}


def _spoken(session: Session, site: str, language: str | None) -> str:
    """Return in which language a letter is written: the site's own where none is said."""
    if not language:
        return language_of_site(session, site)
    if language not in LANGUAGES:
        raise Malformed(f"letters are written in {', '.join(LANGUAGES)}; without a language, in the hospital's own")
    return language


def _letter(language: str, study: Study) -> str:
    return fitness_letter(language, study.fitness["findings"])
