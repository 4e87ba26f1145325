"""Which series of an MR and which views of a mammography their report names and the study lacks.

What a report names is told by its words in English, German, Spanish and Chinese; what came by the words of each series,
by whether it says a contrast agent (PS3.3 C.7.6.4), and by the view of each image (C.8.11.7). A series or image that
says none of the names may be any of them, and of two T1 series that do not say so one may be that after contrast.

T2* and susceptibility-weighted imaging are two sequences. SWI is a T2*-weighted gradient echo that uses the phase too
and shows no less of blood, so a series of SWI answers where T2* was named; a plain T2* is not what was named as SWI. A
gradient echo is taken for T2* only where nothing beside it tells of the others of its kind, most of them T1-weighted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gateway.fitness.ct_series import BETWEEN, CONTRAST_NAMED, missing_of_ct
from gateway.fitness.facts import InstanceFacts
from gateway.fitness.series import Missed, Series, any_of, series_of

_Table = Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]]


def _table(words: Mapping[str, tuple[str, str]]) -> _Table:
    return {name: (any_of(said), any_of(shown)) for name, (said, shown) in words.items()}


_NO = r"(?<![a-z0-9])"  # no letter or digit before: a Chinese character parts words, too
_SPINE = (r"(?<![CT]\d[-/])", r"(?!\s?[-–/]\s?(?:T[3-9]|T1\d|L\d))")  # of C7/T1 and T1-T12 it is a vertebra
_AGENT = r"gadolini(?:um|o)|gadovist|gadobut\w*|dotarem|gd(?:-\w+)?\b|钆"
_STAR = r"(?:[- ]?w(?:i|\w*weighted)?)?[- ]?(?:[*＊∗]|star|stern|estrella|星)"
# A gradient echo in an item of a list that tells of no other than T2*.
_IN_ITEM = r"[^,;.:\n()+、，；。]"
_OTHER_ECHOES = r"T1|3D|phas|fase|相位|dyn|din[áa]m|动态|cine|dixon|vibe|lava|thrive|mprage|flash|fiesta|true?fisp"
_ECHO = (
    rf"(?<!{_IN_ITEM})(?!{_IN_ITEM}*(?:{_OTHER_ECHOES})){_IN_ITEM}*?"
    rf"(?:(?-i:{_NO}GRE(?![A-Za-z]))|gradient(?:en)?[- ]?(?:recalled[- ]?)?e[ck]ho|eco (?:de )?gradiente|梯度回波)"
)
_SWI_SHOWN = r"swi|swan|suscept|ven ?bold|fsbb|\(sw\)"
_STAR_SHOWN = r"t2 ?(?:\*|star)|hemo|me[23]d|medic|merge"
_ECHO_SHOWN = rf"^(?!.*{_NO}s?t1).*(?:(?<![a-z])(?:[23]d|f|me?|ep)?gre(?![a-z])|gradient|fl2d|ffe)"
# By what a report names each, and by what a series shows it.
_MR = _table(
    {
        "T1": (rf"{_NO}{_SPINE[0]}T1(?![0-9]){_SPINE[1]}", rf"{_NO}s?t1|mprage|bravo|vibe|lava|spgr|flash"),
        "T2": (
            rf"{_NO}{_SPINE[0]}T2(?![0-9]|{_STAR}|[- ]?(?:w[- ]?)?(?:FLAIR|STIR|TIRM)){_SPINE[1]}",
            rf"{_NO}s?t2(?! ?(?:\*|star))|haste|space|tse|fse",
        ),
        "FLAIR": (rf"{_NO}(?:T2[- ]?)?FLAIR(?![a-z])", r"flair|dark.?fluid|da[-.]?fl|tirm"),
        "DWI": (
            rf"{_NO}(?:DWI|ADC)(?![a-z])|diffusion(?:s|\b)|difusi[óo]n|弥散|扩散",
            r"dwi|diff|dw ?se|ep2d|adc|trace|b\d{3,4}",
        ),
        "SWI": (
            rf"{_NO}SWI(?![a-z])|susceptibility[- ]weighted|suszeptibilitäts-?gewichtet"
            r"|(?:potenciad\w+ (?:en|por) |secuencias? de )susceptibilidad|磁敏感|磁化率加权",
            _SWI_SHOWN,
        ),
        "T2*": (rf"{_NO}T2{_STAR}|{_ECHO}", rf"{_STAR_SHOWN}|{_SWI_SHOWN}|{_ECHO_SHOWN}"),
        "STIR": (rf"{_NO}STIR(?![a-z])", r"stir|tirm|spair|spir\b|fs\b|fat ?sat|dixon|ideal"),
    }
)
_MG = _table(
    {
        "CC": (
            rf"(?-i:{_NO}CC(?![A-Za-z]))|[ck]ranio-?[ck]aud|cr[áa]neo-?caudal|头尾位",
            r"(?<![a-z])[lr]?cc(?![a-z])|cranio.?caud",
        ),
        "MLO": (rf"(?-i:{_NO}MLO(?![A-Za-z]))|medio-?lateral|内外斜位", r"(?<![a-z])[lr]?mlo(?![a-z])|oblique"),
    }
)
_AGENT_NAMED = any_of(rf"\b(?:nach|mit|post|with|after|following|con|tras)\W+{BETWEEN}(?:{_AGENT})")
_BEFORE_AND_AFTER = any_of(
    r"\bvor\W+(?:und|/)\W*nach\b|\bnativ\w*\W+(?:und|/)|\b(?:pre|before|without)\W+(?:and|/)",
    r"\b(?:ohne|without|sin)\W+(?:und|and|y)\W+(?:mit|with|con)\b|\bantes\W+y\b|平扫",
)
_NATIVE = any_of(r"nativ|non.?con|unenh|plain|\b(?:pre|sin|ohne|nc|w/?o)\b|平扫")
_ENHANCED = any_of(r"\b(?:km|ce|civ|post|dyn\w*)\b|[ck]ontrast|c\+|\+ ?c\b|增强|动态", _AGENT, rf"{_NO}gad")
_LOCALIZER = any_of(r"locali[sz]er|survey|scout|\bloc\b|定位")


def missing_of(modality: str, images: Sequence[InstanceFacts], text: str) -> Missed:
    """Return what a report's text names and the images of one modality lack."""
    if modality == "CT":
        return missing_of_ct(images, text)
    if modality == "MR":
        series = [
            each for each in series_of(each for each in images if not each.localizer) if not each.says(_LOCALIZER)
        ]
        missed = _missing(_MR, series, text)
        return replace(missed, names=(*missed.names, "contrast")) if _lacks_contrast(series, text) else missed
    return _missing(_MG, [Series.of([each]) for each in images], text) if modality == "MG" else Missed()


def _missing(table: _Table, series: Sequence[Series], text: str) -> Missed:
    missing = [name for name, (said, shown) in table.items() if said.search(text) and not _any(series, shown)]
    return Missed.where(missing, sum(each.acquisitions for each in series if _is_silent(table, each)))


def _any(series: Iterable[Series], shown: re.Pattern[str]) -> bool:
    return any(each.says(shown) for each in series)


def _is_silent(table: _Table, series: Series) -> bool:
    return not any(series.says(shown) for _, shown in table.values())


def _lacks_contrast(series: Sequence[Series], text: str) -> bool:
    """Say whether no series can be that after a contrast agent: neither says so, nor is there a T1 too many."""
    named = CONTRAST_NAMED.search(text) or _AGENT_NAMED.search(text)
    if not named or not series or any(each.contrast or each.says(_ENHANCED) for each in series):
        return False
    t1 = _MR["T1"][1]
    native = any(each.says(_NATIVE) for each in series)
    untold = [each for each in series if (each.says(t1) or _is_silent(_MR, each)) and not each.says(_NATIVE)]
    before = _BEFORE_AND_AFTER.search(text) is not None and not native
    return sum(each.acquisitions for each in untold) <= before
