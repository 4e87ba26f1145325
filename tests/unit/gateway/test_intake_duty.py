"""The worker's intake turn: groups, and a way past an entry that fails."""

from gateway import intake_duty
from gateway.intake_duty import IntakeDuty


class Hours:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self):
        return self.now


def test_a_turn_takes_in_what_waits(gate, part10):
    for number in range(3):
        gate.spool(part10(number + 1))
    assert IntakeDuty(gate.node)() == 3
    assert gate.node.spool.count() == 0


def test_an_entry_that_fails_keeps_no_other_waiting_and_is_tried_again_later(gate, part10, monkeypatch):
    for number in range(3):
        gate.spool(part10(number + 1))
    poisoned = sorted(entry.name for entry in gate.node.spool.entries())[1]
    real = intake_duty.take_in

    def fragile(node, entries):
        if any(entry.name == poisoned for entry in entries):
            raise OSError("the disk stumbles")
        return real(node, entries)

    monkeypatch.setattr(intake_duty, "take_in", fragile)
    clock = Hours()
    duty = IntakeDuty(gate.node, clock)
    assert duty() == 2
    assert [entry.name for entry in gate.node.spool.entries()] == [poisoned]
    assert duty() == 0
    monkeypatch.setattr(intake_duty, "take_in", real)
    clock.now = 61.0
    assert duty() == 1
    assert gate.node.spool.count() == 0


def test_an_entry_that_cannot_be_opened_is_set_aside_and_the_others_go_on(gate, part10):
    broken = gate.spool(part10(1))
    broken.path.write_bytes(b"no envelope at all")
    gate.spool(part10(2))
    assert IntakeDuty(gate.node)() == 1
    assert (gate.node.spool.count(), gate.node.spool.set_aside_count()) == (0, 1)
