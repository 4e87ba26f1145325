"""Print the statement of a study's de-identification: A4, fonts embedded, in the look of the reports."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, LongTable, Spacer, TableStyle

from worklist.reports import styles
from worklist.reports.blocks import line_of
from worklist.reports.furniture import head
from worklist.reports.printing import print_plainly

TITLE = "How this study was de-identified"
_GAP = 5 * mm
_RULES = {
    "basic": "Basic Profile",
    "override": "stricter rule of the profile",
    "admitted": "admitted by the site",
    "unlisted": "named by no rule",
    "unknown": "unknown to the standard",
    "coded-entry": "coded entry",
    "marker": "put in by Overread",
}


def as_pdf(found: dict[str, Any], node_name: str) -> bytes:
    """Return a statement as a PDF file."""
    return print_plainly((node_name, TITLE), TITLE, lambda: _story(found, node_name))


def _story(found: dict[str, Any], node_name: str) -> list[Flowable]:
    counts = found["instances"]
    story = head(TITLE, node_name)
    facts = [("Study", found["study_uid"]), ("Standard", found["standard"])]
    facts += [("Instances", f"{counts['de-identified']} de-identified, {counts['published']} published")]
    facts += [("Pixels", f"cleaned in {counts['with cleaned pixels']} instances")]
    facts += [("Withheld", f"{number} {why}") for why, number in counts["withheld"].items()]
    story += [_table(facts, (30 * mm, 140 * mm)), Spacer(0, _GAP)]
    for each in found["profiles"]:
        story += _profile(each)
    story += _section("What was checked of every published instance, by other code", [(t,) for t in found["checks"]])
    story += _section("What this does not promise", [(text,) for text in found["limits"]])
    if found["content_items"]:
        rows = [(action, str(count)) for action, count in found["content_items"].items()]
        story += _section("Content items of reports, by action of Table E.3.4-1", rows, (30 * mm, 140 * mm))
    return [*story, *_attributes(found["attributes"])]


def _profile(profile: dict[str, Any]) -> list[Flowable]:
    base = f", made from {profile['base']}" if profile["base"] else ""
    heading = f"Profile {profile['profile']}{base} ({profile['edition']}), {profile['instances']} instances"
    rows = [(f"{o['code']} {o['meaning']}", f"{o['instances']} instances") for o in profile["options"]]
    rows += [(f"Admitted by the site: {each['what']}", each["reason"]) for each in profile["admitted"]]
    return _section(heading, rows or [("no option", "")], (120 * mm, 50 * mm))


def _attributes(rows: list[dict[str, Any]]) -> list[Flowable]:
    head = ("Attribute", "Name", "Action", "Decided by", "Became", "Instances")
    cells = [
        (
            row["path"], row["name"], row["action"], _RULES.get(row["rule"], row["rule"].replace("-", " ")),
            row["outcome"], str(row["instances"]),
        )
        for row in rows
    ]  # fmt: skip
    widths = tuple(width * mm for width in (44, 50, 14, 30, 16, 16))
    return _section("What became of each attribute", cells, widths, head=head)


def _section(
    title: str, rows: Sequence[Sequence[str]], widths: Sequence[float] | None = None, head: Sequence[str] = ()
) -> list[Flowable]:
    return [line_of(title, styles.HEADING), _table(rows, widths or (170 * mm,), head), Spacer(0, _GAP)]


def _table(rows: Sequence[Sequence[str]], widths: Sequence[float], head: Sequence[str] = ()) -> LongTable:
    cells = [[line_of(text, styles.LABEL) for text in head]] if head else []
    cells += [[line_of(text, styles.SMALL if head else styles.VALUE) for text in row] for row in rows]
    table = LongTable(cells, colWidths=widths, repeatRows=1 if head else 0, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, styles.RULE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return table
