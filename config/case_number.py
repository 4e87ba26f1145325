"""Case numbers: ten digits, the last a Damm check digit.

The check digit finds every single wrong digit and every swap of neighbours, so that a typed or printed number can be
trusted (H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004; the quasigroup below is the one of order 10 given
there).
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Self

from config.errors import Malformed

_QUASIGROUP = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)

_FULL_WIDTH = re.compile("[０-９－\u3000]")


def half_width(text: str) -> str:
    """Return a text with full-width digits, hyphens and blanks as those of ASCII; superscripts and the rest stay."""
    return text if text.isascii() else _FULL_WIDTH.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


def check_digit(digits: str) -> str:
    """Return the Damm check digit of a string of decimal digits."""
    interim = 0
    for digit in digits:
        interim = int(_QUASIGROUP[interim][int(digit)])
    return str(interim)


@dataclass(frozen=True, slots=True, order=True)
class CaseNumber:
    """A case number whose check digit holds.

    Raises:
        Malformed: not ten digits, or the check digit does not hold.
    """

    value: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{10}", self.value):
            raise Malformed("a case number has ten digits")
        if check_digit(self.value) != "0":
            raise Malformed("the check digit of the case number does not hold; please compare it with the original")

    def __str__(self) -> str:
        return self.value

    @classmethod
    def draw(cls) -> Self:
        """Draw a random case number; the caller makes sure that it is not taken."""
        body = "".join(secrets.choice("0123456789") for _ in range(8))
        body = secrets.choice("123456789") + body
        return cls(body + check_digit(body))


def find_case_numbers(text: str) -> tuple[CaseNumber, ...]:
    """Return the valid case numbers in a text, in order, each once; digits may be grouped by blanks or hyphens.

    Full-width digits, as they are typed in Chinese and Japanese, count like others.
    """
    found: dict[str, CaseNumber] = {}
    for candidate in re.findall(r"(?<![0-9])[0-9](?:[ -]?[0-9]){9}(?![0-9])", half_width(text)):
        digits = re.sub(r"[ -]", "", candidate)
        if check_digit(digits) == "0":
            found[digits] = CaseNumber(digits)
    return tuple(found.values())
