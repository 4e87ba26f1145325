"""Whatever merges, corrections and orders come, once all merges are taken back nobody has anything of another.

Each history is of a few people of one site, told over the HL7 door; `OVERREAD_ROUNDS` says how many are tried.
"""

import os
import random
from collections import defaultdict

import pytest
from sqlalchemy import select

from gateway.case_models import KnownMerge
from gateway.case_reports.former import formerly
from gateway.case_reports.hl7.answering import answer
from gateway.facilities import set_facilities
from gateway.models import Case

from .conftest import message

ROUNDS = int(os.environ.get("OVERREAD_ROUNDS", "25"))
STEPS = ("order", "order", "correct", "merge", "merge", "unmerge")


class History:
    """Who was told what, under which number, and which numbers an order may have come to."""

    def __init__(self, gate, place: int, chance: random.Random) -> None:
        self.gate, self.place, self.chance = gate, place, chance
        self.people = [f"{letter}{place}" for letter in "ABCD"[: chance.choice([2, 3, 4])]]
        self.insured = chance.random() < 0.3
        self.told: dict[str, set[str]] = defaultdict(set)
        self.merges: set[frozenset[str]] = set()
        self.came_to: dict[str, set[str]] = {}
        self.log: list[tuple[str, ...]] = []

    def step(self, number: int) -> None:
        one, other = self.chance.sample(self.people, 2)
        does = self.chance.choice(STEPS)
        name = f"Fam{self.place}x{number}^Anna" if self.chance.random() < 0.7 else f"Own{one}^Anna"
        getattr(self, does)(one, other, name)
        for order, numbers in self.came_to.items():
            self.came_to[order] = numbers | self._joined(numbers)

    def order(self, one: str, _other: str, name: str) -> None:
        order = f"O{self.place}-{self.chance.choice('123')}"
        if one in self.came_to.setdefault(order, self._joined({one})):
            self._says(name, one)
            wanted = message("A08", self._pid(name, one), f"ORC|NW|{order}", f"OBR|1|{order}||CTH^CT head")
            self._send(wanted.replace(b"ADT^A08", b"ORM^O01"), "order", one, order, name)

    def correct(self, one: str, other: str, name: str) -> None:
        several = self.chance.random() < 0.2 and frozenset((one, other)) in self.merges
        numbers = (one, other) if several else (one,)
        self._says(name, *numbers)
        self._send(message("A08", self._pid(name, *numbers)), "correct", *numbers, name)

    def merge(self, one: str, other: str, name: str) -> None:
        self._says(name, one)
        self.merges.add(frozenset((one, other)))
        self._send(message("A40", self._pid(name, one), f"MRG|{other}^^^HA"), "merge", one, other, name)

    def unmerge(self, one: str, other: str, _name: str) -> None:
        payload = message("A37", f"PID|1||{one}^^^HA", f"PID|2||{other}^^^HA")
        self._send(payload, "unmerge", one, other, accepted=other in self._joined({one}))
        with self.gate.node.identity.read() as session:
            rows = session.scalars(select(KnownMerge).where(KnownMerge.old_id.in_(self.people)))
            self.merges = {frozenset((row.old_id, row.surviving_id)) for row in rows}
        assert other not in self._joined({one}), self.story()

    def story(self) -> str:
        return "\n".join(map(" ".join, self.log))

    def _joined(self, numbers: set[str]) -> set[str]:
        found = set(numbers)
        while more := {each for merge in self.merges if merge & found for each in merge} - found:
            found |= more
        return found

    def _says(self, name: str, *numbers: str) -> None:
        for each in numbers:
            self.told[each].add(name)

    def _pid(self, name: str, *numbers: str) -> str:
        ids = [f"{each}^^^HA" for each in numbers] + ([f"KV{self.place}^^^AOK"] if self.insured else [])
        return f"PID|1||{'~'.join(ids)}||{name}||19500304"

    def _send(self, payload: bytes, *said: str, accepted: bool = True) -> None:
        self.gate.pass_time(minutes=1)
        self.log.append(said)
        assert (b"MSA|AA" in (answer(self.gate.node, payload) or b"")) is accepted, self.story()


@pytest.mark.parametrize("seed", range(2))
def test_nobody_keeps_anything_of_another(gate, node, seed) -> None:
    with node.identity.write() as session:
        set_facilities(session, "north", ("NORTH",))
    chance = random.Random(seed)
    for place in range(ROUNDS):
        history = History(gate, place, chance)
        for number in range(chance.randint(3, 12)):
            history.step(number)
        for one in history.people:
            for other in history.people:
                if one < other:
                    history.unmerge(one, other, "")
        check(node, history)


def check(node, history: History) -> None:
    cases = defaultdict(set)
    with node.identity.read() as session:
        for case in session.scalars(select(Case)):
            if not {each["id"] for each in case.orders} & history.came_to.keys():
                continue
            numbers = {each["id"] for each in case.patient_ids} - {f"KV{history.place}"}
            assert len(numbers) == 1, (numbers, history.story())
            told = history.told[numbers.pop()]
            assert {case.patient_name, *case.other_names} <= told, (
                case.patient_name,
                case.other_names,
                history.story(),
            )
            assert not case.own_words or {case.own_words["name"], *case.own_words["other_names"]} <= told, (
                history.story()
            )
            assert all(each["until"] for each in formerly(case))
            for each in case.orders:
                cases[each["id"]].add(case.case_number)
    assert all(len(numbers) == 1 for numbers in cases.values()), (dict(cases), history.story())
