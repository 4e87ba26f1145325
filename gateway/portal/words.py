"""The words of the upload page: one catalogue a language, the same keys in each.

A place for a value is written {name}. Which language a page has is chosen by the visitor, then by the browser's
Accept-Language (RFC 9110 section 12.5.4), else it is English.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {"en": "English", "de": "Deutsch", "es": "Español", "zh-Hans": "简体中文"}
)
_DEFAULT = "en"
_MOST_WISHES = 20


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the words of one of the languages."""
    text = files("gateway.portal").joinpath("words", f"{language}.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))


def choose_language(chosen: str | None, accept_language: str) -> str:
    """Return the language for a visitor."""
    if chosen is not None and chosen in LANGUAGES:
        return chosen
    wishes = [_wish(part) for part in accept_language.split(",")[:_MOST_WISHES]]
    for _, tag in sorted(wishes, key=lambda wish: -wish[0]):
        found = _nearest(tag)
        if found:
            return found
    return _DEFAULT


def _wish(part: str) -> tuple[float, str]:
    tag, _, rest = part.strip().partition(";")
    try:
        return (float(rest.strip().removeprefix("q=")) if rest else 1.0), tag.strip().lower()
    except ValueError:
        return 0.0, tag.strip().lower()


def _nearest(tag: str) -> str | None:
    base = tag.split("-", maxsplit=1)[0]
    if base == "zh":
        return "zh-Hans"
    return base if base in LANGUAGES else None
