"""ORC, OBR, IPC, ZDS and their notes: which studies are asked for, why, and by whom.

Sections 4.5.1 (ORC), 4.5.3 (OBR) and 4.5.6 (IPC) of HL7 2.5.1; ZDS is the segment that the IHE Technical Framework
(volume 2, RAD-4) adds to ORM for the Study Instance UID. Both shapes are read in any message: systems send an order of
the old form under the name of the new one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from gateway.case_reports.hl7.distinct import distinct
from gateway.case_reports.hl7.message import Segment
from gateway.case_reports.hl7.patient import date_of, read_person

_MODALITIES = """AR ASMT BDUS BI BMD CR CT DG DX ECG EEG ES GM IO IVOCT IVUS LS MG MR NM OCT OP OT PT PX RF RG SM TG
US XA XC"""
MODALITIES = frozenset(_MODALITIES.split())
_SERVICES: Mapping[str, str] = MappingProxyType(  # HL7 table 0074
    {"NMR": "MR", "RUS": "US", "OUS": "US", "VUS": "US", "CUS": "US", "NMS": "NM", "RX": "DX", "XRC": "XA", "MRI": "MR"}
)
_UID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*)){2,}")
_LONGEST_ACCESSION = 64
_LONGEST_SH = 16
_CANCELLED = frozenset({"CA", "OC", "CR", "DC", "OD", "DR"})  # HL7 table 0119
_CHANGED = frozenset({"SC", "XO", "XX"})  # of the same table
_ENDED = frozenset({"CA", "DC"})  # HL7 table 0038, ORC-5
_REPLACED = frozenset({"RP", "RU", "RQ"})  # of table 0119
_REPLACEMENT = "RO"
_NEW = frozenset({"NW", "SN", _REPLACEMENT})
_STUDY_CODE = "113014"  # DCM, DICOM Study


@dataclass
class Order:
    """One order of a message, with its segments gathered."""

    orc: Segment | None = None
    obr: Segment | None = None
    others: list[Segment] = field(default_factory=list)

    def of(self, name: str) -> list[Segment]:
        """Return the order's segments of a name."""
        return [each for each in self.others if each.name == name]


def orders_of(segments: tuple[Segment, ...]) -> list[Order]:
    """Gather segments into orders: each ORC begins one, and each OBR without an ORC of its own."""
    orders: list[Order] = []
    for segment in segments:
        if segment.name == "ORC":
            orders.append(Order(orc=segment))
        elif segment.name == "OBR":
            if not orders or orders[-1].obr is not None:
                orders.append(Order())
            orders[-1].obr = segment
        elif orders:
            orders[-1].others.append(segment)
    return orders


def read_orders(orders: list[Order], visit: Segment | None, *, notes_ask: bool) -> dict[str, Any]:
    """Return what some orders ask for, as our case JSON writes it; `visit` is PV1, which names the referring doctor.

    With an order the notes (NTE) belong to what is asked, with a result to the report.
    """
    requested = [each for order in orders for each in _requested(order)]
    accessions = distinct([a for order in orders for a in accessions_of(order)])
    referrers = [read_person(order.obr, 16) for order in orders if order.obr is not None]
    referrers += [read_person(order.orc, 12) for order in orders if order.orc is not None]
    referrers += [read_person(visit, 8)] if visit is not None else []
    modalities = distinct([each["modality"] for each in requested if each["modality"]])
    return {
        "orders": distinct([each for order in orders for each in numbers_of(order)])[:100],
        "accession_numbers": accessions[:100],
        "accession_issuers": distinct([each for order in orders for each in accession_issuers_of(order)])[:200],
        "study_uids": distinct([uid for order in orders for uid in study_uids_of(order)])[:100],
        "study_date": next((found for o in orders if o.obr and (found := date_of(o.obr.text(7)))), ""),
        "modality": modalities[0] if len(modalities) == 1 else "",
        "requested_studies": requested[:100],
        "question": "\n".join(distinct(q for o in orders for q in _questions(o, notes_ask=notes_ask)))[:20_000],
        "referrer": next((each for each in referrers if each), ""),
    }


def ended_among(orders: Sequence[Order]) -> list[Order]:
    """Return which of a patient's orders are cancelled (ORC-1, or ORC-5 of a change), or replaced by another of them.

    One that is replaced, and no replacement named, is an order that changes (4.4.1.2).
    """
    replaced = _REPLACED if any(_control(each) == _REPLACEMENT for each in orders) else frozenset()
    return [each for each in orders if _is_cancelled(each) or _control(each) in replaced]


def opened(orders: list[Order]) -> bool:
    """Say whether one of some orders is given anew (ORC-1)."""
    return any(_control(each) in _NEW for each in orders)


def _control(order: Order) -> str:
    return order.orc.text(1).upper() if order.orc is not None else ""


def _is_cancelled(order: Order) -> bool:
    control, status = _control(order), order.orc.text(5).upper() if order.orc is not None else ""
    return control in _CANCELLED or (control in _CHANGED and status in _ENDED)


def numbers_of(order: Order) -> list[dict[str, str]]:
    """Return the placer's and the filler's order number, each with who assigned it."""
    found = []
    for position, role in ((2, "placer"), (3, "filler")):
        for segment in (order.orc, order.obr):
            number = segment.text(position) if segment is not None else ""
            if segment is not None and 0 < len(number) <= 128:
                issuer = f"{role}:{segment.text(position, 2)}".rstrip(":")[:128]
                found.append({"id": number, "issuer": issuer})
    return distinct(found)


def accessions_of(order: Order) -> list[str]:
    """Return the accession numbers of an order: IPC-1 or OBR-18, else the filler's number where it could be one."""
    found = [each.text(1) for each in order.of("IPC")]
    found += [order.obr.text(18)] if order.obr is not None else []
    found = [each for each in found if each]
    if not found:
        fillers = [s.text(3) for s in (order.obr, order.orc) if s is not None]
        found = [each for each in fillers if each and len(each) <= _LONGEST_SH]
    return distinct([each for each in found if len(each) <= _LONGEST_ACCESSION])


def accession_issuers_of(order: Order) -> list[dict[str, str]]:
    """Return who assigned the accession numbers of an order: namespace and universal identifier of an EI (2.A.28).

    OBR-18 has no such components, so that a number told there is the site's own.
    """
    numbers = set(accessions_of(order))
    fields = [(each, 1) for each in order.of("IPC")]
    fields += [(segment, 3) for segment in (order.obr, order.orc) if segment is not None]
    told = [
        {"id": segment.text(position), "issuer": issuer[:128]}
        for segment, position in fields
        for issuer in (segment.text(position, 2), segment.text(position, 3))
        if issuer and segment.text(position) in numbers
    ]
    return distinct(told)


def study_uids_of(order: Order) -> list[str]:
    """Return the Study Instance UIDs of an order: IPC-3, ZDS-1, and observations that say they are one."""
    found = [each.text(3) for each in order.of("IPC")] + [each.text(1) for each in order.of("ZDS")]
    for obx in order.of("OBX"):
        named = f"{obx.text(3, 2)} {obx.text(3, 5)}".casefold()
        if (obx.text(3), obx.text(3, 3)) == (_STUDY_CODE, "DCM") or "study instance uid" in named:
            found.append(obx.text(5))
    return distinct([each for each in found if len(each) <= _LONGEST_ACCESSION and _UID.fullmatch(each)])


def modality_of(text: str) -> str:
    """Return the modality that a code of DICOM or of HL7 table 0074 stands for, empty for none."""
    code = text.strip().upper()
    code = _SERVICES.get(code, code)
    return code if code in MODALITIES else ""


def _requested(order: Order) -> list[dict[str, Any]]:
    obr = order.obr
    described = "" if obr is None else obr.text(4, 2) or obr.text(4, 5) or obr.text(4)
    common = {
        "description": described[:1000],
        "body_part": "" if obr is None else (obr.text(15, 4) or "")[:64],
        "modality": "" if obr is None else modality_of(obr.text(24)),
    }
    steps = order.of("IPC")
    if not steps:
        accessions, uids = accessions_of(order), study_uids_of(order)
        numbers = {"accession_number": _only(accessions), "study_uid": _only(uids)}
        return [common | numbers] if obr is not None else []
    return [
        common
        | {
            "modality": modality_of(step.text(5)) or common["modality"],
            "accession_number": step.text(1)[:_LONGEST_ACCESSION],
            "study_uid": uid if _UID.fullmatch(uid := step.text(3)) and len(uid) <= _LONGEST_ACCESSION else "",
        }
        for step in steps
    ]


def _questions(order: Order, *, notes_ask: bool) -> list[str]:
    """Return why a study is asked for: its reason (OBR-31, ORC-16), clinical information (OBR-13), and its notes."""
    found = []
    if order.obr is not None:
        found += [*_coded(order.obr, 31), order.obr.text(13)]
    if order.orc is not None:
        found += _coded(order.orc, 16)
    for note in order.of("NTE") if notes_ask else ():
        found += note.lines(3)
    return [each for each in found if each]


def _coded(segment: Segment, position: int) -> list[str]:
    return [each.text(2) or each.text() for each in segment.repetitions(position)]


def _only(values: list[str]) -> str:
    return values[0] if len(values) == 1 else ""
