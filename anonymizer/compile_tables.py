"""Compile the standard's tables into the compact files under `data/`; run once per edition.

    python -m anonymizer.compile_tables FOLDER

FOLDER holds `confidentiality_profile_attributes.json`: PS3.15 Table E.1-1 as a list of rows, where an absent option is
a blank cell; `sr_content_items_E3.4-1.json`: Table E.3.4-1, where it is an empty text; `safe_private_E3.10-1.json`:
Table E.3.10-1; and `tcia_private_tag_kb.csv`: the private elements that The Cancer Imaging Archive found safe. The
attribute Types of PS3.3 come from the tables that highdicom ships.
"""

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword

EDITION = "2026d"
ARCHIVE = "the private tag knowledge base of The Cancer Imaging Archive, 2024-02-01"
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


def compile_safe_private(folder: Path) -> None:
    """Write the safe private attributes as tab-separated lines: where listed, group, element, VR, creator, meaning.

    What Table E.3.10-1 lists is not repeated from the knowledge base, of which rows without a VR are left out.
    """
    with (folder / "tcia_private_tag_kb.csv").open(encoding="utf-8", newline="") as file:
        archive = [row for row in csv.DictReader(file) if row["VR"] not in {"", "UN"}]
    rows = json.loads((folder / "safe_private_E3.10-1.json").read_text("utf-8"))
    found: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for row in rows:
        group, element = row["Data Element"].strip("()").upper().split(",XX")
        found[group, element, row["Private Creator"]] = ("E.3.10-1", row["VR"], row["Meaning"])
    for row in archive:
        place = (row["Group"].upper(), row["Element"][2:].upper(), row["Private Creator"].strip())
        found.setdefault(place, ("TCIA", row["VR"], row["Meaning"]))
    lines = [f"# Safe private attributes: PS3.15 Table E.3.10-1, edition {EDITION}, and {ARCHIVE}"]
    lines.append("\t".join(["source", "group", "element", "vr", "creator", "name"]))
    for (group, element, creator), (source, vr, name) in sorted(found.items()):
        shown = " ".join(name.split())
        lines.append("\t".join([source, group, element, {"OW/OB": "OW"}.get(vr, vr), creator, shown]))
    (DATA / "safe_private.tsv").write_text("\n".join(lines) + "\n", "utf-8")


def _typed_attributes(rows: list[dict[str, Any]], listed: set[int]) -> Iterator[tuple[int, int, str]]:
    """Yield parent tag, tag and Type of the attributes whose value a rule may take away; a Type that is none is 3."""
    for row in rows:
        tag = tag_for_keyword(row["keyword"])
        if tag is None or tag in CODE_MACRO:
            continue
        if tag in listed or dictionary_VR(tag) in TYPED_VRS:
            parent = tag_for_keyword(row["path"][-1]) if row["path"] else 0
            kind = (row["type"] or "3")[0]
            yield parent or 0, tag, kind if kind in "12" else "3"


def compile_types(folder: Path) -> None:
    """Write the Types of attributes: at the top level by module, inside sequences by parent, the stricter one winning.

    Conditional Types count as their stricter form; Type 3 is what the table does not list. Where modules differ about
    an attribute in a sequence and the profile's action depends on it, each module has a line of its own.
    """
    standard = files("highdicom") / "_standard"
    tables = {name: json.loads((standard / f"{name}.json").read_text("utf-8")) for name in _HIGHDICOM}
    sop_classes, iods, modules = (tables[name] for name in _HIGHDICOM)
    rows = json.loads((folder / "confidentiality_profile_attributes.json").read_text("utf-8"))
    basic = {int(row["id"], 16): row["basicProfile"] for row in rows if len(row["id"]) == 8 and "x" not in row["id"]}
    top: dict[str, dict[int, str]] = {}
    nested: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
    for module, attributes in modules.items():
        for parent, tag, kind in _typed_attributes(attributes, set(basic)):
            if parent:
                kinds = nested[parent, tag]
                kinds[module] = min(kind, kinds.get(module, kind))
            elif kind != "3":
                chosen = top.setdefault(module, {})
                chosen[tag] = min(kind, chosen.get(tag, kind))
    lines = [f"# Attribute Types of PS3.3 as shipped with highdicom, for the attributes that PS3.15 {EDITION} touches"]
    for (parent, tag), kinds in sorted(nested.items()):
        if (strictest := min(kinds.values())) != "3":
            lines.append(f"nested\t{parent:08X}\t{tag:08X}\t{strictest}")
        if "/" in basic.get(tag, "") and len(set(kinds.values())) > 1:
            lines += [f"within\t{parent:08X}\t{tag:08X}\t{kinds[module]}\t{module}" for module in sorted(kinds)]
    lines += [
        f"module\t{module}\t{t:08X}\t{k}" for module, kinds in sorted(top.items()) for t, k in sorted(kinds.items())
    ]
    within = {line.rsplit("\t", 1)[1] for line in lines if line.startswith("within")}
    for uid, iod in sorted(sop_classes.items()):
        names = sorted({entry["key"] for entry in iods[iod]} & (top.keys() | within))
        lines.append(f"class\t{uid}\t{' '.join(names)}")
    (DATA / "attribute_types.tsv").write_text("\n".join(lines) + "\n", "utf-8")


_HIGHDICOM = ("sop_class_iod_map", "iod_module_map", "module_attribute_map")

if __name__ == "__main__":
    compile_profile(Path(sys.argv[1]))
    compile_content(Path(sys.argv[1]))
    compile_safe_private(Path(sys.argv[1]))
    compile_types(Path(sys.argv[1]))
