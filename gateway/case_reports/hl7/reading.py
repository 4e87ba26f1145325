"""Which messages are read, and what each asks for: a literal table from message code and trigger event.

An order or a report files a case; an order that is cancelled closes it; ADT corrects who a patient is, or says that two
identifiers are of one patient, or are not (HL7 2.5.1 sections 3.3.8, 3.3.31, 3.3.37, 3.3.40, 3.3.47, 4.4.1, 4.4.6,
4.4.8 and 7.3.1).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from config.errors import Malformed, NotOffered
from gateway.case_reports.document import Identifier, PatientPart, build_document
from gateway.case_reports.hl7.message import Message, Segment
from gateway.case_reports.hl7.orders import (
    Order,
    accessions_of,
    ended_among,
    numbers_of,
    opened,
    orders_of,
    read_orders,
)
from gateway.case_reports.hl7.patient import (
    former_names,
    identifiers,
    read_patient,
    read_payer,
    read_residence,
    remark_on_birth,
)
from gateway.case_reports.hl7.results import ReadEnclosure, read_result
from gateway.case_reports.made_at import clearest
from gateway.case_reports.parts import Does, Part, digest_of

_Group = tuple[Segment, tuple[Segment, ...]]
_Read = Callable[[Message, str, ReadEnclosure], list[Part]]
_MOST_PATIENTS = 200


class UnknownMessage(NotOffered):
    """A message of a kind that is not read here (HL7 table 0357: 200 and 201)."""


class MissingSegment(Malformed):
    """A message without a segment or field that it needs (HL7 table 0357: 100 and 101)."""


def read_parts(message: Message, digest: str, read_enclosure: ReadEnclosure) -> list[Part]:
    """Return what a message says, one part for each patient.

    Raises:
        UnknownMessage: of another kind than those in the table.
        MissingSegment: no patient, or no patient identifier where one is needed.
        Malformed: a value that a case cannot hold.
    """
    code, event = message.header.text(9), message.header.text(9, 2)
    read = _READERS.get(f"{code}^{event}") or _READERS.get(code)
    if read is None:
        kinds = ", ".join(sorted(_READERS))
        raise UnknownMessage(f"this kind of message is not read; {kinds} are")
    made_at = _made_at(message)
    return [replace(part, made_at=made_at) for part in read(message, digest, read_enclosure)]


def _made_at(message: Message) -> str:
    """Return when a message was made (MSH-7); where that is not told, or as a day, when it was recorded (EVN-2)."""
    event = message.first("EVN")
    return clearest(message.header.text(7), event.text(2) if event is not None else "")


def _orders(message: Message, digest: str, _read_enclosure: ReadEnclosure) -> list[Part]:
    """Return one part for each imaging service request: the orders of a patient that share their accession number.

    Of these the ones that are cancelled or replaced are a part of their own, and come first.
    """
    parts: list[Part] = []
    for pid, segments in _patients(message):
        about = _about(message, pid)
        requests: dict[tuple[bool, tuple[str, ...]], list[Order]] = {}
        asked_for = orders_of(segments)
        gone = ended_among(asked_for)
        for order in (*gone, *(each for each in asked_for if each not in gone)):
            requests.setdefault((order in gone, tuple(accessions_of(order))), []).append(order)
        if not requests:
            raise MissingSegment("the message has no ORC and no OBR: nothing is asked for")
        for (ended, _), orders in requests.items():
            asked = read_orders(orders, _visit(segments), notes_ask=True)
            does: Does = "cancel" if ended else "file"
            document = build_document(about | asked, what="the message's ")
            number = len(parts) + 1
            parts.append(
                Part(
                    f"order {number}",
                    digest_of(digest, str(number)),
                    document,
                    does=does,
                    opens=opened(orders),
                    residence=read_residence(pid)[1],
                    remark=remark_on_birth(pid),
                )
            )
    return parts


def _results(message: Message, digest: str, read_enclosure: ReadEnclosure) -> list[Part]:
    """Return one part for each order that was reported: each is told from the others by its number."""
    parts: list[Part] = []
    for pid, segments in _patients(message):
        patient = _about(message, pid)
        orders, numbers = orders_of(segments), _numbers(pid, segments)
        if not any(order.obr for order in orders):
            raise MissingSegment("the message has no OBR: nothing was reported")
        for order in orders:
            if order.obr is None:
                continue
            result = read_result(order, read_enclosure)
            asked = read_orders([order], _visit(segments), notes_ask=False)
            names = [each["id"] for each in numbers_of(order)]
            report = {"text": result.text[:200_000], "date": result.date, "order": names[-1] if names else ""}
            told = result.text or result.stage == "withdrawn"
            about = patient | asked | {"report": report if told else None}
            document = build_document(about, what="the message's ")
            number = len(parts) + 1
            parts.append(
                Part(
                    f"report {number}",
                    digest_of(digest, str(number)),
                    document,
                    answers=True,
                    enclosures=result.enclosures,
                    texts=result.texts,
                    numbers=numbers,
                    stage=result.stage,
                    unread=result.unread,
                    residence=read_residence(pid)[1],
                    remark=remark_on_birth(pid),
                )
            )
    return parts


def _correction(message: Message, digest: str, _read_enclosure: ReadEnclosure) -> list[Part]:
    pid = message.first("PID")
    if pid is None:
        raise MissingSegment("the message has no PID")
    jurisdiction, residence = read_residence(pid)
    document = build_document({"patient": _named(pid), "jurisdiction": jurisdiction})
    remark = remark_on_birth(pid)
    return [Part("patient 1", digest_of(digest, "1"), document, does="correct", residence=residence, remark=remark)]


def _merge(message: Message, digest: str, _read_enclosure: ReadEnclosure) -> list[Part]:
    """Return each pair of PID and MRG: who the patient is, and by which identifiers they were known before."""
    parts: list[Part] = []
    pid: Segment | None = None
    named: dict[str, Any] | None = None
    for segment in message.segments:
        if segment.name == "PID":
            pid, named = segment, None
        elif segment.name == "MRG" and pid is not None:
            old = tuple(Identifier.model_validate(each) for each in identifiers(segment, (1, 4)))
            if not old:
                raise MissingSegment("MRG-1 names no identifier")
            number = len(parts) + 1
            named = named or _named(pid)
            jurisdiction, residence = read_residence(pid)
            document = build_document({"patient": named, "jurisdiction": jurisdiction})
            parts.append(
                Part(
                    f"patient {number}",
                    digest_of(digest, str(number)),
                    document,
                    does="merge",
                    old_ids=old,
                    old_names=former_names(segment),
                    residence=residence,
                )
            )
    if not parts:
        raise MissingSegment("the message has no PID with an MRG after it")
    return parts


def _unmerge(message: Message, digest: str, _read_enclosure: ReadEnclosure) -> list[Part]:
    """Return the two PIDs of which neither is the other's patient any more."""
    patients = [segment for segment in message.segments if segment.name == "PID"]
    if len(patients) != 2:
        raise MissingSegment("the message needs two PIDs, one for each patient")
    one, other = (_named(each) for each in patients)
    return [
        Part(
            "patient 1",
            digest_of(digest, "1"),
            build_document({"patient": one}),
            does="unmerge",
            old_ids=PatientPart.model_validate(other).ids,
        )
    ]


def _numbers(pid: Segment, segments: tuple[Segment, ...]) -> frozenset[str]:
    """Return all numbers that a message tells of a patient, their account and visit, and of all their orders."""
    found = [each["id"] for each in identifiers(pid, (2, 3, 4, 18))]
    found += [each["id"] for visit in segments if visit.name == "PV1" for each in identifiers(visit, (5, 19, 50))]
    for order in orders_of(segments):
        found += [*(each["id"] for each in numbers_of(order)), *accessions_of(order)]
    return frozenset([*found, pid.text(19)]) - {""}


def _named(pid: Segment) -> dict[str, Any]:
    patient = read_patient(pid)
    if not PatientPart.model_validate(patient).ids:
        raise MissingSegment("PID-3 names no identifier")
    return patient


def _about(message: Message, pid: Segment) -> dict[str, Any]:
    return {
        "patient": read_patient(pid),
        "payer": read_payer(message),
        "jurisdiction": read_residence(pid)[0],
    }


def _patients(message: Message) -> list[_Group]:
    groups: list[tuple[Segment, list[Segment]]] = []
    for segment in message.segments:
        if segment.name == "PID":
            groups.append((segment, []))
        elif groups:
            groups[-1][1].append(segment)
    if not groups:
        raise MissingSegment("the message has no PID")
    if len(groups) > _MOST_PATIENTS:
        raise Malformed(f"a message may have {_MOST_PATIENTS} patients")
    return [(pid, tuple(segments)) for pid, segments in groups]


def _visit(segments: tuple[Segment, ...]) -> Segment | None:
    return next((each for each in segments if each.name == "PV1"), None)


_READERS: Mapping[str, _Read] = MappingProxyType(
    {
        "ORM^O01": _orders,
        "OMI^O23": _orders,
        "OMG^O19": _orders,
        "ORU^R01": _results,
        "ADT^A08": _correction,
        "ADT^A31": _correction,
        "ADT^A37": _unmerge,
        "ADT^A40": _merge,
        "ADT^A47": _merge,
    }
)
