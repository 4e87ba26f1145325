"""An object of a kind that no dictionary lists is kept in the vault, quarantined with its reason, never published."""

import pytest

from config.identifiers import AETitle
from gateway.site_door import DoorChange, set_door
from gateway.sites import SiteChange, set_site
from scp.peers import Peers


@pytest.mark.parametrize("uid", ["1.3.12.2.1107.5.9.1", "1.2.840.10008.5.1.4.1.1.9999.7"])
def test_an_object_of_an_unlisted_class_waits_for_a_person_with_its_original_in_the_vault(gate, part10, uid) -> None:
    gate.case()
    original = part10(1, SOPClassUID=uid)
    gate.receive(original, sop_class_uid=uid)
    gate.run()
    (row,) = gate.objects()
    assert (row.disposition, row.reason_code, row.derived_blob) == ("quarantined", "private-sop-class", None)
    assert "private kind" in row.reason
    with gate.node.vault.open(row.blob) as kept:
        assert kept.read() == original


def test_a_site_takes_them_or_not_or_as_the_node_does(gate) -> None:
    set_site(gate.node, "north", SiteChange(ae_titles=(AETitle("NORTH"),)), actor="test")
    for word, meant in (("yes", True), ("no", False), ("node", None)):
        view = set_door(gate.node, "north", DoorChange(unlisted_sop_classes=word), actor="test")
        assert view["door"]["unlisted_sop_classes"] is meant
        assert Peers(gate.node.settings.peers_file).rule_of("NORTH").terms.unlisted_sop_classes is meant
