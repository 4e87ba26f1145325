"""Each of the 214 x 7 cells of PS3.15 Table E.3.4-1, seen in what becomes of a content item in a whole report.

The rows are read here once more, and what must be seen is worked out from the letters alone.
"""

import csv
import json
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

import anonymizer
from anonymizer import Context, NodeKey, Profile, date_shift_days, deidentify, map_uid
from tests.unit.anonymizer.content_trees import IMAGE, code, container, item, measured, report, written

KEY = NodeKey(bytes(range(32)))
UID = "1.2.276.0.999.77"
SHIFT = date_shift_days(KEY, site="site", patient_scope="scope")
CELLS = {
    "retain-uids": "Rtn. UIDs Opt.", "retain-device-identity": "Rtn. Dev. Id. Opt.",
    "retain-institution-identity": "Rtn. Inst. Id. Opt.", "retain-patient-characteristics": "Rtn. Pat. Chars. Opt.",
    "retain-full-dates": "Rtn. Long. Full Dates Opt.", "retain-modified-dates": "Rtn. Long. Modif. Dates Opt.",
    "clean-descriptors": "Clean Desc. Opt.",
}  # fmt: skip
_TABLE = Path(anonymizer.__file__).parent / "data" / "content_items.tsv"
ROWS = list(csv.DictReader(_TABLE.read_text("utf-8").splitlines()[1:], delimiter="\t"))
GIVEN = {
    "PNAME": "Quirlante^Otto", "DATE": "20240110", "TIME": "101112",
    "DATETIME": "20240110101112", "UIDREF": UID, "CODE": code("248152002", "SCT", "Female"), "NUM": measured("31", "a"),
}  # fmt: skip


def test_the_compiled_rows_are_those_of_the_standard(shared):
    rows = json.loads((shared / "standards" / "sr_content_items_E3.4-1.json").read_text())
    assert len(rows) == len(ROWS) == 214
    for ours, theirs in zip(ROWS, rows, strict=True):
        said = (theirs["Coding Scheme Designator"], theirs["Code Value"], theirs["Value Type"], theirs["Basic Prof."])
        assert (ours["scheme"], ours["code"], ours["type"], ours["basic"]) == said
        assert [ours[option] for option in CELLS] == [theirs[column] for column in CELLS.values()]


@cache
def report_of_all_rows() -> bytes:
    """Return a report with an item of each row, each in a section that says its number."""
    boxes = [
        container(
            code(f"R{number}", "99TEST", "Section"),
            item(row["type"], code(row["code"], row["scheme"], row["name"]), given(number)),
        )
        for number, row in enumerate(ROWS)
    ]
    return written(report(*boxes))


@cache
def cleaned(option: str) -> list[Dataset | None]:
    """Return the item of each row after a cleaning under one option, None where it is gone."""
    profile = Profile("one-option", "One option", ("clean-structured-content", option))
    sink = BytesIO()
    deidentify(BytesIO(report_of_all_rows()), sink, Context(KEY, "site", "OVR-1", "scope", profile))
    after = dcmread(BytesIO(sink.getvalue())).ContentSequence
    assert [box.ConceptNameCodeSequence[0].CodeValue for box in after] == [f"R{number}" for number in range(len(ROWS))]
    return [box.ContentSequence[0] if "ContentSequence" in box else None for box in after]


def given(number: int) -> object:
    """Return the value of a row's item before the cleaning; references and containers get theirs from the builder."""
    kind = ROWS[number]["type"]
    return text_of(number) if kind == "TEXT" else GIVEN.get(kind)


def text_of(number: int) -> str:
    if ROWS[number]["name"] == "Service Performer":  # a person, whose name must not stand in the other texts
        return "Quirlante"
    return f"Chest scan {number}, Wergeltok"


def expected(number: int, option: str) -> object:
    """Return what must stand in the item of a row, None for its removal."""
    row = ROWS[number]
    letter = row[option] or row["basic"]
    mapped = {uid: map_uid(KEY, site="site", uid=uid) for uid in (UID, IMAGE)}
    if letter == "X":
        return None
    shown = {
        "TEXT": {"K": text_of(number), "C": f"Chest scan {number}, [...]", "D": "REMOVED"},
        "PNAME": {"D": "REMOVED"},
        "DATE": {"K": "20240110", "C": moved("20240110"), "D": "19000101"},
        "TIME": {"K": "101112", "C": "101112", "D": "000000"},
        "DATETIME": {"K": "20240110101112", "C": moved("20240110") + "101112", "D": "19000101000000"},
        "UIDREF": {"K": UID, "D": mapped[UID]},
        "CODE": {"K": "248152002"},
        "NUM": {"K": "31"},
        "CONTAINER": {"K": "SEPARATE"},
    }
    references = {"K": IMAGE, "D": mapped[IMAGE]}
    return shown.get(row["type"], references)["D" if letter == "X/D" else letter]


def moved(day: str) -> str:
    from datetime import date, timedelta

    return f"{date(int(day[:4]), int(day[4:6]), int(day[6:])) + timedelta(days=SHIFT):%Y%m%d}"


def value_of(found: Dataset | None) -> object:
    """Return what a cleaned item says."""
    if found is None:
        return None
    for keyword in ("TextValue", "PersonName", "DateTime", "Date", "Time", "UID", "ContinuityOfContent"):
        if keyword in found:
            return str(found[keyword].value)
    if "MeasuredValueSequence" in found:
        return str(found.MeasuredValueSequence[0].NumericValue)
    if "ConceptCodeSequence" in found:
        return str(found.ConceptCodeSequence[0].CodeValue)
    return str(found.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[f"{row['code']}-{row['type']}" for row in ROWS])
def test_a_content_item_becomes_what_its_seven_cells_say(number):
    seen = {option: value_of(cleaned(option)[number]) for option in CELLS}
    assert seen == {option: expected(number, option) for option in CELLS}
