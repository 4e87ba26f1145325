"""Which images a request or report of FHIR is about, and when they were made.

When a request asks that they be made (ServiceRequest.occurrence) is their day only once that has come: what is planned
may change, and images of another day would seem to be others. When it was written (authoredOn) says nothing of them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.case_reports.document import LONGEST_NUMBER
from gateway.case_reports.fhir.patient import day_of
from gateway.case_reports.fhir.references import Resources
from gateway.case_reports.fhir.resources import (
    DiagnosticReport,
    ImagingStudy,
    Patient,
    Period,
    Reference,
    ServiceRequest,
)

_UID_SYSTEM = "urn:dicom:uid"
_EAST = timedelta(hours=14)  # where a day begins first
_Raw = dict[str, Any]


def studies_of(
    resources: Resources,
    requests: Sequence[tuple[ServiceRequest, _Raw]],
    report: tuple[DiagnosticReport, _Raw] | None,
    subjects: Sequence[tuple[Reference, _Raw]],
) -> list[ImagingStudy]:
    """Return the imaging studies that a report or its requests refer to, and those that are based on these requests.

    The only one of a document is taken where neither says whose it is, it is not another patient's, and nothing else in
    the document may be meant: two cases that bear one study's UID would become one.
    """
    named = [(each, report[1]) for each in report[0].imagingStudy] if report else []
    named += [(each, raw) for request, raw in requests for each in request.supportingInfo]
    found = [study for each, raw in named if (study := resources.referred(each, ImagingStudy, raw))]
    every = resources.of(ImagingStudy)
    asked = {id(raw): _requests_of(resources, study, raw) for study, raw in every}
    found += [(study, raw) for study, raw in every if any(each in asked[id(raw)] for _, each in requests)]
    alone = _is_all(resources, requests, report)
    if not found and alone and len(every) == 1 and not asked[id(every[0][1])]:
        found = [each for each in every if _may_be_theirs(resources, each, subjects)]
    return list({id(raw): study for study, raw in found}.values())


def uids_of(
    studies: Iterable[ImagingStudy], requests: Iterable[ServiceRequest], report: DiagnosticReport | None
) -> list[str]:
    """Return the Study Instance UIDs of studies, and of those that are referred to by their UID alone."""
    referring = [*(report.imagingStudy if report else ()), *(each for one in requests for each in one.supportingInfo)]
    named = [(each.system, each.value) for study in studies for each in study.identifier]
    named += [(each.identifier.system, each.identifier.value) for each in referring]
    found = (value.removeprefix("urn:oid:") for system, value in named if system == _UID_SYSTEM)
    return list(dict.fromkeys(each for each in found if 0 < len(each) <= LONGEST_NUMBER))


def _requests_of(resources: Resources, study: ImagingStudy, raw: _Raw) -> list[_Raw]:
    based = (resources.referred(each, ServiceRequest, raw) for each in study.basedOn)
    return [each[1] for each in based if each is not None]


def _is_all(
    resources: Resources,
    requests: Sequence[tuple[ServiceRequest, _Raw]],
    report: tuple[DiagnosticReport, _Raw] | None,
) -> bool:
    """Say whether a document speaks of no other request or report than these."""
    these = [raw for _, raw in requests] + ([report[1]] if report else [])
    return all(raw in these for kind in (ServiceRequest, DiagnosticReport) for _, raw in resources.of(kind))


def _may_be_theirs(
    resources: Resources, study: tuple[ImagingStudy, _Raw], subjects: Iterable[tuple[Reference, _Raw]]
) -> bool:
    shown = resources.referred(study[0].subject, Patient, study[1])
    told = [found[1] for each, raw in subjects if (found := resources.referred(each, Patient, raw))]
    return shown is None or not told or shown[1] in told


def study_day(
    now: datetime,
    requests: Iterable[ServiceRequest],
    report: DiagnosticReport | None,
    studies: Iterable[ImagingStudy],
) -> str:
    """Return the day of an examination as YYYYMMDD, empty where it is not told or has not come yet."""
    made = [each.started for each in studies]
    if report is not None:
        made += [report.effectiveDateTime, *_days(report.effectivePeriod)]
    if known := next((day for each in made if (day := day_of(each))), ""):
        return known
    asked = (each for request in requests for each in (request.occurrenceDateTime, *_days(request.occurrencePeriod)))
    latest = (now + _EAST).strftime("%Y%m%d")
    return next((day for each in asked if (day := day_of(each)) and day <= latest), "")


def _days(period: Period) -> tuple[str, str]:
    return period.start, period.end
