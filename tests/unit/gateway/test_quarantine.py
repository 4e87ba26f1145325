"""The quarantine: a person vouches for pixels or discards an original; neither is possible by halves."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from anonymizer import parse_profile
from config.errors import Conflict, NotFound
from gateway.quarantine import discard_object, list_quarantine, quarantine_view, release_object
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
    release_object(gate.node, 2, actor="clerk")
    gate.run()
    assert gate.dispositions()[-1] == ("quarantined", "burned-in-annotation")
    assert not gate.objects()[-1].vouched


def test_study_sent_again_after_a_purge_comes_back_by_a_person_s_word(gate, part10: Part10) -> None:
    study = gate.publish()
    purge(gate.node, study.study_uid, actor="clerk")
    gate.receive(part10())
    release_object(gate.node, 2, actor="clerk")
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
    release_object(gate.node, 2, actor="clerk")
    assert gate.run() == "enlist"
    assert (gate.study().state, gate.item(study.study_uid).state) == ("read", "signed")


def test_release_is_audited(burned_in) -> None:
    release_object(burned_in.node, 1, actor="clerk")
    assert burned_in.audited()[-1][0] == "quarantine-released"
    assert listed(burned_in) == []


def test_object_without_a_study_cannot_be_released(gate) -> None:
    gate.receive(b"", path="IM1", door="upload", problem="damaged")
    with pytest.raises(Conflict, match="cannot be published: damaged"):
        release_object(gate.node, 1, actor="clerk")


def test_object_of_another_patient_cannot_be_released(gate, part10: Part10) -> None:
    gate.receive(part10(1))
    gate.receive(part10(2, PatientID="PATIENT-2"))
    with pytest.raises(Conflict, match="another patient"):
        release_object(gate.node, 2, actor="clerk")


def test_what_is_not_in_quarantine_is_not_found(gate, part10: Part10) -> None:
    gate.receive(part10())
    for number in (1, 99):
        with pytest.raises(NotFound):
            release_object(gate.node, number, actor="clerk")
        with pytest.raises(NotFound):
            discard_object(gate.node, number, actor="clerk")


def test_discarded_original_leaves_the_vault_and_its_record_stays(burned_in) -> None:
    blob = burned_in.objects()[0].blob
    discard_object(burned_in.node, 1, actor="clerk")
    assert not burned_in.node.vault.exists(blob)
    assert listed(burned_in) == []
    assert burned_in.dispositions() == [("quarantined", "burned-in-annotation")]
    with pytest.raises(NotFound):
        release_object(burned_in.node, 1, actor="clerk")


def test_original_that_another_object_needs_stays_until_that_is_discarded_too(gate) -> None:
    for number in (1, 2):
        gate.receive(b"damaged", path=f"IM{number}", door="upload", problem="damaged")
    blob = gate.objects()[0].blob
    discard_object(gate.node, 1, actor="clerk")
    assert gate.node.vault.exists(blob)
    discard_object(gate.node, 2, actor="clerk")
    assert not gate.node.vault.exists(blob)


def test_what_may_show_a_face_waits_where_the_profile_asks_and_goes_on_by_a_person_s_word(gate, part10: Part10) -> None:
    asks = parse_profile("faces", 'title = "x"\nbase = "second-read"\nwith = ["clean-recognizable-visual-features"]')
    careful = replace(gate, node=replace(gate.node, profile=asks))
    careful.case()
    careful.receive(part10(1, BodyPartExamined="HEAD"))
    careful.receive(part10(2, BodyPartExamined="CHEST"))
    careful.run()
    assert careful.dispositions() == [("quarantined", "recognizable-visual-features"), ("published", None)]
    release_object(careful.node, 1, actor="clerk")
    careful.run()
    assert careful.dispositions() == [("published", None)] * 2
