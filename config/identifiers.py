"""Values of DICOM that have a grammar: frozen, validated when built, so that nobody downstream checks again.

PS3.5 section 6.2 (AE, UI, PN) and section 9 (UIDs).
"""

import re
from dataclasses import dataclass
from typing import Self

from config.errors import Malformed

_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")
_LOOSE_UID = re.compile(r"[0-9]+(\.[0-9]+)+")


@dataclass(frozen=True, slots=True, order=True)
class AETitle:
    """An application entity title: 1 to 16 characters of the default repertoire, no backslash, not only blanks.

    Leading and trailing blanks are not significant (PS3.5 table 6.2-1) and are dropped.
    """

    value: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", self.value.strip(" "))
        if not 1 <= len(self.value) <= 16 or not all(" " <= c <= "~" and c != "\\" for c in self.value):
            raise Malformed("an AE title has 1 to 16 printable ASCII characters and no backslash")

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class UID:
    """A unique identifier of at most 64 characters.

    Components with leading zeros break PS3.5 section 9.1 but are common in the field: they are accepted as received,
    since a UID is only ever compared.
    """

    value: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", self.value.rstrip("\0 "))
        if len(self.value) > 64 or not _LOOSE_UID.fullmatch(self.value):
            raise Malformed("a UID has numbers separated by dots and at most 64 characters")

    @property
    def strict(self) -> bool:
        """Say whether the UID keeps every rule of PS3.5 section 9.1."""
        return _UID.fullmatch(self.value) is not None

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name in up to three component groups: alphabetic, ideographic, phonetic (PS3.5 section 6.2.1).

    Each group has five components: family, given, middle, prefix, suffix, separated by "^". The text form is kept, the
    groups can be asked for; comparing names is a matter of matching, not of this type.
    """

    value: str

    @classmethod
    def of(cls, *, family: str, given: str = "", ideographic: str = "") -> Self:
        """Build a name from its most used parts."""
        alphabetic = f"{family}^{given}" if given else family
        return cls(f"{alphabetic}={ideographic}" if ideographic else alphabetic)

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the component groups that are not empty."""
        return tuple(group for group in self.value.split("=") if group.strip(" ^"))

    def components(self, group: str) -> tuple[str, ...]:
        """Return the components of a group that are not empty."""
        return tuple(part.strip() for part in group.split("^") if part.strip())

    def __str__(self) -> str:
        return self.value
