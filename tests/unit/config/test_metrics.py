"""Metrics: text that Prometheus reads, labels from closed sets."""

from prometheus_client.parser import text_string_to_metric_families

from config import metrics


def test_counts_appear_in_the_exposition():
    metrics.RECEIVED.labels("cstore").inc(3)
    families = {family.name: family for family in text_string_to_metric_families(metrics.exposition().decode())}
    found = [
        sample
        for sample in families["overread_received_objects"].samples
        if sample.labels == {"door": "cstore"} and sample.name.endswith("_total")
    ]
    assert found[0].value >= 3


def test_no_label_could_hold_an_identifier():
    allowed = {"door", "outcome", "reason", "disposition", "stage", "route", "service", "status", "site"}
    for value in vars(metrics).values():
        if hasattr(value, "_labelnames"):
            assert set(value._labelnames) <= allowed
