"""What tells those born together apart before they have names: the minute of birth, and which of them came first.

Twins share birth date, family name, home and often their mother's number; a word for a newborn without a letter names
either. HL7 tells whether a birth was multiple and in which order (PID-24, PID-25, the time in PID-7), FHIR too
(`Patient.multipleBirth`, the extension `patient-birthTime`), DICOM the time alone (0010,0032); a letter or number
beside a newborn's word is an order too. Told apart by any of them nobody is linked. One place in the order, or a birth
of one child, lets the mother's number decide; one minute does not, since two may be born in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.matching.newborns import is_unnamed, marks


@dataclass(frozen=True)
class Birth:
    """The minute of a birth (HHMM), the place in its order and whether it was multiple, as far as each is told."""

    minute: str = ""
    order: str = ""
    multiple: bool | None = None

    @property
    def single(self) -> bool:
        """Say whether it is told that one child was born, and nothing tells otherwise."""
        return self.multiple is False and self.order in {"", "1"}

    @property
    def one_of_several(self) -> bool:
        """Say whether it is told that several were born."""
        return self.multiple is True or self.order > "1"


UNTOLD = Birth()


def birth_of(told: Mapping[str, Any]) -> Birth:
    """Return what a case keeps of a birth (`Case.birth`)."""
    order = told.get("order")
    return Birth(told.get("time", ""), str(order) if order else "", told.get("multiple"))


def order_in_name(name: str) -> str:
    """Return the place in the order of birth that a newborn's name tells: 2 for `Baby B`; empty for other names."""
    said = {mark for mark in marks(name) if mark.isdigit()} if is_unnamed(name) else set()
    return said.pop() if len(said) == 1 else ""


def are_two(one: Birth, other: Birth) -> bool:
    """Say whether two births are not one: another minute, or another place in the order."""
    return _differ(one.minute, other.minute) or _differ(one.order, other.order)


def surely_one(one: Birth, other: Birth) -> bool:
    """Say whether twins could not show what is told of two births: one place in the order, or a birth of one child."""
    same_place = bool(one.order) and one.order == other.order
    single = (one.single and not other.one_of_several) or (other.single and not one.one_of_several)
    return not are_two(one, other) and (same_place or single)


def _differ(one: str, other: str) -> bool:
    return bool(one) and bool(other) and one != other
