"""What a QIDO-RS search asks for, read from the query string (PS3.18 sections 8.3.4 and 10.6.1).

Attributes are named by keyword or by eight hexadecimal digits. A name that no dictionary knows is refused: an ignored
condition would answer with everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pydicom.datadict import dictionary_VR, tag_for_keyword

from config.errors import Malformed, NotOffered

Level = Literal["study", "series", "instance"]

DEFAULT_LIMIT = 1000
MAXIMUM_LIMIT = 5000
_LONGEST_VALUE = 8192
_OTHER = frozenset({"accept", "fuzzymatching", "emptyvaluematching", "multiplevaluematching"})


@dataclass(frozen=True, slots=True)
class Condition:
    """An attribute, as eight hexadecimal digits, its VR, and what it must match."""

    key: str
    vr: str
    value: str


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed search; `fields` are the attributes asked for besides those that always come."""

    conditions: tuple[Condition, ...]
    fields: frozenset[str]
    all_fields: bool
    limit: int
    offset: int
    fuzzy: bool

    def asks_for(self, key: str) -> bool:
        """Say whether an attribute must be in the answer because it was named."""
        return self.all_fields or key in self.fields


def parse_query(items: Iterable[tuple[str, str]]) -> Query:
    """Read the parameters of a search.

    Raises:
        Malformed: an unknown attribute, or a limit or offset that is no number.
        NotOffered: a condition on an attribute inside a sequence.
    """
    conditions: list[Condition] = []
    fields: set[str] = set()
    numbers = {"limit": DEFAULT_LIMIT, "offset": 0}
    all_fields = fuzzy = False
    for name, value in items:
        if len(value) > _LONGEST_VALUE:
            raise Malformed("a search value is too long")
        if name in numbers:
            numbers[name] = _whole(name, value)
        elif name == "includefield":
            for field in value.split(","):
                all_fields = all_fields or field == "all"
                if field not in ("", "all"):
                    fields.add(attribute_key(field.split(".", maxsplit=1)[0]))
        elif name == "fuzzymatching":
            fuzzy = value == "true"
        elif name not in _OTHER:
            key = attribute_key(name)
            fields.add(key)
            if value:
                conditions.append(Condition(key, vr_of(key), value))
    limit = min(numbers["limit"], MAXIMUM_LIMIT)
    return Query(tuple(conditions), frozenset(fields), all_fields, limit, numbers["offset"], fuzzy)


def attribute_key(name: str) -> str:
    """Return an attribute's tag as eight hexadecimal digits.

    Raises:
        Malformed: neither a keyword nor a tag.
        NotOffered: a path into a sequence.
    """
    if "." in name:
        raise NotOffered("conditions on attributes inside sequences are not offered")
    if len(name) == 8 and all(character in "0123456789abcdefABCDEF" for character in name):
        return name.upper()
    tag = tag_for_keyword(name)
    if tag is None:
        raise Malformed("a search parameter is neither a keyword, a tag nor known otherwise")
    return f"{tag:08X}"


def vr_of(key: str) -> str:
    """Return the VR of an attribute.

    Raises:
        Malformed: an attribute that the dictionary does not know.
    """
    try:
        return dictionary_VR(int(key, 16))
    except KeyError:
        raise Malformed("a search parameter names a tag that the standard does not know") from None


def _whole(name: str, value: str) -> int:
    if not value.isdecimal() or len(value) > 9:
        raise Malformed(f"{name} must be a whole number that is not negative")
    return int(value)
