"""Tell the Type of an attribute in its IOD (PS3.5 section 7.4), which resolves the combined action codes."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# Retired classes that share the attribute Types of their successors.
_SUCCESSORS = {
    "1.2.840.10008.5.1.4.1.1.3": "1.2.840.10008.5.1.4.1.1.3.1",
    "1.2.840.10008.5.1.4.1.1.5": "1.2.840.10008.5.1.4.1.1.20",
    "1.2.840.10008.5.1.4.1.1.6": "1.2.840.10008.5.1.4.1.1.6.1",
    "1.2.840.10008.5.1.4.1.1.12.3": "1.2.840.10008.5.1.4.1.1.12.1",
    "1.2.840.10008.5.1.4.1.1.77.1": "1.2.840.10008.5.1.4.1.1.77.1.4",
    "1.2.840.10008.5.1.4.1.1.77.2": "1.2.840.10008.5.1.4.1.1.77.1.4.1",
}


@dataclass(frozen=True)
class _Tables:
    nested: dict[tuple[int, int], str]
    within: dict[tuple[int, int], dict[str, str]]
    modules: dict[str, dict[int, str]]
    classes: dict[str, tuple[str, ...]]


@cache
def _tables() -> _Tables:
    nested: dict[tuple[int, int], str] = {}
    within: dict[tuple[int, int], dict[str, str]] = {}
    modules: dict[str, dict[int, str]] = {}
    classes: dict[str, tuple[str, ...]] = {}
    for line in (files("anonymizer") / "data" / "attribute_types.tsv").read_text("utf-8").splitlines()[1:]:
        kind, *cells = line.split("\t")
        if kind == "nested":
            nested[int(cells[0], 16), int(cells[1], 16)] = cells[2]
        elif kind == "within":
            within.setdefault((int(cells[0], 16), int(cells[1], 16)), {})[cells[3]] = cells[2]
        elif kind == "module":
            modules.setdefault(cells[0], {})[int(cells[1], 16)] = cells[2]
        else:
            classes[cells[0]] = tuple(cells[1].split())
    return _Tables(nested, within, modules, classes)


def known_class(sop_class_uid: str) -> bool:
    """Tell whether the tables describe the IOD of a SOP class."""
    return _SUCCESSORS.get(sop_class_uid, sop_class_uid) in _tables().classes


def _modules_of(sop_class_uid: str) -> tuple[str, ...]:
    return _tables().classes[_SUCCESSORS.get(sop_class_uid, sop_class_uid)]


@cache
def _top_level(sop_class_uid: str) -> dict[int, str]:
    types: dict[int, str] = {}
    for module in _modules_of(sop_class_uid):
        for tag, kind in _tables().modules.get(module, {}).items():
            types[tag] = min(kind, types.get(tag, kind))
    return types


def attribute_type(sop_class_uid: str, parent: int, tag: int) -> str:
    """Return "1", "2" or "3" for an attribute at the top level (parent 0) or in items of the sequence `parent`.

    Conditional Types count as required, the stricter of two modules wins, and an attribute that the IOD does not know
    is optional. Where modules differ about a sequence, those of the SOP class decide; else the strictest one. Raises
    KeyError for a SOP class that `known_class` denies.
    """
    if parent:
        by_module = _tables().within.get((parent, tag), {})
        own = [by_module[each] for each in _modules_of(sop_class_uid) if each in by_module]
        return min(own) if own else _tables().nested.get((parent, tag), "3")
    return _top_level(sop_class_uid).get(tag, "3")
