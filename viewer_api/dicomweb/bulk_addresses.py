"""Put the address in front of the bulk data paths of a kept header (PS3.18 section F.2.2)."""

from typing import Any


def with_addresses(attributes: Any, base: str) -> dict[str, Any]:
    """Return a header whose `BulkDataURI` values can be requested; only what changes is copied."""
    served = dict(attributes)
    for key, attribute in attributes.items():
        if "BulkDataURI" in attribute:
            served[key] = {"vr": attribute["vr"], "BulkDataURI": f"{base}/{attribute['BulkDataURI']}"}
        elif attribute["vr"] == "SQ" and "Value" in attribute:
            served[key] = {"vr": "SQ", "Value": [with_addresses(item, base) for item in attribute["Value"]]}
    return served
