"""Two studies of a site that claim one series: the images of the second are a matter for a person."""

from gateway.models import ReceivedObject


def test_a_series_of_another_study_is_quarantined_with_its_reason(gate, part10):
    gate.publish()
    gate.receive(part10(2, StudyInstanceUID="1.2.826.0.1.3680043.10.22"))
    second = gate.studies()[1]
    assert gate.run(second.id) == "publish"
    assert gate.dispositions()[1] == ("quarantined", "series-elsewhere")
    assert gate.study(second.id).state == "held"
    assert len(set(gate.node.published.keys())) == 1


def test_what_a_crash_left_unrecorded_keeps_its_bytes_when_a_later_image_is_of_a_series_elsewhere(gate, part10):
    gate.publish()
    of_second = {"StudyInstanceUID": "1.2.826.0.1.3680043.10.22"}
    gate.receive(part10(2, **of_second, SeriesInstanceUID="1.2.826.0.1.3680043.10.23"))
    gate.run(2)
    shown = set(gate.node.published.keys())
    with gate.node.identity.write() as session:
        session.get_one(ReceivedObject, 2).disposition = None
    gate.receive(part10(3, **of_second))
    gate.run(2)
    assert gate.dispositions()[2] == ("quarantined", "series-elsewhere")
    assert set(gate.node.published.keys()) == shown
