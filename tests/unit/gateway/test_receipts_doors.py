"""Receipts and attachments by HTTP and on the command line."""

import io
import json
import re
import sys
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pypdf import PdfReader

from anonymizer.refusals import REFUSED_CLASSES
from config.keys import RECEIPT_PUBLIC
from gateway.cli import main
from gateway.http import coordination, deliveries
from gateway.http.deliveries import preferred_form
from gateway.letters import LANGUAGES
from gateway.receipts import check_receipt
from gateway.receipts.jws import public_key
from gateway.receipts.wording import catalogue
from gateway.sites import SiteChange, set_site
from worklist.access.readers import add_reader
from worklist.access.tokens import create_token
from worklist.problems import install_problem_handlers

DELIVERY = "1" * 32
PDF = b"%PDF-1.4 a report of nothing in particular"


@pytest.fixture
def clients(node) -> dict[str, TestClient]:
    app = FastAPI()
    app.include_router(deliveries.make_router(node))
    app.include_router(coordination.make_router(node))
    install_problem_handlers(app)
    with node.reading.write() as session:
        add_reader(session, node.clock, name="reader", email="reader@example.org", specialty=None)
        tokens = {
            role: create_token(session, node.clock, role=role, name=role)
            for role in ("reader", "coordinator", "integrator", "admin")
        }
    return {role: TestClient(app, headers={"Authorization": f"Bearer {token}"}) for role, token in tokens.items()}


@pytest.fixture
def desk(clients) -> TestClient:
    return clients["coordinator"]


@pytest.fixture
def overread(gate, monkeypatch, capfd) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setenv("OVERREAD_HOME", str(gate.node.settings.home))

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["overread", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        return int(ended.value.code or 0), *capfd.readouterr()

    return run


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/*", "json"),
        ("application/pdf", "pdf"),
        ("application/jose", "jws"),
        ("application/json;q=0.1, application/jose", "jws"),
        ("text/html, application/pdf;q=0.9, */*;q=0.1", "pdf"),
        ("*/*, application/json;q=0", "jws"),
        ("application/pdf;q=nonsense, application/jose;q=0.1", "jws"),
        ("text/html", None),
        ("application/json;q=0", None),
    ],
)
def test_the_form_is_what_accept_weighs_highest(accept: str, form: str | None) -> None:
    assert preferred_form(accept) == form


@pytest.mark.parametrize(
    ("role", "status"), [("reader", 403), ("integrator", 403), ("coordinator", 200), ("admin", 200)]
)
def test_only_coordinators_and_admins_are_admitted(gate, clients, role: str, status: int) -> None:
    number = gate.case()
    gate.receive(PDF, path="a.pdf", case_number=number)
    for path in (
        "/intake/deliveries",
        f"/intake/deliveries/{DELIVERY}/receipt",
        f"/intake/cases/{number}",
        f"/intake/attachments?delivery={DELIVERY}",
        "/intake/attachments/1",
    ):
        assert clients[role].get(path).status_code == status, path
        assert clients[role].get(path, headers={"Authorization": ""}).status_code == 401, path


@pytest.mark.parametrize("accept", ["application/json", "application/jose", "application/pdf"])
def test_a_receipt_comes_in_the_form_asked_for(gate, desk, accept: str) -> None:
    gate.receive(gate.part10())
    answer = desk.get(f"/intake/deliveries/{DELIVERY}/receipt", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, accept)
    public = public_key((gate.node.settings.home / "keys" / RECEIPT_PUBLIC).read_bytes())
    assert check_receipt(answer.content, public)["delivery"] == DELIVERY


def test_a_form_that_is_not_offered_is_a_problem(gate, desk) -> None:
    gate.receive(gate.part10())
    answer = desk.get(f"/intake/deliveries/{DELIVERY}/receipt", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")


def test_what_is_not_there_is_not_found(desk) -> None:
    for path in ("/intake/deliveries/x/receipt", "/intake/attachments/7"):
        assert desk.get(path).status_code == 404
    assert desk.get("/intake/deliveries?cursor=x").status_code == 400


def test_the_list_names_deliveries_and_their_state(gate, desk) -> None:
    gate.receive(PDF, path="a.pdf")
    (row,) = desk.get("/intake/deliveries").json()["deliveries"]
    assert (row["delivery"], row["site"], row["attachments"], row["counts"]) == (DELIVERY, "north", 1, {"kept": 1})


def test_a_case_shows_its_attachments_and_the_look_is_recorded(gate, desk) -> None:
    number = gate.case()
    gate.receive(PDF, path="a.pdf", case_number=number)
    view = desk.get(f"/intake/cases/{number}").json()
    assert (view["patient"]["name"], view["attachments"][0]["kind"]) == ("Planted^Identity", "pdf")
    assert gate.audited()[-1] == ("case-viewed", number)


def test_an_attachment_is_handed_out_so_that_a_browser_runs_nothing(gate, desk) -> None:
    gate.receive(PDF, path='disc/Bef"und\r\nSet-Cookie: x; Müller.html.pdf')
    answer = desk.get("/intake/attachments/1")
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["cache-control"] == "no-store"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=\"attachment-1.pdf\"; filename*=UTF-8''Bef")
    assert disposition.isascii()
    assert "set-cookie" not in answer.headers
    assert gate.audited()[-1] == ("attachment-viewed", "attachment 1")


def test_an_attachment_is_named_by_what_it_is_and_not_by_what_it_says(gate, desk) -> None:
    gate.receive(PDF, path="invoice.exe")
    assert desk.get("/intake/attachments/1").headers["content-disposition"].endswith("''invoice.exe.pdf")


def test_attachments_of_a_delivery_are_found_without_a_case(gate, desk) -> None:
    gate.receive(PDF, path="a.pdf")
    found = desk.get(f"/intake/attachments?delivery={DELIVERY}").json()["attachments"]
    assert [each["file_name"] for each in found] == ["a.pdf"]
    assert desk.get("/intake/attachments?delivery=2").json() == {"attachments": []}


@pytest.mark.parametrize("form", ["jws", "json", "pdf"])
def test_a_receipt_is_checked_far_from_the_node(gate, overread, tmp_path, form: str) -> None:
    gate.receive(gate.part10())
    file, key = tmp_path / "receipt", tmp_path / "key"
    assert overread("receipt", "show", DELIVERY, "--format", form, "--out", file)[0] == 0
    code, out, _ = overread("receipt", "key")
    key.write_text(out)
    code, out, _ = overread("receipt", "verify", file, "--key", key, "--home", tmp_path / "none")
    assert code == 0
    assert "the signature holds" in out
    code, out, _ = overread("receipt", "verify", file, "--json")
    assert (code, json.loads(out)["delivery"]) == (0, DELIVERY)


def test_a_receipt_that_was_changed_ends_with_one(gate, overread, tmp_path) -> None:
    gate.receive(gate.part10())
    _, out, _ = overread("receipt", "show", DELIVERY)
    (tmp_path / "receipt").write_text(out.replace("pending", "published"))
    code, out, err = overread("receipt", "verify", tmp_path / "receipt")
    assert (code, out) == (1, "")
    assert "changed" in err


def test_a_home_without_a_key_says_what_to_do(overread, gate, tmp_path) -> None:
    (tmp_path / "receipt").write_text("x.y.z")
    code, out, err = overread("receipt", "verify", tmp_path / "receipt", "--home", tmp_path / "none")
    assert (code, out) == (1, "")
    assert "--key" in err


def test_deliveries_are_listed_as_one_document(gate, overread) -> None:
    gate.receive(gate.part10())
    code, out, _ = overread("receipt", "list", "--json")
    assert (code, json.loads(out)[0]["delivery"]) == (0, DELIVERY)
    assert DELIVERY in overread("receipt", "list")[1]


def test_the_command_line_shows_a_case_with_its_attachments(gate, overread) -> None:
    number = gate.case()
    gate.receive(PDF, path="a.pdf", case_number=number)
    code, out, _ = overread("case", "show", number, "--json")
    assert (code, json.loads(out)["attachments"][0]["file_name"]) == (0, "a.pdf")


PRINTED = {
    "en": ("Receipt", "duplicate"),
    "de": ("Quittung", "schon vorhanden"),
    "es": ("Justificante", "ya recibido"),
    "zh-Hans": ("回执", "已有相同"),
}


def printed(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize(
    ("wish", "language"), [("de-AT, en;q=0.5", "de"), ("es", "es"), ("zh-CN", "zh-Hans"), ("fr", "en"), ("", "es")]
)
def test_a_receipt_is_printed_in_the_language_wished_for_else_in_that_of_the_site(gate, desk, wish, language) -> None:
    set_site(gate.node, "north", SiteChange(country="MX"), actor="test")
    gate.receive(gate.part10())
    gate.receive(gate.part10())
    gate.receive(b"no DICOM", path="notes.bin")
    headers = {"Accept": "application/pdf", "Accept-Language": wish}
    answer = desk.get(f"/intake/deliveries/{DELIVERY}/receipt", headers=headers)
    text = printed(answer.content)
    title, duplicate = PRINTED[language]
    assert title in text
    assert duplicate in text
    assert PdfReader(io.BytesIO(answer.content)).trailer["/Root"]["/Lang"] == language
    others = {title for name, (title, _) in PRINTED.items() if name != language}
    assert [title for title in others if title in text] == []
    public = public_key((gate.node.settings.home / "keys" / RECEIPT_PUBLIC).read_bytes())
    signed = check_receipt(answer.content, public)
    assert "not a DICOM object" in json.dumps(signed), "what is signed has no language"


def test_the_command_line_prints_it_in_the_language_named(gate, overread, tmp_path) -> None:
    gate.receive(gate.part10())
    target = tmp_path / "receipt.pdf"
    code, _, _ = overread("receipt", "show", DELIVERY, "--format", "pdf", "--language", "zh-Hans", "--out", target)
    assert code == 0
    assert "回执" in printed(target.read_bytes())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_catalogue_of_receipts_lacks_a_word_or_a_place_for_a_value(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    own = {key: text for key, text in other.items() if not key.startswith("reason.")}
    assert list(own) == list(english)
    assert all(other.values())
    places = {key: set(re.findall(r"{\w+}", text)) for key, text in english.items()}
    assert {key: set(re.findall(r"{\w+}", text)) for key, text in own.items()} == places
    reasons = {key for key in other if key.startswith("reason.")}
    if language != "en":
        assert {f"reason.{code}" for _, code, _ in REFUSED_CLASSES} < reasons
        assert reasons == {key for key in catalogue("de") if key.startswith("reason.")}
