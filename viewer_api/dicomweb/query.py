"""What a QIDO-RS search asks for, read from the query string (PS3.18 sections 8.3.4 and 10.6.1).

Attributes are named by keyword or by eight hexadecimal digits, those inside sequences by the path to them, with dots. A
name that no dictionary knows is refused: an ignored condition would answer with everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pydicom.datadict import dictionary_VR, tag_for_keyword

from config.errors import Malformed

Level = Literal["study", "series", "instance"]

DEFAULT_LIMIT = 1000
MAXIMUM_LIMIT = 5000
_LONGEST_VALUE = 8192
_DEEPEST_PATH = 8
_SWITCHES = ("fuzzymatching", "emptyvaluematching", "multiplevaluematching")


@dataclass(frozen=True, slots=True)
class Condition:
    """An attribute, as the tags on the way to it, its VR, and what it must match."""

    path: tuple[str, ...]
    vr: str
    value: str

    @property
    def key(self) -> str:
        """Return the tag that decides the level: the outermost one."""
        return self.path[0]


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed search; `fields` are the attributes asked for besides those that always come."""

    conditions: tuple[Condition, ...]
    fields: frozenset[str]
    all_fields: bool
    limit: int
    offset: int
    fuzzy: bool
    empty_values: bool = False
    multiple_values: bool = False
    combined_datetime: bool = True

    def asks_for(self, key: str) -> bool:
        """Say whether an attribute must be in the answer because it was named."""
        return self.all_fields or key in self.fields


def parse_query(items: Iterable[tuple[str, str]]) -> Query:
    """Read the parameters of a search.

    Raises:
        Malformed: an unknown attribute, a path through something that is no sequence, or a limit, offset or switch
            that cannot be read.
    """
    conditions: list[Condition] = []
    fields: set[str] = set()
    numbers = {"limit": DEFAULT_LIMIT, "offset": 0}
    switches = dict.fromkeys(_SWITCHES, False)
    all_fields = False
    for name, value in items:
        if len(value) > _LONGEST_VALUE:
            raise Malformed("a search value is too long")
        if name in numbers:
            numbers[name] = _whole(name, value)
        elif name in switches:
            switches[name] = _yes_or_no(name, value)
        elif name == "includefield":
            named = [field.strip() for field in value.split(",") if field.strip()]
            all_fields = all_fields or "all" in named
            fields.update(attribute_path(field)[0] for field in named if field != "all")
        elif name != "accept":
            path = attribute_path(name)
            fields.add(path[0])
            if value:
                conditions.append(Condition(path, vr_of(path[-1]), value))
    return Query(
        conditions=tuple(conditions),
        fields=frozenset(fields),
        all_fields=all_fields,
        limit=min(numbers["limit"], MAXIMUM_LIMIT),
        offset=numbers["offset"],
        fuzzy=switches["fuzzymatching"],
        empty_values=switches["emptyvaluematching"],
        multiple_values=switches["multiplevaluematching"],
    )


def attribute_path(name: str) -> tuple[str, ...]:
    """Return the tags on the way to an attribute, each as eight hexadecimal digits.

    Raises:
        Malformed: a step that is neither a keyword nor a tag, or a step through something that is no sequence.
    """
    steps = name.split(".")
    if len(steps) > _DEEPEST_PATH:
        raise Malformed("a search parameter reaches too deep")
    path = tuple(_attribute_key(step) for step in steps)
    if any(vr_of(step) != "SQ" for step in path[:-1]):
        raise Malformed("a search parameter names a way through an attribute that is no sequence")
    return path


def vr_of(key: str) -> str:
    """Return the VR of an attribute.

    Raises:
        Malformed: an attribute that the dictionary does not know.
    """
    try:
        return dictionary_VR(int(key, 16))
    except KeyError:
        raise Malformed("a search parameter names a tag that the standard does not know") from None


def _attribute_key(name: str) -> str:
    if len(name) == 8 and all(character in "0123456789abcdefABCDEF" for character in name):
        return name.upper()
    tag = tag_for_keyword(name)
    if tag is None:
        raise Malformed("a search parameter is neither a keyword, a tag nor known otherwise")
    return f"{tag:08X}"


def _whole(name: str, value: str) -> int:
    if not value.isdecimal() or len(value) > 9:
        raise Malformed(f"{name} must be a whole number that is not negative")
    return int(value)


def _yes_or_no(name: str, value: str) -> bool:
    if value not in ("true", "false", ""):
        raise Malformed(f"{name} is true or false")
    return value == "true"
