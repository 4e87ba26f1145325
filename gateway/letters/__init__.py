"""What the node says to a hospital in the hospital's language: reminders, and why a study cannot be read as it came.

One catalogue a language (`words/`), the same keys in each; a place for a value is written {name}. The language is the
site's own, else that of its country.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

LANGUAGES = ("en", "de", "es", "zh-Hans")
_COUNTRIES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("DE", "AT", "CH", "LI", "LU"), "de"),
        **dict.fromkeys(("CN", "SG", "TW", "HK", "MO"), "zh-Hans"),
        **dict.fromkeys(("ES", "MX", "AR", "CO", "CL", "PE", "EC", "VE", "GT", "CU", "BO", "DO", "HN", "PY"), "es"),
        **dict.fromkeys(("SV", "NI", "CR", "PA", "UY", "PR"), "es"),
    }
)
_FORMS: Mapping[str, str] = MappingProxyType({"0": ".none", "1": ".one"})


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the words of one of the languages."""
    text = files("gateway.letters").joinpath("words", f"{language}.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))


def language_for(language: str | None, country: str | None) -> str:
    """Return the language of a site from its own setting, else from its country, else English."""
    return language if language in LANGUAGES else _COUNTRIES.get((country or "").upper(), "en")


def words(language: str, key: str, **values: Any) -> str:
    """Return a sentence in a language, its form for none or one where `count` is that and the form differs."""
    known = catalogue(language)
    form = _FORMS.get(str(values.get("count")), "")
    return known.get(f"{key}{form}", known[key]).format(**values)


def fitness_letter(language: str, findings: Iterable[Mapping[str, Any]]) -> str:
    """Return what to tell a hospital about a study: each finding, then what to do."""
    found = list(findings)
    if not found:
        return ""
    unfit = any(each["unfit"] for each in found)
    head = words(language, "fitness.unfit" if unfit else "fitness.limited")
    lines = [f"- {finding_words(language, each)}" for each in found]
    return "\n".join([head, *lines, "", words(language, "fitness.please_unfit" if unfit else "fitness.please_limited")])


def finding_words(language: str, finding: Mapping[str, Any]) -> str:
    """Return a finding in a language; regions and sides in it are words of that language too."""
    values = {
        name: ", ".join(catalogue(language).get(f"part.{part}", part) for part in str(value).split(", "))
        for name, value in finding["values"].items()
    }
    return words(language, f"finding.{finding['code']}", **values)
