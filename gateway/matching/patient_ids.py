"""Compare the identifiers of two patients by their numbers, issuers and kinds (`issuers.py`).

An issuer that one side does not name may be any. Where a number that belongs to one person by law differs, another one
in common is a mother's or a family's.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from gateway.matching.issuers import is_of_a_hospital, is_of_one_person, may_be_a_family_s, may_be_one_issuer
from gateway.matching.keys import CaseKeys, StudyKeys
from gateway.matching.spelling import slips

_LONG_ID = 6
_NOBODY = frozenset({"", "0", "1", "NA", "NONE", "NIL", "UNKNOWN", "UNK", "TEST", "ANON", "ANONYMOUS", "X", "XXX"})


@dataclass(frozen=True)
class _Number:
    """An identifier without its form, who issued it and of what kind it is."""

    plain: str
    issuer: str
    kind: str

    @property
    def own(self) -> bool:
        return is_of_one_person(self.kind, self.issuer)

    def may_be_of(self, other: "_Number") -> bool:
        """Say whether both may be of one issuer."""
        return may_be_one_issuer(self.issuer, other.issuer)

    def is_of(self, other: "_Number") -> bool:
        """Say whether both are of one issuer: the same one, or the same register of persons."""
        if self.issuer and self.issuer == other.issuer:
            return not self.kind or not other.kind or self.kind == other.kind
        return self.own and self.kind != "" and self.kind == other.kind and self.may_be_of(other)


@lru_cache(65536)
def plain_number(number: str) -> str:
    """Return an identifier without its form: letters and digits in capitals, leading zeros gone; empty if a stopgap."""
    plain = re.sub(r"[\W_]", "", number).upper().lstrip("0")
    return "" if plain in _NOBODY else plain


def compare_ids(study: StudyKeys, case: CaseKeys) -> tuple[str, str]:
    """Return the row of the weights table that the patients' identifiers meet, and it in words; empty for none."""
    ours = _numbers(((study.patient_id, study.issuer), *sorted(study.other_ids)), dict(study.id_kinds))
    theirs = _numbers(sorted(case.patient_ids), dict(case.id_kinds))
    pairs = [(one, other) for one in ours for other in theirs]
    if not pairs:
        return "", ""
    equal = [(one, other) for one, other in pairs if one.plain == other.plain and one.may_be_of(other)]
    if any(one.own or other.own for one, other in equal):
        return "number of one person equal", ""
    if equal:
        return _equal(equal, pairs)
    if any(one.plain == other.plain for one, other in pairs):
        return "patient ID equal, the issuers differ", ""
    return _different(pairs)


def _equal(equal: list[tuple[_Number, _Number]], pairs: list[tuple[_Number, _Number]]) -> tuple[str, str]:
    if any(one.own and other.own and one.is_of(other) for one, other in pairs):
        return "number of one person different", ""
    kept = any(
        is_of_a_hospital(one.kind or other.kind) or (one.issuer and one.issuer == other.issuer)
        for one, other in equal
        if not may_be_a_family_s(one.kind or other.kind, one.issuer or other.issuer)
    )
    return "patient ID equal, of one issuer" if kept else "patient ID equal", "patient ID equal"


def _different(pairs: list[tuple[_Number, _Number]]) -> tuple[str, str]:
    same_issuer = any(one.is_of(other) for one, other in pairs)
    if any(_is_slip(one, other) for one, other in pairs):
        return "patient ID with one digit off" + (", of the same issuer" if same_issuer else ""), ""
    return "patient ID of the same issuer different" if same_issuer else "patient ID different", ""


def _is_slip(one: _Number, other: _Number) -> bool:
    one_kind = not one.kind or not other.kind or one.kind == other.kind
    shorter = min(len(one.plain), len(other.plain))
    return one_kind and shorter >= _LONG_ID and slips(one.plain, other.plain, 1) == 1


def _numbers(ids: Iterable[tuple[str, str]], kinds: dict[str, str]) -> list[_Number]:
    return [
        _Number(plain, issuer.casefold(), kinds.get(each, "")) for each, issuer in ids if (plain := plain_number(each))
    ]
