"""Money is an integer of minor units and an ISO 4217 currency code; never a float."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, Overflow
from typing import Self

from config.errors import Malformed

_MINOR_DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "KWD": 3, "OMR": 3, "JOD": 3, "TND": 3}

_TOO_MUCH = 10**15  # minor units; a database keeps 64 bits


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the minor unit of a currency.

    Raises:
        Malformed: the currency is not three capital letters.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise Malformed("a currency is an ISO 4217 code such as USD")

    @classmethod
    def parse(cls, amount: str, currency: str) -> Self:
        """Read a decimal amount in major units, such as "300" or "300.50".

        Raises:
            Malformed: not a number, negative, beyond any invoice, or finer than the currency's minor unit.
        """
        digits = _MINOR_DIGITS.get(currency, 2)
        try:
            minor = Decimal(amount) * 10**digits
        except (InvalidOperation, Overflow):
            raise Malformed(f"not an amount of money: {amount!r}") from None
        if not minor.is_finite() or not 0 <= minor < _TOO_MUCH or minor != minor.to_integral_value():
            raise Malformed(f"an amount in {currency} has at most {digits} decimals, is not negative and not absurd")
        return cls(int(minor), currency)

    def plus_percent(self, percent: int) -> Self:
        """Return the amount with a mark-up in whole percent, rounded half up to the minor unit."""
        return type(self)((self.amount_minor * (100 + percent) + 50) // 100, self.currency)

    def __str__(self) -> str:
        digits = _MINOR_DIGITS.get(self.currency, 2)
        major = Decimal(self.amount_minor).scaleb(-digits)
        return f"{major:.{digits}f} {self.currency}"
