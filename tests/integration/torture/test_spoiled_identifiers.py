"""Whatever stands in an identifier, it is answered or its sender's fault: the node never fails over one.

`OVERREAD_EXAMPLES` says how many are tried; the archive is the real one over a reading zone of its own.
"""

from io import BytesIO
from itertools import islice
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom.dimse_primitives import C_FIND
from pynetdicom.dsutils import encode

from config.errors import SenderFault
from config.settings import Settings
from gateway.retrieval.archive import open_archive
from scp.exchange import Exchange
from scp.information_models import INFORMATION_MODELS, read_identifier

from .spoiling import change_attribute
from .workstation_conversations import IDENTIFIERS

MODELS = sorted(INFORMATION_MODELS)
_ENOUGH = 5


@pytest.fixture
def archive(tmp_path, reading_zone):
    (tmp_path / "home").mkdir()
    node_settings = Settings(home=tmp_path / "home")
    reading_zone(node_settings, 104).database.close()
    opened = open_archive(node_settings)
    yield opened
    opened.close()


@st.composite
def spoiled_identifiers(draw):
    data = draw(st.sampled_from(IDENTIFIERS))
    for _ in range(draw(st.integers(1, 4))):
        data = change_attribute(draw, data)
    return data


def ask(archive, model_uid, syntax, identifier_bytes, *, wishes):
    """Ask the archive as the door does; return how many answers came, None where the identifier was refused."""
    request = C_FIND()
    request.MessageID, request.AffectedSOPClassUID = 1, model_uid
    request.Identifier = BytesIO(identifier_bytes)
    context = SimpleNamespace(context_id=1, abstract_syntax=model_uid, transfer_syntax=[syntax])
    exchange, model = Exchange(None, request, context), INFORMATION_MODELS[model_uid]
    try:
        identifier = read_identifier(exchange.attributes(), model, relational=wishes)
        if model.operation != "find":
            return len(archive.select("READING_ROOM", identifier, model.operation, "READING_ROOM"))
        matches = archive.find("READING_ROOM", identifier, fuzzy=wishes, combined=wishes)
        answers = [match.attributes for match in islice(matches, _ENOUGH)]
    except SenderFault:
        return None
    assert all(encode(each, syntax.is_implicit_VR, syntax.is_little_endian) is not None for each in answers)
    return len(answers)


def test_any_identifier_is_answered_or_is_its_senders_fault(archive):
    unspoiled = {ask(archive, uid, ExplicitVRLittleEndian, each, wishes=True) for uid in MODELS for each in IDENTIFIERS}
    assert {None, 0, 1} < unspoiled, "some are refused, some match nothing and some match"

    @settings(suppress_health_check=list(HealthCheck))
    @given(
        spoiled_identifiers(),
        st.sampled_from(MODELS),
        st.sampled_from([ExplicitVRLittleEndian] * 3 + [ImplicitVRLittleEndian]),
        st.booleans(),
    )
    def try_one(identifier_bytes, model_uid, syntax, wishes):
        ask(archive, model_uid, syntax, identifier_bytes, wishes=wishes)

    try_one()
