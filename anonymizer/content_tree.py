"""Hold a tree of content items while it is decided what of it stays (PS3.3 section C.17.3).

Items may name each other by their place in the tree (C.17.3.2.5). When an item goes, so do its descendants and whatever
names one of them, and the places of those that stay are counted anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from anonymizer.codes import CodedEntry
from anonymizer.element import Element

Place = tuple[int, ...]
ROOT: Place = (1,)


@dataclass(slots=True)
class ContentItem:
    """Be one content item: its elements, where it stood, and what it says it is; `refers_to` is another one's place."""

    elements: dict[int, Element]
    encodings: tuple[str, ...]
    depth: int
    place: Place
    value_type: str
    concept: CodedEntry
    refers_to: Place | None
    children: "list[ContentItem]" = field(default_factory=list)
    action: str | None = None
    new_place: Place = ()


def every_item(items: list[ContentItem]) -> Iterator[ContentItem]:
    """Yield items and their descendants in the order of the document."""
    for item in items:
        yield item
        yield from every_item(item.children)


def prune(items: list[ContentItem]) -> list[ContentItem]:
    """Return the tree without removed items and what depends on them, with the new places told."""
    kept = _without_removed(items)
    while True:  # what went because its reference dangles may have been referred to itself
        places = {item.place for item in every_item(kept)} | {ROOT}
        if all(item.refers_to is None or item.refers_to in places for item in every_item(kept)):
            break
        kept = _without_dangling(kept, places)
    _count(kept, ROOT)
    return kept


def _without_removed(items: list[ContentItem]) -> list[ContentItem]:
    kept = [item for item in items if item.action != "X"]
    for item in kept:
        item.children = _without_removed(item.children)
    return kept


def _without_dangling(items: list[ContentItem], places: set[Place]) -> list[ContentItem]:
    kept = [item for item in items if item.refers_to is None or item.refers_to in places]
    for item in kept:
        item.children = _without_dangling(item.children, places)
    return kept


def _count(items: list[ContentItem], parent: Place) -> None:
    for number, item in enumerate(items, 1):
        item.new_place = (*parent, number)
        _count(item.children, item.new_place)
