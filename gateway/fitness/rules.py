"""The rules of fitness, as a table: each takes the facts and the request and returns what it finds.

A study is unfit when a read of it would mislead or say nothing: other patients' images, the wrong part or side, no
image that decodes, none at all. Everything else limits a read, and the reader is told.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.fitness.facts import InstanceFacts
from gateway.fitness.named_series import missing_of
from gateway.fitness.regions import may_be_one, regions_in, sides_in
from gateway.fitness.request import Request
from gateway.fitness.stacks import duplicates, missing_slices, stacks_of
from gateway.fitness.verdict import Finding, Verdict

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
# Above these ratios compression may hide findings; for other kinds of images there is no agreed limit.
_HIGHEST_RATIO: Mapping[str, float] = MappingProxyType(
    {"CT": 8, "MR": 7, "CR": 10, "DX": 10, "MG": 15, "XA": 6, "RF": 6, "PT": 5, "NM": 5}
)
_MEASURED = frozenset({"CT", "MR", "PT", "CR", "DX", "MG", "NM", "XA", "RF"})
_RADIOGRAPHS = frozenset({"CR", "DX", "DR", "RG"})
_SIDED = re.compile(r"left|right|links|rechts|\blt\b|\brt\b|izq|izd|der|dch|左|右", re.IGNORECASE)


@dataclass(frozen=True)
class StudyFacts:
    """What is known of a study: its readable objects, how many were damaged, and how many name another patient."""

    instances: tuple[InstanceFacts, ...] = ()
    damaged: int = 0
    other_patients: int = 0
    description: str = ""

    @property
    def images(self) -> tuple[InstanceFacts, ...]:
        """Return the objects that have pixels and decode."""
        return tuple(each for each in self.instances if each.frames and each.decodes)

    @property
    def modalities(self) -> frozenset[str]:
        """Return the modalities of the images."""
        return frozenset(each.modality for each in self.images)


def judge(facts: StudyFacts, request: Request) -> Verdict:
    """Judge a study's fitness to be read by every rule."""
    return Verdict.of(finding for rule in RULES for finding in rule(facts, request))


def mixed_patients(facts: StudyFacts, _: Request) -> list[Finding]:
    """Find images of other patients under the same Study Instance UID."""
    return [Finding("mixed-patients", True, {"count": facts.other_patients})] if facts.other_patients else []


def nothing_to_read(facts: StudyFacts, _: Request) -> list[Finding]:
    """Find that no image can be shown, though objects have come."""
    with_pixels = [each for each in facts.instances if each.frames]
    if facts.images or not (with_pixels or facts.instances):
        return []
    return [Finding("no-image-decodes" if with_pixels else "no-images", True)]


def undecodable(facts: StudyFacts, _: Request) -> list[Finding]:
    """Find images whose pixels do not decode, and objects that were cut off or damaged."""
    broken = sum(bool(each.frames) and not each.decodes for each in facts.instances) + facts.damaged
    return [Finding("damaged-images", values={"count": broken})] if broken and facts.images else []


def wrong_body_part(facts: StudyFacts, request: Request) -> list[Finding]:
    """Find that the images show none of what was asked for."""
    shown = regions_in(" ".join([facts.description, *(f"{i.body_part} {i.description}" for i in facts.images)]))
    if may_be_one(request.regions, shown):
        return []
    values = {"asked": ", ".join(sorted(request.regions)), "shown": ", ".join(sorted(shown))}
    return [Finding("wrong-body-part", True, values)]


def wrong_side(facts: StudyFacts, request: Request) -> list[Finding]:
    """Find that all images whose side is known show the other side than was asked for."""
    if len(request.sides) != 1:
        return []
    known = frozenset(side for image in facts.images for side in _side_of(image))
    if not known or known & request.sides:
        return []
    return [Finding("wrong-side", True, {"asked": "".join(request.sides), "shown": "".join(sorted(known))})]


def other_modality(facts: StudyFacts, request: Request) -> list[Finding]:
    """Find that no image is of the modality asked for; CR and DX are one kind."""
    asked = frozenset("DX" if each in _RADIOGRAPHS else each for each in request.modalities)
    shown = frozenset("DX" if each in _RADIOGRAPHS else each for each in facts.modalities)
    if not asked or not shown or asked & shown or shown <= {"OT", "SC"}:
        return []
    return [Finding("other-modality", values={"asked": ", ".join(sorted(asked)), "shown": ", ".join(sorted(shown))})]


def missing_series(facts: StudyFacts, request: Request) -> list[Finding]:
    """Find series and views that the report names and the study lacks."""
    parts = [
        missing_of(modality, [each for each in facts.images if each.modality == modality], request.named_text)
        for modality in sorted(facts.modalities)
    ]
    names = ", ".join(name for part in parts for name in part.names)
    found = [Finding("missing-series", values={"names": names})] if names else []
    some = [{"count": part.at_least, "names": ", ".join(part.among)} for part in parts if part.at_least]
    return found + [Finding("some-series-missing", values=values) for values in some]


def too_few(facts: StudyFacts, request: Request) -> list[Finding]:
    """Find fewer series, images or views than were announced."""
    series = len({each.series_uid for each in facts.images})
    found = []
    if request.series is not None and series < request.series:
        found.append(Finding("fewer-series", values={"expected": request.series, "came": series}))
    if request.instances is not None and len(facts.instances) < request.instances:
        found.append(Finding("fewer-images", values={"expected": request.instances, "came": len(facts.instances)}))
    if request.two_views and facts.modalities <= _RADIOGRAPHS and len(facts.images) == 1:
        found.append(Finding("fewer-images", values={"expected": 2, "came": 1}))
    return found


def slice_gaps(facts: StudyFacts, _: Request) -> list[Finding]:
    """Find slices missing inside a regular stack."""
    missing: dict[str, int] = defaultdict(int)
    for stack in stacks_of(facts.images):
        number = "?" if stack.series_number is None else str(stack.series_number)
        missing[number] += missing_slices(stack)
    holed = {number: count for number, count in missing.items() if count}
    if not holed:
        return []
    return [Finding("slice-gaps", values={"count": sum(holed.values()), "series": ", ".join(sorted(holed))})]


def duplicate_images(facts: StudyFacts, _: Request) -> list[Finding]:
    """Find pictures that came twice under different UIDs."""
    count = duplicates(facts.images)
    return [Finding("duplicate-images", values={"count": count})] if count else []


def lossy_compression(facts: StudyFacts, _: Request) -> list[Finding]:
    """Find images compressed beyond what their modality bears, and lossy ones that do not say how far."""
    lossy = [each for each in facts.images if each.lossy]
    beyond = [each.ratio for each in lossy if each.ratio and each.ratio > _HIGHEST_RATIO.get(each.modality, 1e9)]
    found = [Finding("lossy", values={"count": len(beyond), "ratio": round(max(beyond))})] if beyond else []
    silent = sum(each.ratio is None and each.modality in _HIGHEST_RATIO for each in lossy)
    return found + ([Finding("lossy-unknown", values={"count": silent})] if silent else [])


def secondary_capture_only(facts: StudyFacts, _: Request) -> list[Finding]:
    """Find that all images are pictures of a screen or a film."""
    images = facts.images
    if images and all(each.sop_class_uid.startswith(_SECONDARY_CAPTURE) for each in images):
        return [Finding("secondary-capture-only")]
    return []


def no_pixel_spacing(facts: StudyFacts, _: Request) -> list[Finding]:
    """Find images on which nothing can be measured."""
    count = sum(not each.spacing and each.modality in _MEASURED for each in facts.images)
    return [Finding("no-pixel-spacing", values={"count": count})] if count else []


def _side_of(image: InstanceFacts) -> frozenset[str]:
    if image.laterality in {"L", "R", "B"}:
        return frozenset("LR") if image.laterality == "B" else frozenset(image.laterality)
    return sides_in(image.description) if _SIDED.search(image.description) else frozenset()


Rule = Callable[[StudyFacts, Request], list[Finding]]
RULES: tuple[Rule, ...] = (
    mixed_patients,
    nothing_to_read,
    wrong_body_part,
    wrong_side,
    undecodable,
    other_modality,
    missing_series,
    too_few,
    slice_gaps,
    duplicate_images,
    lossy_compression,
    secondary_capture_only,
    no_pixel_spacing,
)
