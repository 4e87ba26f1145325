"""Which merges of a site make one patient of two: those of the two with each other, or a chain of merges with others.

Who was merged into somebody who was merged into a third is one with the third by two merges. A number that both bear,
such as a family's of an insurance, joins them to nobody.
"""

from collections.abc import Collection, Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gateway.case_models import KnownMerge
from gateway.case_reports.document import MOST_IDS
from gateway.case_reports.former import Number
from gateway.case_reports.known_merges import numbers_of


def merges_joining(session: Session, site: str, one: Collection[Number], other: Collection[Number]) -> list[KnownMerge]:
    """Return the merges by which two patients of a site are one, the shortest chains of them first."""
    shared = set(one) & set(other)
    start, goal = set(one) - shared, set(other) - shared
    left = {row.id: row for row in _around(session, site, start) if not shared & set(numbers_of(row))}
    found: list[KnownMerge] = []
    while chain := _shortest(list(left.values()), start, goal):
        found += chain
        for row in chain:
            del left[row.id]
    return found


def is_chain(rows: Collection[KnownMerge], one: Collection[Number], other: Collection[Number]) -> bool:
    """Say whether some of the merges join one of two patients with somebody else than the other."""
    return any(not (set(numbers_of(row)) & set(one) and set(numbers_of(row)) & set(other)) for row in rows)


def _shortest(rows: Collection[KnownMerge], start: set[Number], goal: set[Number]) -> list[KnownMerge]:
    """Return the fewest merges that lead from one of some numbers to one of others; none where none do."""
    ways: dict[Number, list[KnownMerge]] = {number: [] for number in start}
    fresh = set(start)
    while fresh:
        reached: dict[Number, list[KnownMerge]] = {}
        for row in rows:
            for here, there in _both_ways(row):
                if here in fresh and there not in ways:
                    reached.setdefault(there, [*ways[here], row])
        for number, way in reached.items():
            if number in goal:
                return way
        ways |= reached
        fresh = set(reached)
    return []


def _both_ways(row: KnownMerge) -> Iterator[tuple[Number, Number]]:
    old, surviving = numbers_of(row)
    yield old, surviving
    yield surviving, old


def _around(session: Session, site: str, numbers: Collection[Number]) -> list[KnownMerge]:
    """Return the merges that concern some numbers and those that they lead to, the nearest first."""
    found: dict[int, KnownMerge] = {}
    fresh, asked = {number for number, _ in numbers}, set[str]()
    while fresh and len(asked) < MOST_IDS:
        asked |= fresh
        touching = or_(KnownMerge.old_id.in_(fresh), KnownMerge.surviving_id.in_(fresh))
        rows = session.scalars(select(KnownMerge).where(KnownMerge.site == site, touching).order_by(KnownMerge.id))
        found |= {row.id: row for row in rows}
        fresh = {number for row in found.values() for number, _ in numbers_of(row)} - asked
    return list(found.values())
