"""Compile the standard's tables into the compact files under `data/`; run once per edition.

    python -m anonymizer.compile_tables FOLDER

FOLDER holds `confidentiality_profile_attributes.json`: PS3.15 Table E.1-1 as a list of rows, where an absent option is
a blank cell; and `sr_content_items_E3.4-1.json`: Table E.3.4-1, where it is an empty text. The attribute Types of PS3.3
come from the tables that highdicom ships.
"""

import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword

EDITION = "2026d"
DATA = Path(__file__).parent / "data"
OPTION_COLUMNS = {
    "retain-safe-private": "rtnSafePrivOpt",
    "retain-uids": "rtnUIDsOpt",
    "retain-device-identity": "rtnDevIdOpt",
    "retain-institution-identity": "rtnInstIdOpt",
    "retain-patient-characteristics": "rtnPatCharsOpt",
    "retain-full-dates": "rtnLongFullDatesOpt",
    "retain-modified-dates": "rtnLongModifDatesOpt",
    "clean-descriptors": "cleanDescOpt",
    "clean-structured-content": "cleanStructContOpt",
    "clean-graphics": "cleanGraphOpt",
}
CONTENT_COLUMNS = {
    "retain-uids": "Rtn. UIDs Opt.",
    "retain-device-identity": "Rtn. Dev. Id. Opt.",
    "retain-institution-identity": "Rtn. Inst. Id. Opt.",
    "retain-patient-characteristics": "Rtn. Pat. Chars. Opt.",
    "retain-full-dates": "Rtn. Long. Full Dates Opt.",
    "retain-modified-dates": "Rtn. Long. Modif. Dates Opt.",
    "clean-descriptors": "Clean Desc. Opt.",
}
# The code sequence macro (PS3.3 Table 8.8-1) is the same everywhere and handled by anonymizer.codes.
CODE_MACRO = range(0x00080100, 0x00080130)
TYPED_VRS = frozenset(["AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT"])


def compile_profile(folder: Path) -> None:
    """Write Table E.1-1 as tab-separated lines: tag, basic action, one column for each option, name."""
    rows = json.loads((folder / "confidentiality_profile_attributes.json").read_text("utf-8"))
    lines = [f"# PS3.15 Table E.1-1, edition {EDITION}", "\t".join(["tag", "basic", *OPTION_COLUMNS, "name"])]
    for row in rows:
        tag = "odd" if "odd" in row["id"] else row["id"].upper().replace("X", "x")
        options = [row.get(column, "") for column in OPTION_COLUMNS.values()]
        lines.append("\t".join([tag, row["basicProfile"], *options, row["name"]]))
    (DATA / "confidentiality_profile.tsv").write_text("\n".join(lines) + "\n", "utf-8")


def compile_content(folder: Path) -> None:
    """Write Table E.3.4-1 as tab-separated lines: scheme, code, value type, basic action, the options, name."""
    rows = json.loads((folder / "sr_content_items_E3.4-1.json").read_text("utf-8"))
    named = "\t".join(["scheme", "code", "type", "basic", *CONTENT_COLUMNS, "name"])
    lines = [f"# PS3.15 Table E.3.4-1, edition {EDITION}", named]
    for row in rows:
        scheme, code, kind = (row[name] for name in ("Coding Scheme Designator", "Code Value", "Value Type"))
        options = [row[column] for column in CONTENT_COLUMNS.values()]
        lines.append("\t".join([scheme, code, kind, row["Basic Prof."], *options, row["Code Meaning"]]))
    (DATA / "content_items.tsv").write_text("\n".join(lines) + "\n", "utf-8")


def _typed_attributes(rows: list[dict[str, Any]], listed: set[int]) -> Iterator[tuple[int, int, str]]:
    """Yield parent tag, tag and Type of the attributes whose value a rule may take away and whose Type is 1 or 2."""
    for row in rows:
        tag = tag_for_keyword(row["keyword"])
        if tag is None or tag in CODE_MACRO or (row["type"] or "3")[0] == "3":
            continue
        if tag in listed or dictionary_VR(tag) in TYPED_VRS:
            parent = tag_for_keyword(row["path"][-1]) if row["path"] else 0
            yield parent or 0, tag, row["type"][0]


def compile_types(folder: Path) -> None:
    """Write the Types of attributes: at the top level by module, inside sequences by parent, the stricter one winning.

    Conditional Types count as their stricter form; Type 3 is what the table does not list.
    """
    standard = files("highdicom") / "_standard"
    tables = {name: json.loads((standard / f"{name}.json").read_text("utf-8")) for name in _HIGHDICOM}
    sop_classes, iods, modules = (tables[name] for name in _HIGHDICOM)
    rows = json.loads((folder / "confidentiality_profile_attributes.json").read_text("utf-8"))
    listed = {int(row["id"], 16) for row in rows if len(row["id"]) == 8 and "x" not in row["id"].lower()}
    top: dict[str, dict[int, str]] = {}
    nested: dict[tuple[int, int], str] = {}
    for module, attributes in modules.items():
        for parent, tag, kind in _typed_attributes(attributes, listed):
            if parent:
                nested[parent, tag] = min(kind, nested.get((parent, tag), kind))
            else:
                chosen = top.setdefault(module, {})
                chosen[tag] = min(kind, chosen.get(tag, kind))
    lines = [f"# Attribute Types of PS3.3 as shipped with highdicom, for the attributes that PS3.15 {EDITION} touches"]
    lines += [f"nested\t{p:08X}\t{t:08X}\t{kind}" for (p, t), kind in sorted(nested.items())]
    lines += [
        f"module\t{module}\t{t:08X}\t{k}" for module, kinds in sorted(top.items()) for t, k in sorted(kinds.items())
    ]
    for uid, iod in sorted(sop_classes.items()):
        names = sorted({entry["key"] for entry in iods[iod]} & top.keys())
        lines.append(f"class\t{uid}\t{' '.join(names)}")
    (DATA / "attribute_types.tsv").write_text("\n".join(lines) + "\n", "utf-8")


_HIGHDICOM = ("sop_class_iod_map", "iod_module_map", "module_attribute_map")

if __name__ == "__main__":
    compile_profile(Path(sys.argv[1]))
    compile_content(Path(sys.argv[1]))
    compile_types(Path(sys.argv[1]))
