"""Two studies of a site that claim one series: the images of the second are a matter for a person."""


def test_a_series_of_another_study_is_quarantined_with_its_reason(gate, part10):
    gate.publish()
    gate.receive(part10(2, StudyInstanceUID="1.2.826.0.1.3680043.10.22"))
    second = gate.studies()[1]
    assert gate.run(second.id) == "publish"
    assert gate.dispositions()[1] == ("quarantined", "series-elsewhere")
    assert gate.study(second.id).state == "held"
    assert len(set(gate.node.published.keys())) == 1
