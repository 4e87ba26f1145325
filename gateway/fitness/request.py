"""What was asked for, as far as a case says it: regions, sides, modality, and the words that name its series.

Structured fields count first. Of a report only the lines before its findings count, where a hospital writes what was
done: what is found, compared or suggested names other examinations.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.fitness.regions import regions_in, sides_in

_FINDINGS = re.compile(
    r"(?:^|(?<=[.;。；]))[^\S\n]*(?:findings?|befund|hallazgos|影像所见|检查所见|造影所见|影像表现|comparison|vergleich|comparación|对比(?!剂)"
    r"|impression|conclusion|beurteilung|impresión|conclusión|诊断意见|诊断印象|recommend|empf[eo]h)",
    re.IGNORECASE | re.MULTILINE,
)
_WHAT = re.compile(
    r"^[^\S\n]*(?:indication|clinical|history|anamnese|klinische|fragestellung|indicación|clínica|临床)[^\n]*(?:\n(?![^\n]*:)[^\n]+)*",
    re.IGNORECASE | re.MULTILINE,
)
_AND = r"\W*(?:and|und|y|e|/|,|\+|及|和|、)\W*"
_FRONTAL = r"(?:a\.?p|p\.?a|d\.?v)\.?|antero-?posterior|postero-?anterior|正位?"
_VIEWS = re.compile(
    r"\b(?:two|zwei|dos|2)[- ]?(?:views?|ebenen|proyecciones)\b"
    rf"|(?<![a-z.])(?:{_FRONTAL}){_AND}(?:lat(?:eral)?\b|seitlich|侧位)|正侧位",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Request:
    """What a case asks for; what it does not say is empty."""

    modalities: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    sides: frozenset[str] = frozenset()
    series: int | None = None
    instances: int | None = None
    named_text: str = ""

    @property
    def two_views(self) -> bool:
        """Say whether the report speaks of two views of a radiograph."""
        return _VIEWS.search(self.named_text) is not None


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
