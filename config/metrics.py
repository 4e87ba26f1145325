"""Metrics in Prometheus' text form, summed over the node's processes.

Labels are closed sets (door, site name, outcome): never an identifier. When `PROMETHEUS_MULTIPROC_DIR` is set before
this module is imported, as `overread serve` does for its children, every process counts into one folder and any of them
can answer.
"""

import os

from prometheus_client import REGISTRY as _OWN_REGISTRY
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

ASSOCIATIONS = Counter("overread_associations_total", "Associations by outcome.", ["outcome"])
RECEIVED = Counter("overread_received_objects_total", "Objects acknowledged, by door.", ["door"])
RECEIVED_BYTES = Counter("overread_received_bytes_total", "Bytes acknowledged, by door.", ["door"])
REFUSED = Counter("overread_refusals_total", "Refusals, by door and reason.", ["door", "reason"])
DISPOSITIONS = Counter("overread_dispositions_total", "Dispositions of received objects.", ["disposition"])
STAGES = Histogram("overread_stage_seconds", "Time in a pipeline stage.", ["stage"])
STUDIES = Counter("overread_studies_total", "Studies by the outcome of their workflow.", ["outcome"])
READS = Counter("overread_reads_signed_total", "Signed second reads.")
RETURNS = Counter("overread_returns_total", "Attempts to return an answer, by outcome.", ["outcome"])
QUERIES = Counter("overread_queries_total", "C-FIND, C-MOVE and C-GET by final status.", ["service", "status"])
RETRIEVED = Counter("overread_retrieved_objects_total", "Objects sent to workstations.", ["service", "outcome"])
RENDERED = Counter("overread_rendered_total", "Rendered frames, by outcome.", ["outcome"])
DECODER_STOPS = Counter(
    "overread_decoder_stops_total", "Decoding processes that ended over an image, by reason.", ["reason"]
)
REQUESTS = Counter("overread_http_requests_total", "HTTP requests by route and status.", ["route", "status"])


def exposition() -> bytes:
    """Return the metrics of all processes of this node."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(_OWN_REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
