"""Which cases a FHIR document speaks of: each report with the request it answers, and each request by itself.

A request that is revoked closes its case, and a report that is cancelled or entered in error leaves it. A document's
patient must stand in it: an identifier alone says nobody.
"""

import json
from collections.abc import Iterable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any, NamedTuple

from config.errors import Malformed, SenderFault
from gateway.case_reports.document import build_document
from gateway.case_reports.fhir.attachments import plain_text, read_form
from gateway.case_reports.fhir.examinations import studies_of, study_day, uids_of
from gateway.case_reports.fhir.patient import day_of, person_name, read_patient, read_residence, remark_on_birth
from gateway.case_reports.fhir.references import Resources
from gateway.case_reports.fhir.resources import (
    CodeableConcept,
    DiagnosticReport,
    Identifier,
    ImagingStudy,
    Patient,
    Practitioner,
    PractitionerRole,
    Reference,
    ServiceRequest,
)
from gateway.case_reports.hl7.orders import modality_of
from gateway.case_reports.made_at import from_instant, made_before
from gateway.case_reports.parts import Does, Enclosure, Part, Stage, digest_of
from gateway.case_reports.residence import Residence
from gateway.node import Node

_MODALITY_SYSTEM = "http://dicom.nema.org/resources/ontology/DCM"
_CANCELLED = frozenset({"revoked", "entered-in-error"})
_STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        **dict.fromkeys(("cancelled", "entered-in-error"), "withdrawn"),
        **dict.fromkeys(("registered", "partial", "preliminary"), "preliminary"),
    }
)
_Raw = dict[str, Any]


class _Said(NamedTuple):
    """What a document says of one case: our case JSON, where the patient lives, what its sender should know of it, the
    texts of its report, and enclosures.
    """

    value: _Raw
    residence: Residence
    remark: str
    texts: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


def read_fhir(node: Node, payload: bytes) -> list[Part]:
    """Return the parts of a FHIR document, one for each case.

    Raises:
        Malformed: no JSON, no resource, or none that makes a case.
    """
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        raise Malformed("the FHIR document is not JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
        raise Malformed("the FHIR document is no resource: it has no resourceType")
    resources = Resources(document)
    requests = resources.of(ServiceRequest)
    reports = resources.of(DiagnosticReport)
    if not requests and not reports:
        raise Malformed("a case is made of a ServiceRequest or a DiagnosticReport, alone or in a Bundle: there is none")
    answered: list[_Raw] = []
    parts: list[Part] = []
    for report, raw in reports:
        based = [found for each in report.basedOn if (found := resources.referred(each, ServiceRequest, raw))]
        if not based and len(reports) == len(requests) == 1:
            based = requests
        answered += [each for _, each in based]
        parts.append(_part(node, resources, based, (report, raw), len(parts)))
    for request in requests:
        if request[1] not in answered:
            parts.append(_part(node, resources, [request], None, len(parts)))
    return parts


def _part(
    node: Node,
    resources: Resources,
    requests: list[tuple[ServiceRequest, _Raw]],
    report: tuple[DiagnosticReport, _Raw] | None,
    number: int,
) -> Part:
    holders = [raw for _, raw in requests] + ([report[1]] if report else [])
    place = f"{holders[-1]['resourceType']} {number + 1}"
    digest = digest_of("fhir", *(_canonical(each) for each in holders))
    try:
        said = _case(node, resources, requests, report)
        digest = digest_of(digest, json.dumps(said.value["patient"], sort_keys=True))
        document = build_document(said.value, what="what the FHIR document says of the ")
    except SenderFault as problem:
        return Part(place, digest, problem=problem)
    revoked = report is None and all(request.status in _CANCELLED for request, _ in requests)
    does: Does = "cancel" if revoked else "file"
    active = report is None and any(request.status == "active" for request, _ in requests)
    return Part(
        place,
        digest,
        document,
        does=does,
        opens=active,
        made_at=_made_at(holders, [raw for _, raw in resources.of(Patient)]),
        enclosures=said.enclosures,
        texts=said.texts,
        stage=_STAGES.get(report[0].status, "") if report else "",
        residence=said.residence,
        remark=said.remark,
    )


def _case(
    node: Node,
    resources: Resources,
    requests: list[tuple[ServiceRequest, _Raw]],
    report: tuple[DiagnosticReport, _Raw] | None,
) -> _Said:
    subjects = [(each.subject, raw) for each, raw in requests] + ([(report[0].subject, report[1])] if report else [])
    patient = _patient(resources, subjects)
    (jurisdiction, residence), remark = read_residence(patient.address), remark_on_birth(patient)
    identifiers = [each for request, _ in requests for each in _identifiers(request)]
    identifiers += [*report[0].identifier, *_answered(report[0])] if report else []
    studies = studies_of(resources, requests, report, subjects)
    asked, answer = [each for each, _ in requests], report[0] if report else None
    codes = [code for request, _ in requests for code in (*request.category, request.code, *request.orderDetail)]
    codes += [*report[0].category, report[0].code] if report else []
    shown = [modality_of(each.code) for study in studies for each in study.modality]
    modality = _first((*map(_modality, codes), *shown))
    value: _Raw = {
        "patient": read_patient(patient),
        "accession_numbers": _accessions(identifiers, studies),
        "accession_issuers": _accession_issuers(identifiers, studies),
        "study_uids": uids_of(studies, asked, answer),
        "orders": [{"id": each.value, "issuer": each.issuer} for each in identifiers if _is_order(each)],
        "study_date": study_day(node.clock(), asked, answer, studies),
        "modality": modality,
        "requested_studies": _requested(requests, studies, modality),
        "question": "\n".join(text for request, _ in requests for text in _questions(request)),
        "referrer": next((name for request, raw in requests if (name := _requester(resources, request, raw))), ""),
        "payer": "insurer" if any(request.insurance for request, _ in requests) else "",
        "jurisdiction": jurisdiction,
    }
    if report is None:
        return _Said(value, residence, remark)
    value["report"], texts, enclosures = _report(node, report[0], identifiers)
    return _Said(value, residence, remark, texts, enclosures)


def _made_at(holders: list[_Raw], patients: list[_Raw]) -> str:
    """Return when requests and report were changed last (R4 Meta.lastUpdated), empty where one of them tells it not.

    Their patient may have been changed since, who is known where there is one only.
    """
    told = [_last_updated(each) for each in holders]
    if not all(told):
        return ""
    told += [at for each in patients if len(patients) == 1 and (at := _last_updated(each))]
    return reduce(lambda one, other: other if made_before(one, other) else one, told)


def _last_updated(resource: _Raw) -> str:
    meta = resource.get("meta")
    told = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return from_instant(told) if isinstance(told, str) else ""


def _patient(resources: Resources, subjects: list[tuple[Reference, _Raw]]) -> Patient:
    found = [one for subject, raw in subjects if (one := resources.referred(subject, Patient, raw))]
    if not found:
        alone = resources.of(Patient)
        if len(alone) != 1 or any(subject.reference for subject, _ in subjects):
            raise Malformed("the subject is no Patient that stands in the document: contain it or send a Bundle")
        found = alone
    if any(raw != found[0][1] for _, raw in found):
        raise Malformed("the report and the request it answers are about two patients")
    return found[0][0]


def _report(
    node: Node, report: DiagnosticReport, identifiers: list[Identifier]
) -> tuple[_Raw | None, tuple[str, ...], tuple[Enclosure, ...]]:
    own = next((each.value for each in report.identifier if _is_order(each)), "")[:128]
    if _STAGES.get(report.status) == "withdrawn":
        return {"text": "", "order": own}, (), ()
    read = [read_form(node, form) for form in report.presentedForm]
    texts = [text for text, _ in read if text]
    if report.conclusion and not any(report.conclusion in text for text in texts):
        texts.append(report.conclusion)
    texts += [words for each in report.conclusionCode if not texts and (words := each.words)]
    if not texts and report.text is not None:
        texts = [plain_text(report.text.div)]
    enclosures = tuple(enclosure for _, enclosure in read if enclosure is not None)
    text = "\n\n".join(texts).strip()[:200_000]
    if not text:
        return None, (), enclosures
    language = report.language or next((form.language for form in report.presentedForm if form.language), "")
    issued = next((day for each in (report.issued, *_creations(report)) if (day := day_of(each))), "")
    value = {"text": text, "language": language[:16], "date": issued, "order": own}
    return value, tuple(texts), enclosures


def _creations(report: DiagnosticReport) -> list[str]:
    return [form.creation for form in report.presentedForm]


def _identifiers(request: ServiceRequest) -> list[Identifier]:
    return [*request.identifier, *([request.requisition] if request.requisition else [])]


def _answered(report: DiagnosticReport) -> list[Identifier]:
    """Return the numbers by which a report names requests that may stand elsewhere (R4 references, logical ones)."""
    named = [each.identifier for each in report.basedOn if each.identifier.value]
    return [Identifier(type=each.type, system=each.system, value=each.value) for each in named]


def _is_order(identifier: Identifier) -> bool:
    return bool(identifier.value) and len(identifier.value) <= 128 and not identifier.is_of("ACSN")


def _accessions(identifiers: list[Identifier], studies: list[ImagingStudy]) -> list[str]:
    return list(dict.fromkeys(each.value for each in _of_accessions(identifiers, studies)))


def _accession_issuers(identifiers: list[Identifier], studies: list[ImagingStudy]) -> list[_Raw]:
    """Return who issued the accession numbers, by system and by the assigner's name."""
    told = [
        (each.value, issuer)
        for each in _of_accessions(identifiers, studies)
        for issuer in (each.system.removeprefix("urn:oid:")[:128], each.assigner.display[:128])
        if issuer
    ]
    return [{"id": value, "issuer": issuer} for value, issuer in dict.fromkeys(told)]


def _of_accessions(identifiers: list[Identifier], studies: list[ImagingStudy]) -> list[Identifier]:
    every = identifiers + [each for study in studies for each in study.identifier]
    return [each for each in every if each.is_of("ACSN") and 0 < len(each.value) <= 64]


def _requested(requests: list[tuple[ServiceRequest, _Raw]], studies: list[ImagingStudy], modality: str) -> list[_Raw]:
    counted = studies[0] if len(studies) == 1 else None
    return [
        {
            "modality": _first(_modality(each) for each in (request.code, *request.orderDetail)) or modality,
            "body_part": next((each.words for each in request.bodySite), "")[:64],
            "description": request.code.words[:1000],
            "accession_number": next((each.value for each in _identifiers(request) if each.is_of("ACSN")), "")[:64],
            "series": (counted.numberOfSeries or None) if counted else None,
            "instances": (counted.numberOfInstances or None) if counted else None,
        }
        for request, _ in requests
    ]


def _first(values: Iterable[str]) -> str:
    return next((each for each in values if each), "")


def _modality(code: CodeableConcept) -> str:
    return next((modality_of(each.code) for each in code.coding if each.system == _MODALITY_SYSTEM), "")


def _questions(request: ServiceRequest) -> list[str]:
    return [text for text in (*(each.words for each in request.reasonCode), *(n.text for n in request.note)) if text]


def _requester(resources: Resources, request: ServiceRequest, raw: _Raw) -> str:
    reference, holder = request.requester, raw
    role = resources.referred(reference, PractitionerRole, raw)
    if role is not None:
        reference = role[0].practitioner
    found = resources.referred(reference, Practitioner, holder)
    named = next((text for each in found[0].name if (text := person_name(each))), "") if found else ""
    return (named or reference.display or request.requester.display)[:500]


def _canonical(resource: _Raw) -> str:
    return json.dumps({key: value for key, value in resource.items() if key != "meta"}, sort_keys=True)
