"""Names between a page and a data set.

A Person Name has up to three component groups (alphabetic, ideographic, phonetic) joined by "=", each of five
components joined by "^" (PS3.5 6.2.1). A reader is known by a display name; the SR needs it as a Person Name.
"""

_TITLES = frozenset({"dr", "dr.", "prof", "prof.", "pd", "priv.-doz.", "med.", "mr", "mr.", "ms", "ms.", "mrs", "mrs."})


def to_person_name(display_name: str) -> str:
    """Return a display name as a Person Name.

    Leading titles become the prefix, what follows a comma the suffix, the last word the family name. A name of one
    word, as Chinese names are usually typed, stays whole, with a delimiter that says so. A string that has delimiters
    is returned as it is.
    """
    if "^" in display_name:
        return display_name.strip()
    name, _, suffix = (part.strip() for part in display_name.replace("=", " ").replace("\\", " ").partition(","))
    words = name.split()
    titles = []
    while len(words) > 1 and words[0].lower() in _TITLES:
        titles.append(words.pop(0))
    family = words[-1] if words else ""
    person_name = "^".join([family, " ".join(words[:-1]), "", " ".join(titles), suffix]).rstrip("^")
    return person_name if "^" in person_name else f"{person_name}^"


def to_words(person_name: str) -> str:
    """Return a Person Name as people write it: every group it has, the alphabetic one first."""
    groups = person_name.split("=")[:3]
    printed = [_alphabetic(groups[0]), *(_joined(group) for group in groups[1:])]
    return " · ".join(name for name in printed if name)


def _alphabetic(group: str) -> str:
    family, given, middle, prefix, suffix = _components(group)
    return ", ".join(part for part in (family, " ".join(filter(None, (prefix, given, middle))), suffix) if part)


def _joined(group: str) -> str:
    family, given, middle, _, _ = _components(group)
    return " ".join(filter(None, (family, given, middle)))


def _components(group: str) -> list[str]:
    components = [component.strip() for component in group.split("^")[:5]]
    return components + [""] * (5 - len(components))
