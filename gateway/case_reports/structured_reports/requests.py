"""What a structured report says it answers: the requests, and the studies whose images it was made of.

Referenced Request Sequence and Current Requested Procedure Evidence Sequence (PS3.3 section C.17.2). Pertinent Other
Evidence Sequence is of former examinations and says nothing of this one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from pydicom import Dataset
from pydicom.sequence import Sequence

from config.errors import Malformed
from config.identifiers import UID
from gateway.bounded_reading import read_head
from gateway.case_reports.document import LONGEST_NUMBER
from gateway.case_reports.hl7.distinct import distinct
from gateway.case_reports.modality_words import modality_in

_READ = (
    "SpecificCharacterSet",
    "ReferencedRequestSequence",
    "CurrentRequestedProcedureEvidenceSequence",
    "CompletionFlag",
    "PreliminaryFlag",
)
_ORDERS = (
    ("placer", "PlacerOrderNumberImagingServiceRequest", "OrderPlacerIdentifierSequence"),
    ("filler", "FillerOrderNumberImagingServiceRequest", "OrderFillerIdentifierSequence"),
)
_ISSUERS = ("LocalNamespaceEntityID", "UniversalEntityID")
_MOST = 20
_LONGEST_ID = 128


@dataclass(frozen=True)
class Requests:
    """What a report answers, as our case JSON writes it; `numbers` are all that its requests bear.

    The filler's order numbers stand before the placer's, as a result in HL7 v2 is filed under them.
    """

    accession_numbers: tuple[str, ...] = ()
    accession_issuers: tuple[dict[str, str], ...] = ()
    study_uids: tuple[str, ...] = ()
    orders: tuple[dict[str, str], ...] = ()
    studies: tuple[dict[str, str], ...] = ()
    question: str = ""
    numbers: frozenset[str] = frozenset()
    is_preliminary: bool = False

    @property
    def modality(self) -> str:
        """Return the modality of what was requested, empty where none or several are named."""
        found = {each["modality"] for each in self.studies} - {""}
        return found.pop() if len(found) == 1 else ""


def read_requests(payload: bytes) -> Requests:
    """Return what a structured report says that it answers; what cannot be read says nothing."""
    try:
        dataset = read_head(BytesIO(payload), _READ)
        return _requests(dataset)
    except Exception:  # noqa: BLE001 - the parser meets a stranger's bytes; the report's words are read without it
        return Requests()


def _requests(dataset: Dataset) -> Requests:
    items = _items(dataset, "ReferencedRequestSequence")[:_MOST]
    evidence = [_uid(each) for each in _items(dataset, "CurrentRequestedProcedureEvidenceSequence")[:_MOST]]
    accessions = [found for each in items if (found := _text(each, "AccessionNumber"))]
    orders = sorted((found for each in items for found in _orders(each)), key=lambda each: each["issuer"])
    ids = [_text(each, "RequestedProcedureID") for each in items]
    return Requests(
        accession_numbers=tuple(distinct(accessions)),
        accession_issuers=tuple(distinct(found for each in items for found in _accession_issuers(each))),
        study_uids=tuple(distinct(filter(None, (*map(_uid, items), *evidence)))),
        orders=tuple(distinct(orders)),
        studies=tuple(distinct(each for each in map(_study, items) if any(each.values()))),
        question="\n".join(distinct(filter(None, map(_reason, items))))[:20_000],
        numbers=frozenset({*accessions, *ids, *(each["id"] for each in orders)} - {""}),
        is_preliminary=_text(dataset, "PreliminaryFlag") == "PRELIMINARY"
        or _text(dataset, "CompletionFlag") == "PARTIAL",
    )


def _study(item: Dataset) -> dict[str, str]:
    described = _text(item, "RequestedProcedureDescription", 1000) or _meaning(item, "RequestedProcedureCodeSequence")
    return {
        "modality": modality_in(described),
        "description": described,
        "accession_number": _text(item, "AccessionNumber"),
        "study_uid": _uid(item),
    }


def _orders(item: Dataset) -> Iterator[dict[str, str]]:
    for role, keyword, issuers in _ORDERS:
        if number := _text(item, keyword, _LONGEST_ID):
            issuer = next(
                (found for each in _items(item, issuers) for name in _ISSUERS if (found := _text(each, name))), ""
            )
            yield {"id": number, "issuer": f"{role}:{issuer}".rstrip(":")[:_LONGEST_ID]}


def _accession_issuers(item: Dataset) -> Iterator[dict[str, str]]:
    number = _text(item, "AccessionNumber")
    for each in _items(item, "IssuerOfAccessionNumberSequence"):
        for name in _ISSUERS:
            if number and (issuer := _text(each, name, _LONGEST_ID)):
                yield {"id": number, "issuer": issuer}


def _reason(item: Dataset) -> str:
    said = _text(item, "ReasonForTheRequestedProcedure", 1000)
    return said or _meaning(item, "ReasonForRequestedProcedureCodeSequence")


def _meaning(item: Dataset, keyword: str) -> str:
    return next((found for each in _items(item, keyword) if (found := _text(each, "CodeMeaning"))), "")


def _uid(item: Dataset) -> str:
    try:
        return UID(_text(item, "StudyInstanceUID")).value
    except Malformed:
        return ""


def _items(dataset: Dataset, keyword: str) -> list[Dataset]:
    value = dataset.get(keyword)
    return list(value) if isinstance(value, Sequence) else []


def _text(dataset: Dataset, keyword: str, most: int = LONGEST_NUMBER) -> str:
    value = dataset.get(keyword)
    text = " ".join(str(value).replace("\0", "").split()) if value is not None else ""
    return text if len(text) <= most else ""
