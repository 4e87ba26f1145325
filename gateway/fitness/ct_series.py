"""Which acquisitions and reconstructions of a CT its report names and the study lacks.

What a report names is told by its words in English, German, Spanish and Chinese. What came is told by the words of each
series, by whether it says a contrast agent (PS3.3 C.7.6.4), its kernel and thickness (C.8.2.1), and its planes. Many
scanners name series by no phase at all: each such series may be one of those missed, so that only what cannot be among
them is missed for certain, and of the rest how many at least.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from gateway.fitness.facts import InstanceFacts
from gateway.fitness.phase_lists import listed_phases
from gateway.fitness.series import Missed, Series, any_of, series_of

# Kernels of soft tissue as makers name them (C.8.2.1 (0018,1210)); any other may be one for bones.
_SOFT_KERNEL = re.compile(r"[bhijq][a-z]?[0-5]\d|(?:standard|soft|fc[0-2]\d|u?[ab])\b", re.IGNORECASE)
_THIN, _THIN_ENOUGH_FOR_PLANES = 2.0, 1.5  # mm
_NEARLY = 0.9  # the cosine from which on a plane is axial
# Words between "with" and the agent: in one sentence, and about none given, one swallowed, or one not borne.
_OTHERWISE = r"(?!ohne|without|sin\b|kein|no\b|oral|rektal|rectal|allerg|al[ée]rg|unvertr|intoler)"
BETWEEN = rf"(?:i\W?v\W+|{_OTHERWISE}\w+(?:\.\d+)?[^\w.;:]+){{0,4}}?"
_GIVEN = r"(?!\w*(?:\s*[:：]\s*(?:no|nil|kein|ning|无)|\s*-?\s*(?:allerg|unvertr|intoler|überempf|hypersens)))"

NAMED: Mapping[str, re.Pattern[str]] = {
    "native": any_of(
        r"\bnativ(?:e[rsn]?)?[- ]?(?:ct|serie|phase|scan)\b|\bnativ\b|\bunenhanced|\bnon-?(?:contrast|enhanced)",
        r"\b(?:ohne|without|sin)\W+(?:(?:and|und|y)\W+(?:mit|with|con)\W+)?(?:i\W?v\W+|intraven\w+\W+)?(?:km\b|kontrast|contrast)",
        r"\b(?:mit|with|con)\W+(?:and|und|y)\W+(?:ohne|without|sin)\b|\bTC\b[^\n.]*\b(?:simple|basal)\b|平扫",
        r"\bpre[- ](?:(?:and|/)\W*post[- ]?)?contrast|\bplain (?:ct|scan|and)\b",
    ),
    "contrast": any_of(
        rf"\b(?:nach|mit|post)\W+{BETWEEN}(?:km\b|km-|kontrast){_GIVEN}|\bmit\W+und\W+ohne\W+(?:km\b|kontrast)",
        rf"\b(?:with|after|following|post)\W+{BETWEEN}contrast{_GIVEN}|\bwith\W+and\W+without\W+(?:\w+\W+)?contrast",
        r"(?<!non-)(?<!non )\bcontrast[- ]enhanced|\bnativ\w*\s*(?:und|[+/,&])\s*(?:i\W?v\W*)?(?:km\b|kontrast)",
        r"\b(?:km|kontrast(?:mittel)?)-?(?:gestützt|verstärkt|unterstützt)|\bKM-CT\b|\bcontrastad[oa]\b",
        r"(?:ohne|without|sin)\W+(?:und|and|y)\W+(?:mit|with|con)\W+(?:km|\w*ontrast)",
        rf"\b(?:con|tras)\W+{BETWEEN}contraste{_GIVEN}|\bcon\W+(?:y\W+sin\W+)?(?:contraste|civ\b)|增强",
    ),
    "arterial": any_of(
        r"\barteriell\w*(?:\W+\w+){0,4}\W+phasen?\b|\barterial(?:\W+\w+){0,4}\W+phases?\b",
        r"\bfases?(?:\W+\w+){0,4}?\W+arterial|动脉(?:晚|早)?期",
    ),
    "portal-venous": any_of(
        r"\b(?:portal|pfort)?\w*[- ]?ven[öo]se?[rnsm]?(?:\W+\w+){0,3}\W+phasen?\b",
        r"\b(?:portal|portovenous|portal[- ]venous|venous)(?:\W+\w+){0,3}\W+phases?\b",
        r"\bfases?(?:\W+\w+){0,4}?\W+(?:portal|venosa|portovenosa)|门(?:静)?脉期|静脉期",
    ),
    "late": any_of(
        r"\bsp[äa]tphasen?\b|\blate phase|\bdelayed (?:phase|images?|scan|acquisition)|\bexcretory phase",
        r"\b(?:ausscheidungs|urogra\w+)[- ]?phase|\bfase (?:tard[íi]a|excretora|de eliminación)|延迟期|延迟扫描|排泄期",
    ),
    "angiography": any_of(
        r"\bCT[- ]?angiogra|(?<![a-z])(?:CTA|CTPA)(?![a-z])|CT血管|血管造影|血管成像",
        r"\bangio[- ]?(?:CT|TC)\b|\bTC[- ]angiograf",
    ),
    "bone": any_of(
        r"knochenfenster|knochen(?:kernel|algorithmus)|\bbone (?:window|kernel|algorithm)|ventana ósea|骨窗"
    ),
    "thin": any_of(r"dünnschicht|\bthin[- ](?:slice|section)|\bcortes finos|薄层"),
    "multiplanar": any_of(
        r"multiplan|\bMPR\b|多平面|[ck]orona[rl]\w*(?:\W+\w+){0,2}\W+sagitt?al|冠状位?(?:及|和|、)矢状"
    ),
}
CONTRAST_NAMED = NAMED["contrast"]
_PHASES = ("arterial", "portal-venous", "late", "angiography")
_ENHANCED_ALONE = frozenset({"arterial", "portal-venous", "late"})  # what "with contrast" then sums up
_SHOWN: Mapping[str, re.Pattern[str]] = {
    "native": any_of(r"nativ|non.?con|unenh|plain|\bsin\b|simple|\bohne\b|\bw/?o\b|\bpre\b|\bnc\b|平扫"),
    "arterial": any_of(r"(?<![a-z])art|动脉|angio|cta|bolus"),
    "portal-venous": any_of(r"(?<![a-z])(?:ven|port|pv)|门|静脉"),
    "late": any_of(r"late|sp[äa]t|delay|tard|excre|ausscheid|urogr|延迟|排泄|\b\d{1,2} ?min\b"),
    "angiography": any_of(r"angio|cta|ctpa|(?<![a-z])art|mip|vascul|gef[äa](?:ß|ss)|bolus|血管|动脉"),
    "contrast": any_of(
        r"\bkm\b|kontrast|contrast|\bc\+|\+c\b|\bce\b|\bciv\b|\bi\.?v\b|post|增强|动脉|静脉|延迟|angio|cta"
    ),
    "bone": any_of(r"bone|knochen|hueso|óse|骨|edge|\b[bhiq]r?[67]\d|\bfc(?:3\d|8\d)|\by[bcd]\b"),
    "thin": any_of(r"thin|dünn|duenn|fino|薄"),
    "multiplanar": any_of(r"mpr|multiplan|\bcor|\bkor|\bsag|冠|矢"),
}


def missing_of_ct(images: Iterable[InstanceFacts], text: str) -> Missed:
    """Return what a report's text names and the images of its CT lack, scouts left aside."""
    listed = listed_phases(text)
    named = [name for name, said in NAMED.items() if name in listed or said.search(text)]
    series = series_of(each for each in images if not each.localizer)
    if not named or not series:
        return Missed()
    missed = _acquisitions(named, series)
    return replace(missed, names=(*missed.names, *_reconstructions(named, series)))


def _shows(series: Series, name: str) -> bool:
    """Say whether the words of a series name something; what is said to be native is not enhanced."""
    if name == "contrast" and series.says(_SHOWN["native"]) and not series.contrast:
        return False
    return series.says(_SHOWN[name])


def _acquisitions(named: list[str], series: list[Series]) -> Missed:
    """Return which phases did not come: the native series for certain, of others as many as no series may be."""
    missing = [
        name for name in (*_PHASES, "native") if name in named and not any(_shows(each, name) for each in series)
    ]
    if "angiography" in missing and "arterial" in missing:  # of arteries both are one
        missing.remove("arterial")
    silent = [each for each in series if not any(_shows(each, name) for name in ("native", *_PHASES))]
    may_be = sum(each.acquisitions for each in silent)
    summed_up = _ENHANCED_ALONE | {"angiography"} if may_be else _ENHANCED_ALONE
    if "contrast" in named and not _is_enhanced(series) and not set(missing) & summed_up:
        missing.insert(0, "contrast")
    native = "native" in missing and any(not each.contrast for each in silent)  # one of them may be it, then no other
    missed = Missed.where([name for name in missing if name != "native"], may_be - native)
    return replace(missed, names=(*missed.names, "native")) if "native" in missing and not native else missed


def _is_enhanced(series: list[Series]) -> bool:
    return any(each.contrast or any(_shows(each, name) for name in ("contrast", *_PHASES)) for each in series)


def _reconstructions(named: list[str], series: list[Series]) -> list[str]:
    images = [image for each in series for image in each.images]
    thickness = [image.thickness for image in images if image.thickness]
    shown = {
        "bone": any(not _SOFT_KERNEL.match(image.kernel) for image in images),
        "thin": not thickness or min(thickness) <= _THIN,
        "multiplanar": any(_is_oblique(image) for image in images)
        or not any(image.orientation for image in images)
        or (bool(thickness) and min(thickness) <= _THIN_ENOUGH_FOR_PLANES),
    }
    return [
        name
        for name, found in shown.items()
        if name in named and not found and not any(_shows(each, name) for each in series)
    ]


def _is_oblique(image: InstanceFacts) -> bool:
    """Say whether an image is not axial: its normal is not the patient's length axis (PS3.3 C.7.6.2.1.1)."""
    if len(image.orientation) != 6:
        return False
    (a, b, _), (d, e, _) = image.orientation[:3], image.orientation[3:]
    return abs(a * e - b * d) < _NEARLY
