"""What was asked for, as far as a case says it: regions, sides, modality, and the series that its report names.

Structured fields count first. Of a report only the lines before its findings count, where a hospital writes what was
done: what is found, compared or suggested names other examinations.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.fitness.regions import regions_in, sides_in

_FINDINGS = re.compile(
    r"^\s*(?:findings?|befund|hallazgos|影像所见|检查所见|造影所见|影像表现|comparison|vergleich|comparación|对比)\s*[:：]?",
    re.IGNORECASE | re.MULTILINE,
)
_WHAT = re.compile(
    r"^\s*(?:indication|clinical|history|anamnese|klinische|fragestellung|indicación|clínica|临床)[^\n]*(?:\n(?![^\n]*:)[^\n]+)*",
    re.IGNORECASE | re.MULTILINE,
)
# What a report names, by the modality it belongs to: the words in a report, and those by which a series shows it.
NAMED_SERIES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "MR": {
        "T1": (r"\bT1(?:w|\b)", r"\bt1|mprage|bravo|vibe|lava|spgr|flash"),
        "T2": (r"\bT2(?:w|\b)(?!\*)", r"\bt2(?!\*)|haste|space|tse|fse"),
        "FLAIR": (r"\bFLAIR\b", r"flair|dark.?fluid|tirm"),
        "DWI": (r"\b(?:DWI|diffusion(?:s|\b)|difusión)|弥散|扩散", r"dwi|diff|ep2d|adc|trace|b\d{3,4}"),
        "SWI": (r"\b(?:SWI|T2\*)", r"swi|swan|t2\*|t2star|gre|hemo|fl2d"),
        "STIR": (r"\bSTIR\b", r"stir|tirm|spair|fs\b"),
    },
    "MG": {"CC": (r"\bCC\b", r"\bcc\b|cranio.?caud"), "MLO": (r"\bMLO\b", r"\bmlo\b|oblique")},
}
_VIEWS = re.compile(r"(?:two|zwei|dos)\s+(?:views?|ebenen|proyecciones)|\b2\s+(?:views|ebenen)|正侧位", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """What a case asks for; what it does not say is empty."""

    modalities: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    sides: frozenset[str] = frozenset()
    series: int | None = None
    instances: int | None = None
    named_text: str = ""

    def names(self, modality: str) -> tuple[str, ...]:
        """Return the series of a modality that the report names."""
        words = NAMED_SERIES.get(modality, {})
        return tuple(name for name, (said, _) in words.items() if re.search(said, self.named_text, _FLAGS[modality]))

    @property
    def two_views(self) -> bool:
        """Say whether the report speaks of two views of a radiograph."""
        return _VIEWS.search(self.named_text) is not None


_FLAGS = {"MR": re.IGNORECASE, "MG": re.NOFLAG}


def request_of_case(
    *,
    modality: str,
    body_part: str,
    requested: Iterable[Mapping[str, Any]],
    report: str,
    study_uid: str,
    accession: str,
) -> Request:
    """Gather what a case asks of one study: of several requested studies only those that may be this one."""
    mine = _of_this_study(list(requested), study_uid, accession)
    texts = [body_part, *(f"{each.get('body_part', '')} {each.get('description', '')}" for each in mine)]
    sides = {side for each in mine for side in _sides(str(each.get("laterality", "")))}
    counted = mine[0] if len(mine) == 1 else {}
    return Request(
        modalities=frozenset(name for name in (modality, *(str(each.get("modality", "")) for each in mine)) if name),
        regions=frozenset(region for text in texts for region in regions_in(text)),
        sides=frozenset(sides) or frozenset(side for text in texts for side in sides_in(text)),
        series=counted.get("series"),
        instances=counted.get("instances"),
        named_text=what_was_done(report),
    )


def what_was_done(report: str) -> str:
    """Return the lines of a report that say what was examined and how, without its findings and its history."""
    found = _FINDINGS.search(report)
    head = report[: found.start()] if found else report[:300]
    return _WHAT.sub("", head)


def _of_this_study(requested: list[Mapping[str, Any]], study_uid: str, accession: str) -> list[Mapping[str, Any]]:
    exact = [
        each
        for each in requested
        if (study_uid and each.get("study_uid") == study_uid)
        or (accession and each.get("accession_number") == accession)
    ]
    return exact or requested


def _sides(laterality: str) -> frozenset[str]:
    return frozenset("LR") if laterality == "B" else frozenset(laterality)
