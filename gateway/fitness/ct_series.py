"""Which acquisitions and reconstructions of a CT its report names and the study lacks.

What a report names is told by its words in English, German, Spanish and Chinese. What came is told by the words of each
series, by whether it says a contrast agent (PS3.3 C.7.6.4), its kernel and thickness (C.8.2.1), and its planes. Many
scanners name series by no phase at all: each such series may be one of those missed, so that only what cannot be among
them is missed for certain.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from gateway.fitness.facts import InstanceFacts

_THIN, _THIN_ENOUGH_FOR_PLANES = 2.0, 1.5  # mm
_NEARLY = 0.9  # the cosine from which on a plane is axial
_BETWEEN = r"(?:(?!ohne|without|sin\b|kein|no\b|oral|rektal|rectal)\w+\W+){0,4}?"


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


NAMED: Mapping[str, re.Pattern[str]] = {
    "native": _words(
        r"\bnativ(?:e[rsn]?)?[- ]?(?:ct|serie|phase|scan)\b|\bnativ\b|\bunenhanced|\bnon-?(?:contrast|enhanced)",
        r"\b(?:ohne|without|sin)\W+(?:(?:and|und|y)\W+(?:mit|with|con)\W+)?(?:i\W?v\W+|intraven\w+\W+)?(?:km\b|kontrast|contrast)",
        r"\b(?:mit|with|con)\W+(?:and|und|y)\W+(?:ohne|without|sin)\b|\bTC\b[^\n.]*\bsimple\b|平扫",
    ),
    "contrast": _words(
        rf"\b(?:nach|mit|post)\W+{_BETWEEN}(?:km\b|km-|kontrast)|\bmit\W+und\W+ohne\W+(?:km\b|kontrast)",
        rf"\b(?:with|after|following|post)\W+{_BETWEEN}contrast|\bwith\W+and\W+without\W+(?:\w+\W+)?contrast",
        r"(?<!non-)(?<!non )\bcontrast[- ]enhanced",
        r"(?:ohne|without|sin)\W+(?:und|and|y)\W+(?:mit|with|con)\W+(?:km|\w*ontrast)",
        rf"\b(?:con|tras)\W+{_BETWEEN}contraste|\bcon\W+(?:y\W+sin\W+)?(?:contraste|civ\b)|增强",
    ),
    "arterial": _words(
        r"\barteriell\w*(?:\W+\w+){0,4}\W+phasen?\b|\barterial(?:\W+\w+){0,4}\W+phases?\b",
        r"\bfases?(?:\W+\w+){0,4}?\W+arterial|动脉(?:晚|早)?期",
    ),
    "portal-venous": _words(
        r"\b(?:portal|pfort)?\w*[- ]?ven[öo]se?[rnsm]?(?:\W+\w+){0,3}\W+phasen?\b",
        r"\b(?:portal|portovenous|portal[- ]venous|venous)(?:\W+\w+){0,3}\W+phases?\b",
        r"\bfases?(?:\W+\w+){0,4}?\W+(?:portal|venosa|portovenosa)|门(?:静)?脉期|静脉期",
    ),
    "late": _words(
        r"\bsp[äa]tphasen?\b|\blate phase|\bdelayed (?:phase|images?|scan|acquisition)|\bexcretory phase",
        r"\b(?:ausscheidungs|urogra\w+)[- ]?phase|\bfase (?:tard[íi]a|excretora|de eliminación)|延迟期|延迟扫描|排泄期",
    ),
    "angiography": _words(
        r"\bCT[- ]?angiogra|(?<![a-z])(?:CTA|CTPA)(?![a-z])|CT血管|血管造影|血管成像",
        r"\bangio[- ]?(?:CT|TC)\b|\bTC[- ]angiograf",
    ),
    "bone": _words(
        r"knochenfenster|knochen(?:kernel|algorithmus)|\bbone (?:window|kernel|algorithm)|ventana ósea|骨窗"
    ),
    "thin": _words(r"dünnschicht|\bthin[- ](?:slice|section)|\bcortes finos|薄层"),
    "multiplanar": _words(r"multiplan|\bMPR\b|多平面|[ck]oronar\w*(?:\W+\w+){0,2}\W+sagittal|冠状位?(?:及|和|、)矢状"),
}
_PHASES = ("arterial", "portal-venous", "late", "angiography")
_SHOWN: Mapping[str, re.Pattern[str]] = {
    "native": _words(r"nativ|non.?con|unenh|plain|\bsin\b|simple|\bohne\b|\bw/?o\b|\bpre\b|\bnc\b|平扫"),
    "arterial": _words(r"(?<![a-z])art|动脉|angio|cta|bolus"),
    "portal-venous": _words(r"(?<![a-z])(?:ven|port|pv)|门|静脉"),
    "late": _words(r"late|sp[äa]t|delay|tard|excre|ausscheid|urogr|延迟|排泄|\b\d{1,2} ?min\b"),
    "angiography": _words(r"angio|cta|ctpa|(?<![a-z])art|mip|vascul|gef[äa](?:ß|ss)|bolus|血管|动脉"),
    "contrast": _words(
        r"\bkm\b|kontrast|contrast|\bc\+|\+c\b|\bce\b|\bciv\b|\bi\.?v\b|post|增强|动脉|静脉|延迟|angio|cta"
    ),
    "bone": _words(r"bone|knochen|hueso|óse|骨|edge|\b[bhiq]r?[67]\d|\bfc(?:3\d|8\d)|\by[bcd]\b"),
    "thin": _words(r"thin|dünn|duenn|fino|薄"),
    "multiplanar": _words(r"mpr|multiplan|\bcor|\bkor|\bsag|冠|矢"),
}


@dataclass(frozen=True)
class _Series:
    words: str
    contrast: bool
    images: tuple[InstanceFacts, ...]

    def shows(self, name: str) -> bool:
        """Say whether the words of the series name something; what is said to be native is not enhanced."""
        if name == "contrast" and _SHOWN["native"].search(self.words) and not self.contrast:
            return False
        return _SHOWN[name].search(self.words) is not None


def missing_of_ct(images: Iterable[InstanceFacts], text: str) -> list[str]:
    """Return what a report's text names and the images of its CT lack, scouts left aside."""
    named = [name for name, said in NAMED.items() if said.search(text)]
    series = _series([each for each in images if not each.localizer])
    return [*_acquisitions(named, series), *_reconstructions(named, series)] if named and series else []


def _series(images: list[InstanceFacts]) -> list[_Series]:
    ordered = sorted(images, key=lambda each: each.series_uid)
    return [
        _Series(" ".join({each.description for each in some}), any(each.contrast for each in some), tuple(some))
        for some in (list(group) for _, group in groupby(ordered, key=lambda each: each.series_uid))
    ]


def _acquisitions(named: list[str], series: list[_Series]) -> list[str]:
    wanted = [name for name in ("native", *_PHASES) if name in named]
    if "contrast" in named and not set(_PHASES) & set(wanted):
        wanted.append("contrast")
    missing = [name for name in wanted if not any(each.shows(name) for each in series)]
    if "contrast" in missing and any(each.contrast or any(map(each.shows, _PHASES)) for each in series):
        missing.remove("contrast")
    silent = [each for each in series if not any(map(each.shows, ("native", *_PHASES)))]
    if "native" in missing and any(not each.contrast for each in silent):
        missing.remove("native")
        silent.remove(next(each for each in silent if not each.contrast))
    return missing if len(missing) > len(silent) else [name for name in missing if name == "native"]


def _reconstructions(named: list[str], series: list[_Series]) -> list[str]:
    images = [image for each in series for image in each.images]
    thickness = [image.thickness for image in images if image.thickness]
    shown = {
        "bone": any(_SHOWN["bone"].search(image.kernel) for image in images) or not any(i.kernel for i in images),
        "thin": not thickness or min(thickness) <= _THIN,
        "multiplanar": any(_is_oblique(image) for image in images)
        or not any(image.orientation for image in images)
        or (bool(thickness) and min(thickness) <= _THIN_ENOUGH_FOR_PLANES),
    }
    return [
        name
        for name, found in shown.items()
        if name in named and not found and not any(each.shows(name) for each in series)
    ]


def _is_oblique(image: InstanceFacts) -> bool:
    """Say whether an image is not axial: its normal is not the patient's length axis (PS3.3 C.7.6.2.1.1)."""
    if len(image.orientation) != 6:
        return False
    (a, b, _), (d, e, _) = image.orientation[:3], image.orientation[3:]
    return abs(a * e - b * d) < _NEARLY
