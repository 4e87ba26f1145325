"""The envelope: one line of JSON that is read back strictly."""

import json
from datetime import UTC, datetime

import pytest

from config.errors import Malformed
from scp.envelope import Envelope

RECEIVED_AT = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


def make_envelope(**changes: object) -> Envelope:
    return Envelope(**({"door": "cstore", "site": "north", "delivery": "d" * 32, "received_at": RECEIVED_AT} | changes))


def test_an_envelope_comes_back_as_it_was_written():
    envelope = make_envelope(
        calling_ae="NORTH", peer_host="10.0.0.7", path="CD/Müller\n^王/IM0", case_number="0123456784", headed=False
    )
    assert Envelope.from_json(envelope.to_json()) == envelope


def test_the_json_is_one_line_of_ascii_whatever_the_path_holds():
    text = make_envelope(path="a\nb\u2028c\r王").to_json()
    assert text.isascii()
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '{"door": "cstore"}',
        make_envelope().to_json().replace('"site"', '"town"'),
        make_envelope().to_json().replace('"headed":true', '"headed":"yes"'),
        make_envelope().to_json().replace('"north"', "7"),
        make_envelope().to_json().replace("cstore", "window"),
        make_envelope().to_json().replace("+00:00", ""),
        make_envelope().to_json().replace("2026-03", "2026-13"),
    ],
)
def test_what_no_envelope_wrote_is_refused(text):
    with pytest.raises(Malformed):
        Envelope.from_json(text)


def test_an_unknown_key_is_refused():
    values = json.loads(make_envelope().to_json()) | {"patient": "somebody"}
    with pytest.raises(Malformed) as caught:
        Envelope.from_json(json.dumps(values))
    assert "somebody" not in str(caught.value)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(Malformed):
        make_envelope(received_at=RECEIVED_AT.replace(tzinfo=None))
