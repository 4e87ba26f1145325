"""Hold what a de-identification is given and what it tells afterwards; neither shows a value of the object."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from anonymizer.keyed import NodeKey
from anonymizer.known import KnownIdentity
from anonymizer.profile import Profile


@dataclass(frozen=True)
class Context:
    """Say for whom an object is de-identified.

    `site` scopes UIDs, `patient_scope` the date shift; `vouched` means that a person has looked at the pixels,
    `faceless` that the caller cuts the face out of them afterwards (`anonymizer.faces`) or that a person has looked for
    one; `known` is who must not stand in texts besides those the object itself names.
    """

    key: NodeKey
    site: str
    pseudonym: str
    patient_scope: str = field(repr=False)
    profile: Profile
    vouched: bool = False
    known: KnownIdentity = field(default=KnownIdentity(), repr=False)
    faceless: bool = False


@dataclass(frozen=True)
class Report:
    """Tell what was done to one instance; all UIDs are the published ones.

    `options` are those of the profile that were applied to this instance. `counts` maps an action of PS3.15 E.1-1 (K
    for attributes that no row names) to the number of attributes, `rules` the name of what decided (`Step.rule`),
    `content_items` an action of E.3.4-1 to the number of items. `lacks_icon` says that the original had an icon, that
    the rules want a new one, and that the pixels have to be decoded for it.
    """

    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    profile: str
    edition: str
    counts: Mapping[str, int]
    removed_private: int
    notes: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    content_items: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)
    lacks_icon: bool = False


def summed(counts: Mapping[tuple[str, str, str], int], part: int) -> dict[str, int]:
    """Return counts by action, rule and kind of date added up by one of the three, sorted."""
    found: Counter[str] = Counter()
    for key, count in counts.items():
        found[key[part]] += count
    return dict(sorted(found.items()))
