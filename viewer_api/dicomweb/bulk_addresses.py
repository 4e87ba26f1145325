"""Put the address in front of the bulk data paths of a kept header (PS3.18 section F.2.2)."""

import json
import re
from typing import Any

_PATH_BEGINS = re.compile(r'"BulkDataURI":\s*"')


def with_addresses(attributes: Any, base: str) -> dict[str, Any]:
    """Return a header whose `BulkDataURI` values can be requested; only what changes is copied."""
    served = dict(attributes)
    for key, attribute in attributes.items():
        if "BulkDataURI" in attribute:
            served[key] = {"vr": attribute["vr"], "BulkDataURI": f"{base}/{attribute['BulkDataURI']}"}
        elif attribute["vr"] == "SQ" and "Value" in attribute:
            served[key] = {"vr": "SQ", "Value": [with_addresses(item, base) for item in attribute["Value"]]}
    return served


def with_addresses_in(text: str, base: str) -> str:
    """Return the JSON text of a header with the same done to it.

    The name is only ever found as a name: inside a string of JSON its quotation marks would be escaped.
    """
    address = f'"BulkDataURI":{json.dumps(base)[:-1]}/'
    return _PATH_BEGINS.sub(lambda _found: address, text)
