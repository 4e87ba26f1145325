"""A receipt lists everything a delivery brought, is signed, and cannot be changed without being found out."""

import base64
import io
import json
import subprocess
from collections.abc import Callable
from datetime import datetime

import pytest
from nacl.signing import SigningKey
from pypdf import PdfReader

from config.errors import Conflict, Malformed, NotFound, NotOffered, Refused
from config.keys import RECEIPT_KEY, RECEIPT_PUBLIC, create_keys, read_receipt_seed
from gateway.intake import take_in
from gateway.models import Delivery
from gateway.receipts import FORMS, check_receipt, issue_receipt, issuing, list_deliveries, waiting
from gateway.receipts.jws import TYPE, public_key, sign, thumbprint, verify
from gateway.uploads import import_paths

DELIVERY = "1" * 32
SEED = bytes(range(32))
PUBLIC = bytes(SigningKey(SEED).verify_key)


@pytest.fixture
def public(node) -> bytes:
    return public_key((node.settings.home / "keys" / RECEIPT_PUBLIC).read_bytes())


@pytest.fixture
def issue(node) -> Callable[..., bytes]:
    def make(form: str = "json", delivery: str = DELIVERY) -> bytes:
        return issue_receipt(node, delivery, form, actor="test")

    return make


def encoded(value: object) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_the_thumbprint_is_that_of_the_standard() -> None:
    """RFC 8037 appendix A.3."""
    assert (
        thumbprint(base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="))
        == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    )


def test_what_was_signed_comes_back() -> None:
    assert verify(sign({"a": "ü"}, SEED), PUBLIC) == {"a": "ü"}


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": thumbprint(PUBLIC), "typ": TYPE},
        {"alg": "HS256", "kid": thumbprint(PUBLIC), "typ": TYPE},
        {"alg": "EdDSA", "kid": thumbprint(PUBLIC), "typ": "JWT"},
        {"alg": "EdDSA", "kid": thumbprint(PUBLIC), "typ": TYPE, "crit": ["x"]},
        {"alg": "EdDSA", "typ": TYPE},
        [],
    ],
)
def test_another_header_is_no_receipt_though_its_signature_holds(header: object) -> None:
    content = f"{encoded(header)}.{encoded({'a': 1})}"
    signature = SigningKey(SEED).sign(content.encode()).signature
    with pytest.raises(Malformed):
        verify(f"{content}.{encoded(signature)}", PUBLIC)


def test_no_changed_character_goes_unnoticed() -> None:
    token = sign({"counts": {"published": 1}}, SEED)
    for place, character in enumerate(token):
        changed = token[:place] + ("A" if character != "A" else "B") + token[place + 1 :]
        with pytest.raises((Malformed, Refused)):
            verify(changed, PUBLIC)


@pytest.mark.parametrize("token", ["", "..", "a.b.c", "a.b", "é.é.é", sign({}, SEED) + ".", sign({}, SEED) + "="])
def test_what_is_no_token_is_said_to_be_none(token: str) -> None:
    with pytest.raises(Malformed):
        verify(token, PUBLIC)


def test_a_receipt_of_another_node_names_the_cause() -> None:
    with pytest.raises(Refused, match="another key"):
        verify(sign({}, bytes(32)), PUBLIC)


@pytest.mark.parametrize("jwk", [b"", b"{}", b"[]", b'{"crv":"Ed25519","kty":"OKP","x":"AA"}', b'{"x": 5}'])
def test_what_is_no_public_key_is_said_to_be_none(jwk: bytes) -> None:
    with pytest.raises(Malformed):
        public_key(jwk)


def test_a_receipt_names_every_object_under_its_own_identifiers(gate, issue, public) -> None:
    case = gate.case()
    gate.receive(gate.part10(1), door="cstore", calling_ae="NORTH")
    gate.receive(gate.part10(1), calling_ae="NORTH")
    assert gate.run() == "enlist"
    gate.receive(gate.part10(2, StudyInstanceUID=""), calling_ae="NORTH")
    claims = check_receipt(issue("jws"), public)
    (study,) = claims["studies"]
    assert (study["study_instance_uid"], study["case_number"]) == ("1.2.826.0.1.3680043.10.2", case)
    first, second = study["instances"]
    assert first["sop_instance_uid"] == "1.2.826.0.1.3680043.10.1.1"
    assert [each["disposition"] for each in (first, second)] == ["published", "duplicate"]
    assert [first["sha256"], first["content_sha256"]] == [gate.objects()[0].blob, gate.objects()[0].content_digest]
    assert [each["disposition"] for each in claims["other_files"]] == ["quarantined"]
    assert claims["counts"] == {"duplicate": 1, "published": 1, "quarantined": 1}
    assert (claims["site"], claims["door"], claims["calling_ae"]) == ("north", "cstore", "NORTH")
    assert "Planted" not in json.dumps(claims)


def test_an_association_is_complete_once_quiet_and_without_anything_pending(gate, issue) -> None:
    gate.case()
    gate.receive(gate.part10())
    assert json.loads(issue())["state"] == "receiving"
    gate.pass_time(seconds=61)
    pending = json.loads(issue())
    assert (pending["state"], pending["complete"], pending["counts"]) == ("processing", False, {"pending": 1})
    assert pending["studies"][0]["instances"][0]["disposition"] == "pending"
    gate.run()
    done = json.loads(issue())
    assert (done["state"], done["complete"]) == ("done", True)


def test_what_waits_in_the_spool_is_counted_as_not_listed(gate, issue) -> None:
    gate.receive(gate.part10(1))
    gate.spool(gate.part10(2))
    gate.spool(gate.part10(3), delivery="2" * 32)
    claims = json.loads(issue())
    assert (claims["not_listed"], claims["counts"], claims["complete"]) == (1, {"pending": 2}, False)


def test_what_was_taken_in_while_its_entry_still_lies_in_the_spool_counts_once(gate, issue, monkeypatch) -> None:
    entries = [gate.spool(gate.part10(number)) for number in (1, 2, 3)]
    monkeypatch.setattr(type(gate.node.spool), "remove_all", lambda *_: None)
    take_in(gate.node, entries[:2])
    claims = json.loads(issue())
    assert (claims["not_listed"], claims["counts"]) == (1, {"pending": 3})
    with gate.node.identity.read() as session:
        (row,) = list_deliveries(gate.node, session)["deliveries"]
    assert row["counts"] == {"pending": 3}


def test_a_receipt_does_not_say_complete_when_more_waits_than_was_looked_at(gate, issue, monkeypatch) -> None:
    monkeypatch.setattr(waiting, "_LOOKED_AT", 1)
    gate.publish()
    gate.pass_time(hours=1)
    assert json.loads(issue())["complete"]
    for number in (2, 3):
        gate.spool(gate.part10(number), delivery=str(number) * 32)
    said = json.loads(issue())
    assert (said["complete"], said["state"]) == (False, "processing")


def test_a_pending_object_says_what_it_waits_for(gate, issue) -> None:
    gate.receive(gate.part10())
    assert gate.run() == "match"
    (instance,) = json.loads(issue())["studies"][0]["instances"]
    assert instance["disposition"] == "pending"


def test_an_import_lists_files_by_their_path(gate, issue, tmp_path) -> None:
    folder = tmp_path / "disc"
    folder.mkdir()
    (folder / "VIEWER.EXE").write_bytes(b"MZ\0\0 a program")
    (folder / "IM1").write_bytes(gate.part10())
    delivery = import_paths(gate.node, [folder], site="north", case_number=None)
    before = json.loads(issue(delivery=delivery))
    assert (before["counts"], before["not_listed"], before["state"]) == ({"pending": 2}, 2, "processing")
    from gateway.intake import take_in

    take_in(gate.node, list(gate.node.spool.entries()))
    claims = json.loads(issue(delivery=delivery))
    assert [(each["path"], each["disposition"]) for each in claims["other_files"]] == [("VIEWER.EXE", "kept")]
    assert claims["studies"][0]["instances"][0]["path"] == "IM1"


def test_json_that_was_edited_is_refused(gate, issue, public) -> None:
    gate.receive(gate.part10())
    shown = json.loads(issue())
    assert check_receipt(json.dumps(shown).encode(), public)["delivery"] == DELIVERY
    shown["counts"] = {"published": 99}
    with pytest.raises(Refused, match="changed"):
        check_receipt(json.dumps(shown).encode(), public)


def test_json_that_says_more_than_was_signed_or_the_same_in_another_type_is_refused(gate, issue, public) -> None:
    gate.receive(gate.part10())
    shown = issue()
    twice = shown.replace(b'"state": ', b'"state": "done",\n  "state": ', 1)
    nested = shown.replace(b'"disposition": ', b'"disposition": "published",\n  "disposition": ', 1)
    number = shown.replace(b'"complete": false', b'"complete": 0')
    for changed in (twice, nested, number):
        assert changed != shown
        with pytest.raises(Refused, match="changed"):
            check_receipt(changed, public)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"{}", b'{"jws": 5}', b"\xff\xfe", b"{" * 100_000])
def test_what_is_no_receipt_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(Malformed):
        check_receipt(content, PUBLIC)


def test_the_pdf_encloses_what_its_pages_say(gate, issue, public) -> None:
    gate.receive(gate.part10())
    gate.receive(b"no image at all", path="报告.bin")
    content = issue("pdf")
    claims = check_receipt(content, public)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    row = claims["studies"][0]["instances"][0]
    for said in (DELIVERY, row["sop_instance_uid"], row["sha256"], "报告.bin", claims["kid"], "more may come"):
        assert said in text


def test_the_fonts_of_the_pdf_are_embedded(gate, issue, foreign_program, tmp_path) -> None:
    pdffonts = foreign_program("pdffonts")
    gate.receive(gate.part10())
    (tmp_path / "receipt.pdf").write_bytes(issue("pdf"))
    listed = subprocess.run([pdffonts, tmp_path / "receipt.pdf"], capture_output=True, text=True, check=True).stdout
    fonts = [line.split() for line in listed.splitlines()[2:]]
    assert fonts
    assert all(font[-5] == "yes" for font in fonts), listed


def test_a_pdf_that_nobody_would_read_is_not_made(gate, issue, monkeypatch) -> None:
    monkeypatch.setattr(issuing, "MOST_PRINTED", 1)
    for number in (1, 2):
        gate.receive(gate.part10(number))
    with pytest.raises(NotOffered, match="json or jws"):
        issue("pdf")
    assert json.loads(issue())["counts"] == {"pending": 2}


@pytest.mark.parametrize("form", FORMS)
def test_each_issue_is_in_the_audit_trail(gate, issue, form: str) -> None:
    gate.receive(gate.part10())
    issue(form)
    assert gate.audited()[-1] == ("receipt-issued", DELIVERY)


def test_a_delivery_that_nobody_made_has_no_receipt(node, issue) -> None:
    with pytest.raises(NotFound):
        issue()


def test_deliveries_are_listed_newest_first_a_page_at_a_time(gate) -> None:
    for digit in "123":
        gate.receive(gate.part10(int(digit)), delivery=digit * 32)
        gate.pass_time(seconds=1)
    gate.receive(gate.part10(9), delivery="4" * 32, site="south")
    with gate.node.identity.read() as session:
        page = list_deliveries(gate.node, session, site="north", limit=2)
        assert [each["delivery"][0] for each in page["deliveries"]] == ["3", "2"]
        rest = list_deliveries(gate.node, session, site="north", limit=2, cursor=page["next"])
        assert ([each["delivery"][0] for each in rest["deliveries"]], rest["next"]) == (["1"], None)
        with pytest.raises(Malformed):
            list_deliveries(gate.node, session, cursor="x")


def test_what_still_lies_in_the_spool_stands_in_the_list_and_counts_as_pending(gate, issue, monkeypatch) -> None:
    gate.receive(gate.part10(1))
    gate.pass_time(hours=1)
    gate.spool(gate.part10(2))
    for number in (3, 4):
        gate.spool(gate.part10(number), delivery="2" * 32, calling_ae="NORTH_CT")
    gate.spool(gate.part10(5), delivery="3" * 32, site="south")
    with gate.node.identity.read() as session:
        listed = list_deliveries(gate.node, session, site="north", limit=1)
    told = [(row["delivery"][0], row["state"], row["counts"], row["calling_ae"]) for row in listed["deliveries"]]
    assert told == [("2", "receiving", {"pending": 2}, "NORTH_CT"), ("1", "processing", {"pending": 2}, None)]
    assert listed["all_counted"]
    assert listed["deliveries"][0].keys() == listed["deliveries"][1].keys()
    with pytest.raises(Conflict, match="still being taken in"):
        issue(delivery="2" * 32)
    monkeypatch.setattr(waiting, "_LOOKED_AT", 1)
    with gate.node.identity.read() as session:
        assert not list_deliveries(gate.node, session)["all_counted"]
    take_in(gate.node, list(gate.node.spool.entries()))
    with gate.node.identity.read() as session:
        page = list_deliveries(gate.node, session, site="north", limit=1)
        rest = list_deliveries(gate.node, session, site="north", limit=1, cursor=page["next"])
    assert [row["delivery"][0] for row in (*page["deliveries"], *rest["deliveries"])] == ["2", "1"]


def test_a_lost_public_half_comes_back_and_a_lost_key_takes_its_public_half_along(tmp_path) -> None:
    create_keys(tmp_path)
    keys = tmp_path / "keys"
    before = (keys / RECEIPT_PUBLIC).read_bytes()
    (keys / RECEIPT_PUBLIC).unlink()
    assert create_keys(tmp_path)
    assert (keys / RECEIPT_PUBLIC).read_bytes() == before
    (keys / RECEIPT_KEY).unlink()
    assert create_keys(tmp_path)
    assert public_key((keys / RECEIPT_PUBLIC).read_bytes()) == bytes(SigningKey(read_receipt_seed(tmp_path)).verify_key)
    assert (keys / RECEIPT_KEY).stat().st_mode & 0o777 == 0o600


def test_times_are_said_in_utc(gate, issue) -> None:
    gate.receive(gate.part10())
    assert datetime.fromisoformat(json.loads(issue())["issued_at"]).utcoffset().total_seconds() == 0


def test_what_a_disc_promised_and_did_not_bring_is_in_the_receipt_and_on_its_pages(gate, issue, tmp_path) -> None:
    folder = tmp_path / "disc"
    folder.mkdir()
    (folder / "IM1").write_bytes(gate.part10(1))
    delivery = import_paths(gate.node, [folder], site="north", case_number=None)
    with gate.node.identity.write() as session:
        missing = ["DICOM/IM2", "DICOM/IM3"]
        session.get_one(Delivery, delivery).promised = {"listed": 3, "missing": missing, "missing_count": 2}
    assert json.loads(issue("json", delivery))["promised"]["missing_count"] == 2
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(issue("pdf", delivery))).pages)
    assert "lists 3 files; 2 of them did not come" in text
    assert "DICOM/IM3" in text
