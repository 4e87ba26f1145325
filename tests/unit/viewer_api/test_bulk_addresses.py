"""Bulk data gets its address in the text of a header as in the header itself, and nothing else is touched."""

import json

import pytest

from viewer_api.dicomweb.bulk_addresses import with_addresses, with_addresses_in

BASE = 'http://node.example/dicom-web/studies/1/"odd"\\1/bulkdata'
HEADER = {
    "00081030": {"vr": "LO", "Value": ['they wrote "BulkDataURI": "7FE00010" here', '{"BulkDataURI":"x"}', "\\"]},
    "00283010": {"vr": "SQ", "Value": [{"00283006": {"vr": "OW", "BulkDataURI": "00283010/1/00283006"}}]},
    "7FE00010": {"vr": "OW", "BulkDataURI": "7FE00010"},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "OVR-1", "Ideographic": "影像"}]},
}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_the_text_of_a_header_gets_the_addresses_that_the_header_gets(separators, ascii_only):
    text = json.dumps(HEADER, separators=separators, ensure_ascii=ascii_only)
    assert json.loads(with_addresses_in(text, BASE)) == with_addresses(HEADER, BASE)
    assert with_addresses(HEADER, BASE)["7FE00010"]["BulkDataURI"] == f"{BASE}/7FE00010"
