"""Where somebody may practise, as one code: of ISO 3166-1 for a country, of ISO 3166-2 for a part of one.

The outlying territories of the United States have a code in each (PR and US-PR). Doctors are licensed there as in the
states, so that they count as these do: US-PR, whichever of the two is told. Hong Kong, Macao and Taiwan, which have two
codes too, license doctors by themselves: HK, not CN-HK.
"""

from collections.abc import Mapping
from types import MappingProxyType

BY_THEMSELVES: Mapping[str, str] = MappingProxyType({"CN-HK": "HK", "CN-MO": "MO", "CN-TW": "TW"})
TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "UM", "VI"})


def one_code(code: str) -> str:
    """Return the one code of a jurisdiction by any that it has, in capitals."""
    code = code.strip().upper()
    return f"US-{code}" if code in TERRITORIES else BY_THEMSELVES.get(code, code)
