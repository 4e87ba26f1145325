"""What the pages of a receipt say, from top to bottom.

Lists of thousands of instances are cut into tables of a hundred rows, since a long table takes quadratic time to split.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any

from reportlab.lib.colors import Color
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, HRFlowable, Spacer, Table, TableStyle

from worklist.reports import blocks, styles
from worklist.reports.fonts import BOLD, REGULAR

TITLE = "Receipt"
_HALF = styles.TEXT_WIDTH / 2
_ROWS = 100
_NUMBER, _VERDICT, _REASON = 26.0, 62.0, 140.0
_WIDTHS = (_NUMBER, styles.TEXT_WIDTH - _NUMBER - _VERDICT - _REASON, _VERDICT, _REASON)
_CELL = ParagraphStyle("receipt-cell", parent=styles.SMALL, fontSize=7, leading=8.8)
_PATH = ParagraphStyle("receipt-path", parent=_CELL, textColor=styles.INK)
_DOORS = MappingProxyType(
    {"cstore": "DICOM association", "upload": "Upload", "stow": "STOW-RS", "cli": "Import on the node"}
)
_STATES: Mapping[str, tuple[str, Color]] = MappingProxyType(
    {
        "done": ("Complete: every object has its verdict", styles.AGREEMENT_COLOURS["agree"]),
        "failed": ("Complete, but the delivery could not be read to its end", styles.AGREEMENT_COLOURS["major"]),
        "processing": (
            "Not complete: some objects were pending when this was issued",
            styles.AGREEMENT_COLOURS["minor"],
        ),
        "receiving": ("Not complete: more may come in this delivery", styles.AGREEMENT_COLOURS["minor"]),
    }
)
_COLOURS: Mapping[str, Color] = MappingProxyType(
    {
        "quarantined": styles.AGREEMENT_COLOURS["major"],
        "conflict": styles.AGREEMENT_COLOURS["major"],
        "pending": styles.AGREEMENT_COLOURS["minor"],
        "kept": styles.QUIET,
        "duplicate": styles.QUIET,
    }
)
_TABLE = TableStyle(
    [
        ("FONTNAME", (0, 0), (-1, -1), REGULAR),
        ("FONTSIZE", (0, 0), (-1, -1), 7),
        ("LEADING", (0, 0), (-1, -1), 8.8),
        ("TEXTCOLOR", (0, 0), (-1, -1), styles.INK),
        ("TEXTCOLOR", (0, 0), (0, -1), styles.QUIET),
        ("FONTNAME", (2, 0), (2, -1), BOLD),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, styles.RULE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
)


def story(claims: Mapping[str, Any]) -> list[Flowable]:
    """Return the flowables of the whole receipt."""
    return [
        *_head(claims),
        *_summary(claims),
        *(part for number, study in enumerate(claims["studies"], 1) for part in _study(number, study)),
        *_others(claims["other_files"]),
        *_missing(claims["promised"]),
        *_signature(claims),
    ]


def _head(claims: Mapping[str, Any]) -> list[Flowable]:
    title = [blocks.line_of(TITLE, styles.TITLE), blocks.line_of(claims["iss"], styles.LABEL)]
    site = [blocks.line_of("Delivered by", styles.LABEL_RIGHT), blocks.line_of(claims["site_name"], styles.SITE)]
    return [
        HRFlowable(width="100%", thickness=3, color=styles.ACCENT, spaceBefore=0, spaceAfter=8),
        blocks.columns([title, site], [_HALF, _HALF]),
        Spacer(0, 8),
    ]


def _summary(claims: Mapping[str, Any]) -> list[Flowable]:
    statement, colour = _STATES[claims["state"]]
    delivery = [
        ("Received", _time(claims["opened_at"])),
        ("Issued", _time(claims["issued_at"])),
        ("By way of", _DOORS[claims["door"]]),
        ("AE title", claims["calling_ae"] or ""),
        ("Case", claims["case_number"] or ""),
        ("Delivery", claims["delivery"]),
    ]
    instances = sum(len(study["instances"]) for study in claims["studies"])
    brought = [("Studies", str(len(claims["studies"]))), ("Instances", str(instances))]
    brought += [("Other files", str(len(claims["other_files"])))] if claims["other_files"] else []
    brought += [(name.capitalize(), str(count)) for name, count in claims["counts"].items()]
    inner = _HALF - 16
    parts: list[Flowable] = [
        blocks.panel(
            [blocks.facts("Delivery", delivery, inner), blocks.facts("What it brought", brought, inner)],
            [_HALF, _HALF],
            styles.PANEL,
        ),
        Spacer(0, 8),
        blocks.dotted(statement, colour),
    ]
    if claims["failure"]:
        parts.append(blocks.line_of(claims["failure"], styles.NOTICE))
    if claims["not_listed"]:
        told = f"{claims['not_listed']} more object(s) were received and not looked at yet: they are not listed below."
        parts.append(blocks.line_of(told, styles.NOTICE))
    return parts


def _study(number: int, study: Mapping[str, Any]) -> list[Flowable]:
    case = f" · case {study['case_number']}" if study["case_number"] else ""
    return [
        *blocks.heading(f"Study {number}"),
        blocks.line_of(f"Study Instance UID {study['study_instance_uid']}{case}", styles.VALUE),
        Spacer(0, 3),
        *_tables([_row(place, _identifiers(each), each) for place, each in enumerate(study["instances"], 1)]),
    ]


def _others(files: Sequence[Mapping[str, Any]]) -> list[Flowable]:
    if not files:
        return []
    rows = [
        _row(place, [blocks.line_of(each["path"] or "-", _PATH), blocks.line_of(_digest(each), _CELL)], each)
        for place, each in enumerate(files, 1)
    ]
    return [*blocks.heading("Other files"), *_tables(rows)]


def _missing(promised: Mapping[str, Any] | None) -> list[Flowable]:
    """Return what the table of contents of a disc lists and the delivery lacks: a scratched or half-copied disc."""
    if promised is None or not promised["missing_count"]:
        return []
    told = (
        f"The DICOMDIR lists {promised['listed']} files; {promised['missing_count']} of them did not come. "
        "The disc may be damaged, or was not copied whole."
    )
    named = [blocks.line_of(path, _PATH) for path in promised["missing"][:_ROWS]]
    unnamed = promised["missing_count"] - len(named)
    rest = [blocks.line_of(f"and {unnamed} more", _CELL)] if unnamed else []
    return [*blocks.heading("Missing"), blocks.line_of(told, styles.NOTICE), Spacer(0, 3), *named, *rest]


def _row(place: int, identifiers: object, each: Mapping[str, Any]) -> list[object]:
    reason = blocks.line_of(each["reason"], _CELL) if each["reason"] else ""
    return [str(place), identifiers, each["disposition"], reason]


def _identifiers(each: Mapping[str, Any]) -> str:
    return f"{each['sop_instance_uid']}\n{_digest(each)}"


def _digest(each: Mapping[str, Any]) -> str:
    return f"SHA-256 {each['sha256']}"


def _tables(rows: Sequence[Sequence[object]]) -> Iterator[Flowable]:
    rest = iter(rows)
    while some := list(islice(rest, _ROWS)):
        table = Table(some, colWidths=_WIDTHS, hAlign="LEFT")
        table.setStyle(_TABLE)
        table.setStyle(TableStyle([_verdict_colour(place, str(row[2])) for place, row in enumerate(some)]))
        yield table


def _verdict_colour(place: int, disposition: str) -> tuple[object, ...]:
    return ("TEXTCOLOR", (2, place), (2, place), _COLOURS.get(disposition, styles.INK))


def _signature(claims: Mapping[str, Any]) -> list[Flowable]:
    told = (
        "The node has signed what is said here with Ed25519. The signed text is enclosed in this file as receipt.jws; "
        "overread receipt verify FILE --key receipt.jwk checks it and prints what was signed, without a node."
    )
    return [
        *blocks.heading("Signature"),
        blocks.together([blocks.line_of(told, styles.SMALL), blocks.line_of(f"Key {claims['kid']}", styles.SMALL)]),
    ]


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%d %B %Y, %H:%M} UTC"
