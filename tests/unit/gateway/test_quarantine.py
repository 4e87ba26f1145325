"""The quarantine: a person vouches for pixels or discards an original; neither is possible by halves."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from anonymizer import parse_profile
from anonymizer.pixels import Box
from config.errors import Conflict, Malformed, NotFound
from gateway.models import IdentityAudit
from gateway.quarantine import (
    clean_objects,
    discard_objects,
    list_alike,
    list_quarantine,
    quarantine_at_desk,
    quarantine_view,
    release_objects,
)
from gateway.returns import take_signed
from gateway.studies import purge

Part10 = Callable[..., bytes]


def listed(gate, **which: str) -> list[int]:
    with gate.node.identity.read() as session:
        return [each["id"] for each in list_quarantine(session, **which)]


@pytest.fixture
def burned_in(gate, part10: Part10):
    """Quarantine an ultrasound-like object of a matched study."""
    gate.case()
    gate.receive(part10(BurnedInAnnotation="YES"))
    gate.run()
    return gate


def test_quarantined_object_is_shown_under_pseudonyms_with_its_reason(burned_in) -> None:
    with burned_in.node.identity.read() as session:
        view = quarantine_view(session, 1)
    assert (view["study_uid"], view["reason_code"]) == (burned_in.study().study_uid, "burned-in-annotation")
    assert "Planted" not in str(view)


def test_list_can_be_narrowed_to_a_site(burned_in) -> None:
    assert listed(burned_in, site="north") == [1]
    assert listed(burned_in, site="south") == []


def test_release_vouches_for_pixels_only_where_pixels_were_the_reason(gate, part10: Part10) -> None:
    study = gate.publish()
    purge(gate.node, study.study_uid, actor="clerk")
    gate.receive(part10(BurnedInAnnotation="YES"))
    assert gate.dispositions()[-1] == ("quarantined", "purged")
    release_objects(gate.node, [2], actor="clerk")
    gate.run()
    assert gate.dispositions()[-1] == ("quarantined", "burned-in-annotation")
    assert not gate.objects()[-1].vouched


def test_study_sent_again_after_a_purge_comes_back_by_a_person_s_word(gate, part10: Part10) -> None:
    study = gate.publish()
    purge(gate.node, study.study_uid, actor="clerk")
    gate.receive(part10())
    release_objects(gate.node, [2], actor="clerk")
    assert gate.study().state == "arriving"
    assert gate.run() == "enlist"
    assert (gate.study().state, gate.dispositions()[-1]) == ("published", ("published", None))
    assert gate.item(study.study_uid).state == "open"


def test_study_that_was_read_before_its_purge_comes_back_as_read(gate, part10: Part10) -> None:
    study = gate.publish()
    gate.sign(study.study_uid)
    take_signed(gate.node)
    purge(gate.node, study.study_uid, actor="clerk")
    gate.receive(part10())
    release_objects(gate.node, [2], actor="clerk")
    assert gate.run() == "enlist"
    assert (gate.study().state, gate.item(study.study_uid).state) == ("read", "signed")


def test_release_is_audited(burned_in) -> None:
    release_objects(burned_in.node, [1], actor="clerk")
    assert burned_in.audited()[-1][0] == "quarantine-released"
    assert listed(burned_in) == []


def test_object_without_a_study_cannot_be_released(gate) -> None:
    gate.receive(b"", path="IM1", door="upload", problem="damaged")
    with pytest.raises(Conflict, match="cannot be published: damaged"):
        release_objects(gate.node, [1], actor="clerk")


def test_object_of_another_patient_cannot_be_released(gate, part10: Part10) -> None:
    gate.receive(part10(1))
    gate.receive(part10(2, PatientID="PATIENT-2"))
    with pytest.raises(Conflict, match="another patient"):
        release_objects(gate.node, [2], actor="clerk")


def test_what_is_not_in_quarantine_is_not_found(gate, part10: Part10) -> None:
    gate.receive(part10())
    for number in (1, 99):
        with pytest.raises(NotFound):
            release_objects(gate.node, [number], actor="clerk")
        with pytest.raises(NotFound):
            discard_objects(gate.node, [number], actor="clerk")


def test_discarded_original_leaves_the_vault_and_its_record_stays(burned_in) -> None:
    blob = burned_in.objects()[0].blob
    discard_objects(burned_in.node, [1], actor="clerk")
    assert not burned_in.node.vault.exists(blob)
    assert listed(burned_in) == []
    assert burned_in.dispositions() == [("quarantined", "burned-in-annotation")]
    with pytest.raises(NotFound):
        release_objects(burned_in.node, [1], actor="clerk")


def test_original_that_another_object_needs_stays_until_that_is_discarded_too(gate) -> None:
    for number in (1, 2):
        gate.receive(b"damaged", path=f"IM{number}", door="upload", problem="damaged")
    blob = gate.objects()[0].blob
    discard_objects(gate.node, [1], actor="clerk")
    assert gate.node.vault.exists(blob)
    discard_objects(gate.node, [2], actor="clerk")
    assert not gate.node.vault.exists(blob)


def test_what_may_show_a_face_waits_where_the_profile_asks_and_goes_on_by_a_person_s_word(gate, part10: Part10) -> None:
    asks = parse_profile("faces", 'title = "x"\nbase = "second-read"\nwith = ["clean-recognizable-visual-features"]')
    careful = replace(gate, node=replace(gate.node, profile=asks))
    careful.case()
    careful.receive(part10(1, BodyPartExamined="HEAD"))
    careful.receive(part10(2, BodyPartExamined="CHEST"))
    careful.run()
    assert careful.dispositions() == [("quarantined", "recognizable-visual-features"), ("published", None)]
    release_objects(careful.node, [1], actor="clerk")
    careful.run()
    assert careful.dispositions() == [("published", None)] * 2


def test_who_vouches_for_a_face_does_not_vouch_for_text(gate, part10: Part10) -> None:
    asks = parse_profile("faces", 'title = "x"\nbase = "second-read"\nwith = ["clean-recognizable-visual-features"]')
    careful = replace(gate, node=replace(gate.node, profile=asks))
    careful.case()
    careful.receive(part10(BodyPartExamined="HEAD", BurnedInAnnotation="YES"))
    careful.run()
    assert careful.dispositions() == [("quarantined", "recognizable-visual-features")]
    release_objects(careful.node, [1], actor="clerk")
    careful.run()
    assert careful.dispositions() == [("quarantined", "burned-in-annotation")]
    release_objects(careful.node, [1], actor="clerk")
    careful.run()
    assert careful.dispositions() == [("published", None)]


@pytest.fixture
def three_burned_in(gate, part10: Part10):
    """Quarantine three objects of one series, and one of another."""
    gate.case()
    for number in (1, 2, 3, 4):
        series = "1.2.3.4" if number < 4 else "1.2.3.5"
        gate.receive(part10(number, BurnedInAnnotation="YES", SeriesInstanceUID=series))
    gate.run()
    return gate


def test_what_waits_for_the_same_reason_in_a_series_is_told(three_burned_in) -> None:
    assert quarantine_at_desk(three_burned_in.node, 2)["alike"] == [1, 3]
    assert quarantine_at_desk(three_burned_in.node, 4)["alike"] == []


def test_alike_objects_are_listed_once_with_their_number_and_what_has_no_study_by_itself(three_burned_in) -> None:
    gate = three_burned_in
    for number in (1, 2):
        gate.receive(b"damaged", path=f"IM{number}", door="upload", problem="damaged")

    def told(**which: object) -> list[tuple[int, int]]:
        with gate.node.identity.read() as session:
            return [(each["id"], each["count"]) for each in list_alike(session, **({"limit": 9} | which))]

    assert told() == [(1, 3), (4, 1), (5, 1), (6, 1)]
    assert told(limit=1) == [(1, 3)]
    assert told(after=1, limit=2) == [(4, 1), (5, 1)]
    assert told(study_uid=gate.study().study_uid) == [(1, 3), (4, 1)]
    release_objects(gate.node, [1], actor="clerk")
    assert told() == [(2, 2), (4, 1), (5, 1), (6, 1)]


def test_several_are_decided_together_or_not_at_all_and_the_audit_says_with_how_many(three_burned_in) -> None:
    node = three_burned_in.node
    for decide in (release_objects, discard_objects):
        with pytest.raises(NotFound):
            decide(node, [1, 2, 99], actor="clerk")
    with pytest.raises(Malformed, match="object 1"):
        clean_objects(node, [1, 2], [Box(400, 0, 2, 2)], actor="clerk")
    assert listed(three_burned_in) == [1, 2, 3, 4]
    clean_objects(node, [1, 3], [Box(2, 3, 4, 5)], actor="clerk")
    discard_objects(node, [2, 4, 4], actor="clerk")
    assert listed(three_burned_in) == []
    assert [each.drawn for each in three_burned_in.objects()] == [[[2, 3, 4, 5]], None, [[2, 3, 4, 5]], None]
    with node.identity.read() as session:
        entries = session.scalars(select(IdentityAudit).where(IdentityAudit.action.startswith("quarantine-")))
        assert [(each.action, json.loads(each.detail)["together"]) for each in entries] == [
            ("quarantine-cleaned", 2), ("quarantine-cleaned", 2),
            ("quarantine-discarded", 2), ("quarantine-discarded", 2),
        ]  # fmt: skip
    three_burned_in.run()
    assert [code for code, _ in three_burned_in.dispositions()] == ["published", "quarantined"] * 2
