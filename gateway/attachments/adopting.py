"""A report that comes among the images is the report of its study's case, unless the case has one already.

That is a structured report, or the text of an encapsulated PDF or clinical document: such a document is never
published, and what it says reaches the readers as the words of a case do, cleaned. It leaves the case with its study: a
report of another patient must not stay behind. A report that the case gets in another way takes its place
(`gateway.case_reports.filing`).
"""

from sqlalchemy.orm import Session

from gateway.attachment_models import Attachment
from gateway.matching.index import case_changed
from gateway.models import Case, ReceivedObject, Study

ARRIVED = "sr:"  # what the parts of a report begin with that came with the images
_MOST_CHARACTERS = 400_000


def adopt_report(session: Session, attachment: Attachment, case_id: int | None) -> None:
    """Give a report the case of its study, and the case the report; take it from the case it had before."""
    part = f"{ARRIVED}{attachment.received_object_id}"
    before = attachment.case_id
    attachment.case_id = case_id
    if before is not None and before != case_id:
        _set_part(session, session.get_one(Case, before), part, "")
    if case_id is None or not attachment.text:
        return
    case = session.get_one(Case, case_id)
    if all(each.startswith(ARRIVED) for each in case.report_parts) and case.report_parts.get(part) != attachment.text:
        case.report_language = attachment.language or case.report_language
        case.report_date = attachment.report_date or case.report_date
        _set_part(session, case, part, attachment.text)
        _tell_study(session, attachment)


def _set_part(session: Session, case: Case, part: str, text: str) -> None:
    parts = {key: value for key, value in case.report_parts.items() if key != part} | ({part: text} if text else {})
    if parts != case.report_parts:
        case.report_parts = parts
        case.report_text = "\n\n".join(parts.values())[:_MOST_CHARACTERS]
        if not parts:
            case.report_language = case.report_date = ""
        session.flush()
        case_changed(session, case)


def _tell_study(session: Session, attachment: Attachment) -> None:
    """Let a study that is with the readers already get its report's words; one on its way gets them by itself."""
    row = session.get_one(ReceivedObject, attachment.received_object_id)
    study = session.get_one(Study, row.study_id)
    if study.state == "published":
        study.wanted_revision += 1
