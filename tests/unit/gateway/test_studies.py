"""Studies as admins see them, and a purge that leaves no image behind and no signed read harmed."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from config.errors import Conflict, NotFound
from gateway.billing import invoice
from gateway.case_models import CaseSource
from gateway.quarantine import list_quarantine
from gateway.read_views import list_reads, read_view
from gateway.studies import list_studies, purge, release, reprocess, study_view

Part10 = Callable[..., bytes]


def rows(gate, **which: str) -> list[dict]:
    with gate.node.identity.read() as session:
        return list_studies(session, **which)


def blobs(gate) -> dict[str, int]:
    """Count the blobs of studies; what a case was made of lies in the vault too, and stays."""
    home = gate.node.settings.home
    with gate.node.identity.read() as session:
        of_cases = set(session.scalars(select(CaseSource.blob)))
    stores = ("vault", "published", "staging")
    found = {name: [path.name for path in (home / name).rglob("*") if path.is_file()] for name in stores}
    return {name: sum(each not in of_cases for each in blobs) for name, blobs in found.items()}


def test_list_counts_instances_and_quarantined_ones(gate, part10: Part10) -> None:
    number = gate.case()
    for payload in (
        part10(1),
        part10(1),
        part10(2),
        part10(2, StudyDescription="x"),
        part10(3, BurnedInAnnotation="YES"),
    ):
        gate.receive(payload)
    gate.run()
    (row,) = rows(gate)
    assert (row["instances"], row["quarantined"], row["case"], row["state"]) == (3, 1, number, "published")
    assert row["study_uid"] == gate.study().study_uid


def test_list_can_be_narrowed_by_site_and_state(gate) -> None:
    gate.publish()
    assert len(rows(gate, site="north", state="published")) == 1
    assert rows(gate, site="south") == rows(gate, state="held") == []


def test_view_of_a_study_names_nobody(gate) -> None:
    study = gate.publish(AccessionNumber="ACC-77")
    with gate.node.identity.read() as session:
        view = study_view(session, study.study_uid)
    assert view["dispositions"] == {"published": 1}
    assert not any(planted in str(view) for planted in ("Planted", "PATIENT-1", "ACC-77", "1.2.826.0.1.3680043.10.2"))


def test_purge_leaves_no_blob_anywhere(gate, part10: Part10) -> None:
    study = gate.publish()
    gate.receive(part10(2, BurnedInAnnotation="YES"))
    gate.run()
    purge(gate.node, study.study_uid, actor="admin")
    assert blobs(gate) == {"vault": 0, "published": 0, "staging": 0}
    assert (gate.study().state, gate.item(study.study_uid)) == ("purged", None)
    assert gate.audited()[-1] == ("purge", study.study_uid)


def test_purge_of_a_study_on_its_way_leaves_no_staged_blob(gate, part10: Part10) -> None:
    from gateway.pipeline.deidentify import deidentify_study

    gate.receive(part10())
    deidentify_study(gate.node, 1)
    assert blobs(gate)["staging"] == 1
    purge(gate.node, gate.study().study_uid, actor="admin")
    assert blobs(gate) == {"vault": 0, "published": 0, "staging": 0}
    assert gate.dispositions() == [("kept", "purged")]


def test_purge_empties_the_quarantine_of_the_study(gate, part10: Part10) -> None:
    gate.case()
    gate.receive(part10(BurnedInAnnotation="YES"))
    gate.run()
    purge(gate.node, gate.study().study_uid, actor="admin")
    with gate.node.identity.read() as session:
        assert list_quarantine(session) == []


def test_original_shared_by_two_sites_goes_with_the_second_purge(gate, part10: Part10) -> None:
    for site in ("north", "south"):
        gate.receive(part10(), site=site, delivery=site * 6)
    one, other = gate.studies()
    purge(gate.node, one.study_uid, actor="admin")
    assert blobs(gate)["vault"] == 1
    purge(gate.node, other.study_uid, actor="admin")
    assert blobs(gate)["vault"] == 0


def test_signed_read_and_its_charge_survive_a_purge(gate) -> None:
    study = gate.publish()
    read_id = gate.sign(study.study_uid)
    purge(gate.node, study.study_uid, actor="admin")
    with gate.node.reading.read() as session:
        assert [each["id"] for each in list_reads(session)] == [read_id]
        assert read_view(session, read_id)["impression"] == "Normal."
    assert [line.read for line in invoice(gate.node, "north", "2025-03").lines] == [read_id]
    assert blobs(gate) == {"vault": 0, "published": 0, "staging": 0}


def test_purged_study_can_neither_be_purged_nor_released_nor_reprocessed(gate) -> None:
    study = gate.publish()
    purge(gate.node, study.study_uid, actor="admin")
    for act in (purge, release, reprocess):
        with pytest.raises(Conflict, match="purged"):
            act(gate.node, study.study_uid, actor="admin")


def test_reprocess_looks_at_quarantined_objects_again_and_asks_for_a_revision(gate, part10: Part10) -> None:
    gate.case()
    gate.receive(part10(BurnedInAnnotation="YES"))
    gate.run()
    before = gate.study().wanted_revision
    reprocess(gate.node, gate.study().study_uid, actor="admin")
    assert (gate.dispositions(), gate.study().wanted_revision) == ([(None, None)], before + 1)
    gate.run()
    assert gate.dispositions() == [("quarantined", "burned-in-annotation")]


def test_unknown_study_and_read_are_not_found(gate) -> None:
    with pytest.raises(NotFound):
        purge(gate.node, "2.25.1", actor="admin")
    with gate.node.reading.read() as session, pytest.raises(NotFound):
        read_view(session, "0" * 32)
