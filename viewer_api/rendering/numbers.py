"""Decimal strings as they are met: several values, blanks, and what is not a number (PS3.5 table 6.2-1, DS)."""

import math
from collections.abc import Sequence
from typing import Any


def decimal(value: Any) -> float | None:
    """Return the first value as a finite number, or None when there is none."""
    values = decimals(value)
    return values[0] if values else None


def decimals(value: Any) -> tuple[float, ...]:
    """Return every value as a number; empty when one of them is none or not finite."""
    if value is None or value == "":
        return ()
    several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    try:
        numbers = tuple(float(one) for one in several)
    except (TypeError, ValueError):
        return ()
    return numbers if all(math.isfinite(number) for number in numbers) else ()
