"""The words of a printed receipt: one catalogue a language, the same keys in each.

A place for a value is written {name}. Why something was not accepted is written in English where it is decided; in
other languages it is said by its stable code, and a code without words keeps the English. What is signed has no
language.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

_IN_DETAIL = frozenset({"damaged-in-bundle", "unreadable"})  # their English names the limit, or the damage
_WITHOUT_CODE = MappingProxyType({"on its way": "on-its-way", "waiting for a case": "waiting-for-a-case"})


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the words of one of `gateway.letters.LANGUAGES`."""
    text = files("gateway.receipts").joinpath("words", f"{language}.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))


class Wording:
    """What a receipt says, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = catalogue(language)

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the words of a key with its values in their places."""
        return self._words[key].format(**values)

    def time(self, text: str) -> str:
        """Return an instant, written as in the claims, as people write it."""
        at = datetime.fromisoformat(text)
        return self("time", year=at.year, month=self(f"month.{at.month}"), day=at.day, clock=f"{at:%H:%M}")

    def reason(self, verdict: Mapping[str, Any]) -> str:
        """Return why an object was not accepted, nothing where there is no reason."""
        english = verdict["reason"] or ""
        code = verdict["reason_code"] or _WITHOUT_CODE.get(english)
        told = self._words.get(f"reason.{code}")
        if told is None:
            return english
        return f"{told}: {english}" if code in _IN_DETAIL else told
