"""An original is deleted only while nobody owes it, however deliveries and purges meet."""

from gateway import intake
from gateway.intake import take_in
from gateway.originals import delete_unneeded
from gateway.studies import purge


def test_an_original_that_is_purged_while_its_twin_is_taken_in_is_put_back(gate, part10, monkeypatch):
    study = gate.publish()
    twin = gate.spool(part10(), site="south")
    prepared = intake._prepare_all(gate.node, [twin])
    assert prepared != [None]
    purge(gate.node, study.study_uid, actor="test")
    monkeypatch.setattr(intake, "_prepare_all", lambda _node, _entries: prepared)
    assert take_in(gate.node, [twin]) == 1
    (row,) = [each for each in gate.objects() if each.site == "south"]
    with gate.node.vault.open(row.blob) as original:
        assert original.read() == part10()


def test_an_original_that_came_again_before_its_bytes_went_stays(gate, part10):
    study = gate.publish()
    blob = gate.objects()[0].blob
    gate.receive(part10(), site="south")
    purge(gate.node, study.study_uid, actor="test")
    delete_unneeded(gate.node, {blob})
    assert gate.node.vault.exists(blob)


def test_an_original_that_nobody_owes_goes(gate):
    study = gate.publish()
    blob = gate.objects()[0].blob
    purge(gate.node, study.study_uid, actor="test")
    assert not gate.node.vault.exists(blob)
