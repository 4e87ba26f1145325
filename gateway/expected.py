"""How much of a study is to come, where its case says so, and whether all of it has.

A case (of an order, a FHIR ImagingStudy, a list, our JSON) may say how many series and instances were made. That many
instances are a sign that the study is whole, and fewer that it is not. It is believed of one study alone: the one that
the count names by Study Instance UID or accession number, or the only one that the case asks for. What several cases
say differently nobody believes. A number of series alone cannot say that the last of them is complete, only that one
is still to come.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gateway.case_models import CaseKey
from gateway.models import Case, ReceivedObject, Study


@dataclass(frozen=True, slots=True)
class Expected:
    """The numbers of series and instances of a study, None where nobody says."""

    series: int | None
    instances: int | None


def expected_of(session: Session, study: Study) -> Expected | None:
    """Return how much of a study is to come, None where no case says or two disagree."""
    keys = [f"study:{study.study_instance_uid}"]
    if study.accession_number:
        keys.append(f"accession:{study.accession_number}")
    named = select(CaseKey.case_id).where(CaseKey.site == study.site, CaseKey.key.in_(keys))
    asked = session.scalars(
        select(Case.requested_studies).where(Case.id.in_(named), Case.state == "open", Case.merged_into_id.is_(None))
    )
    found = {counted for requested in asked if (counted := _counted(requested, study)) is not None}
    return found.pop() if len(found) == 1 else None


def has_come(session: Session, study: Study, expected: Expected) -> bool | None:
    """Say whether all of a study has come; None where that cannot be told yet and nothing says the contrary."""
    instances, series = session.execute(
        select(func.count(), func.count(ReceivedObject.series_instance_uid.distinct())).where(
            ReceivedObject.study_id == study.id, ReceivedObject.first
        )
    ).one()
    if (expected.series or 0) > series or (expected.instances or 0) > instances:
        return False
    return True if expected.instances else None


def count_complete_as_whole(session: Session, studies: Iterable[Study]) -> None:
    """Let studies count as whole now of which as much has come as their cases say."""
    for study in studies:
        expected = expected_of(session, study) if study.settling else None
        if expected is not None and has_come(session, study, expected):
            study.whole_at = study.last_received_at


def count_named_as_whole(session: Session, cases: Sequence[Case]) -> None:
    """Look again at the studies that still settle and that cases, which are new or changed, name."""
    for case in cases:
        if not any(each.get("instances") for each in case.requested_studies):
            continue
        named = or_(
            Study.study_instance_uid.in_(case.study_uids),
            Study.accession_number.in_([*filter(None, case.accession_numbers)]),
        )
        waiting = select(Study).where(Study.site == case.site, Study.settling, named)
        count_complete_as_whole(session, session.scalars(waiting))


def is_known_incomplete(session: Session, study: Study) -> bool:
    """Say whether less of a study has come than its case says."""
    expected = expected_of(session, study)
    return expected is not None and has_come(session, study, expected) is False


def _counted(requested: list[dict[str, Any]], study: Study) -> Expected | None:
    """Return what the requested studies of a case say of one study."""
    mine = [each for each in requested if _names(each, study)]
    if not mine and len(requested) == 1 and not (requested[0].get("study_uid") or requested[0].get("accession_number")):
        mine = requested
    if len(mine) != 1:
        return None
    series, instances = mine[0].get("series"), mine[0].get("instances")
    return Expected(series, instances) if series or instances else None


def _names(requested: Mapping[str, Any], study: Study) -> bool:
    """Say whether a requested study is this one: by UID, else by an accession number and no other modality."""
    if uid := requested.get("study_uid"):
        return bool(uid == study.study_instance_uid)
    if not study.accession_number or requested.get("accession_number") != study.accession_number:
        return False
    modality = requested.get("modality")
    return not modality or not study.modality or modality == study.modality
