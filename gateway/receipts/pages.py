"""What the pages of a receipt say, from top to bottom.

Lists of thousands of instances are cut into tables of a hundred rows, since a long table takes quadratic time to split.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any

from reportlab.lib.colors import Color
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from gateway.receipts.wording import Wording
from worklist.reports import blocks, styles
from worklist.reports.fonts import BOLD, REGULAR
from worklist.reports.furniture import head
from worklist.reports.script import is_written_without_spaces

_Row = tuple[str, list[object]]  # a disposition, and the cells of its row
_HALF = styles.TEXT_WIDTH / 2
_ROWS = 100
_NUMBER, _VERDICT, _REASON = 26.0, 62.0, 140.0
_WIDTHS = (_NUMBER, styles.TEXT_WIDTH - _NUMBER - _VERDICT - _REASON, _VERDICT, _REASON)
_CELL = ParagraphStyle("receipt-cell", parent=styles.SMALL, fontSize=7, leading=8.8)
_PATH = ParagraphStyle("receipt-path", parent=_CELL, textColor=styles.INK)
_STATES: Mapping[str, Color] = MappingProxyType(
    {
        "done": styles.AGREEMENT_COLOURS["agree"],
        "failed": styles.AGREEMENT_COLOURS["major"],
        "processing": styles.AGREEMENT_COLOURS["minor"],
        "receiving": styles.AGREEMENT_COLOURS["minor"],
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


_VERDICTS = {
    name: ParagraphStyle(f"receipt-{name}", parent=_CELL, fontName=BOLD, textColor=_COLOURS.get(name, styles.INK))
    for name in ("published", "duplicate", "conflict", "quarantined", "kept", "pending")
}


def story(claims: Mapping[str, Any], say: Wording) -> list[Flowable]:
    """Return the flowables of the whole receipt."""
    return [
        *head(say("title"), claims["iss"], say("delivered_by"), claims["site_name"]),
        *_summary(claims, say),
        *(part for number, study in enumerate(claims["studies"], 1) for part in _study(number, study, say)),
        *_others(claims["other_files"], say),
        *_missing(claims["promised"], say),
        *_signature(claims, say),
    ]


def _summary(claims: Mapping[str, Any], say: Wording) -> list[Flowable]:
    delivery = [
        (say("received"), say.time(claims["opened_at"])),
        (say("issued"), say.time(claims["issued_at"])),
        (say("by_way"), say(f"door.{claims['door']}")),
        (say("ae_title"), claims["calling_ae"] or ""),
        (say("case"), claims["case_number"] or ""),
        (say("delivery"), claims["delivery"]),
    ]
    inner = _HALF - 16
    parts: list[Flowable] = [
        blocks.panel(
            [
                blocks.facts(say("delivery"), delivery, inner),
                blocks.facts(say("brought"), _brought(claims, say), inner, label_width=100),
            ],
            [_HALF, _HALF],
            styles.PANEL,
        ),
        Spacer(0, 8),
        blocks.dotted(say(f"state.{claims['state']}"), _STATES[claims["state"]]),
    ]
    if claims["failure"]:
        parts.append(blocks.line_of(claims["failure"], styles.NOTICE))
    if claims["not_listed"]:
        parts.append(blocks.line_of(say("not_listed", count=claims["not_listed"]), styles.NOTICE))
    return parts


def _brought(claims: Mapping[str, Any], say: Wording) -> list[tuple[str, str]]:
    instances = sum(len(study["instances"]) for study in claims["studies"])
    brought = [(say("studies"), str(len(claims["studies"]))), (say("instances"), str(instances))]
    brought += [(say("others"), str(len(claims["other_files"])))] if claims["other_files"] else []
    for name, count in claims["counts"].items():
        verdict = say(f"disposition.{name}")
        brought.append((verdict[:1].upper() + verdict[1:], str(count)))
    return brought


def _study(number: int, study: Mapping[str, Any], say: Wording) -> list[Flowable]:
    case = f" · {say('study_case', number=study['case_number'])}" if study["case_number"] else ""
    uid = say("study_uid", uid=study["study_instance_uid"])
    return [
        *blocks.heading(say("study", number=number)),
        blocks.line_of(f"{uid}{case}", styles.VALUE),
        Spacer(0, 3),
        *_tables([_row(place, _identifiers(each), each, say) for place, each in enumerate(study["instances"], 1)]),
    ]


def _others(files: Sequence[Mapping[str, Any]], say: Wording) -> list[Flowable]:
    if not files:
        return []
    rows = [
        _row(place, [blocks.line_of(each["path"] or "-", _PATH), blocks.line_of(_digest(each), _CELL)], each, say)
        for place, each in enumerate(files, 1)
    ]
    return [*blocks.heading(say("others")), *_tables(rows)]


def _missing(promised: Mapping[str, Any] | None, say: Wording) -> list[Flowable]:
    """Return what the table of contents of a disc lists and the delivery lacks: a scratched or half-copied disc."""
    if promised is None or not promised["missing_count"]:
        return []
    told = say("missing_told", listed=promised["listed"], count=promised["missing_count"])
    named = [blocks.line_of(path, _PATH) for path in promised["missing"][:_ROWS]]
    unnamed = promised["missing_count"] - len(named)
    rest = [blocks.line_of(say("more", count=unnamed), _CELL)] if unnamed else []
    return [*blocks.heading(say("missing")), blocks.line_of(told, styles.NOTICE), Spacer(0, 3), *named, *rest]


def _row(place: int, identifiers: object, each: Mapping[str, Any], say: Wording) -> _Row:
    reason, disposition = say.reason(each), each["disposition"]
    verdict: object = say(f"disposition.{disposition}")
    if is_written_without_spaces(str(verdict)):  # else a bare text does, in half the time
        verdict = blocks.line_of(str(verdict), _VERDICTS[disposition])
    return disposition, [str(place), identifiers, verdict, blocks.line_of(reason, _CELL) if reason else ""]


def _identifiers(each: Mapping[str, Any]) -> str:
    return f"{each['sop_instance_uid']}\n{_digest(each)}"


def _digest(each: Mapping[str, Any]) -> str:
    return f"SHA-256 {each['sha256']}"


def _tables(rows: Sequence[_Row]) -> Iterator[Flowable]:
    rest = iter(rows)
    while some := list(islice(rest, _ROWS)):
        table = Table([cells for _, cells in some], colWidths=_WIDTHS, hAlign="LEFT")
        table.setStyle(_TABLE)
        table.setStyle(TableStyle([_verdict_colour(place, name) for place, (name, _) in enumerate(some)]))
        yield table


def _verdict_colour(place: int, disposition: str) -> tuple[object, ...]:
    return ("TEXTCOLOR", (2, place), (2, place), _COLOURS.get(disposition, styles.INK))


def _signature(claims: Mapping[str, Any], say: Wording) -> list[Flowable]:
    told = [say("signature_told"), say("key", key=claims["kid"])]
    return [
        *blocks.heading(say("signature")),
        blocks.together([blocks.line_of(each, styles.SMALL) for each in told]),
    ]
